import Ledger
import Promotions
import Scrip
import Testing

/// Payments through a provider. What the provider says comes to the engine without a request.
extension Sender {
  func changePaymentSettings() async throws {
    let texts = ["a", String(repeating: "Z", count: 197)]
    let bodies =
      [
        "{}", #"{"provider":"manual"}"#, #"{"capture":"manual"}"#, #"{"without_room":"refund"}"#,
        #"{"webhook_secrets":[]}"#, #"{"webhook_secrets":["whsec_a","whsec_b","whsec_c","whsec_d"]}"#,
        #"{"provider":"stripe","secret_key":"sk_test_1","publishable_key":"pk_test_1"}"#,
      ]
      + [60, 604_800].map { #"{"pay_seconds":\#($0)}"# }
      + texts.flatMap {
        [
          #"{"secret_key":"rk_\#($0)"}"#, #"{"publishable_key":"pk_\#($0)"}"#,
          #"{"webhook_secrets":["whsec_\#($0)"]}"#,
        ]
      }
    for body in bodies { await send(.patch, "/v1/payment-settings", body) }
    await send(.post, "/v1/payment-settings/seal-again", "")
  }

  /// An order that was checked out through the provider.
  private func checkedOut(_ id: String, capture: String = "automatic") async throws -> Payment.ID {
    await send(
      .patch, "/v1/payment-settings",
      #"{"provider":"stripe","secret_key":"sk_test_1","capture":"\#(capture)"}"#, counts: false)
    _ = await order(id)
    let answer = await step(id, "checkout", counts: false)
    return try #require(answer["payment_id"].flatMap { Payment.ID($0) })
  }

  private func tell(_ action: some Action<WorkingSet>, counts: Bool = true) async throws {
    let command = PromotionCommand(tenant: Tenant.ID(1), actor: .system, action: action)
    guard case .ok = try await service.engine.submit(command).answer else {
      Issue.record("\(command) was refused")
      return
    }
    if counts { count.withLock { $0 += 1 } }
  }

  private func report(
    _ order: String, _ payment: Payment.ID, _ report: ReportPayment.Report, counts: Bool = true
  ) async throws {
    try await tell(ReportPayment(orderID: OrderID(order), paymentID: payment, report), counts: counts)
  }

  func reportPayments() async throws {
    for (number, news) in PaymentNews.allCases.enumerated() {
      for problem in [
        nil, PaymentProblem("card_declined"), PaymentProblem(String(repeating: "p", count: 200)),
      ] {
        let name = "order-\(number)-\(problem?.text.count ?? 0)"
        let payment = try await checkedOut(name, capture: number % 2 == 0 ? "manual" : "automatic")
        let intent = ProviderName(String(repeating: "i", count: 255))
        try await report(name, payment, .begun(intent, clientSecret: number % 3 == 0 ? nil : "00ff"))
        try await report(name, payment, .news(news, problem: problem))
      }
    }
    let refused = try await checkedOut("refused")
    try await report("refused", refused, .news(.refused, problem: .refusedByProvider))
  }

  func capture() async throws {
    for (number, body) in ["", "{}", #"{"expected_total":3497}"#, #"{"expected_total":0}"#].enumerated() {
      let name = "order-\(number)"
      let payment = try await checkedOut(name, capture: "manual")
      try await report(name, payment, .begun("pi_1", clientSecret: nil), counts: false)
      try await report(name, payment, .news(.setAside, problem: nil), counts: false)
      await step(name, "capture", body)
    }
  }

  func settlePayments() async throws {
    for (number, reason) in (["null"] + Extremes.jsonTexts(max: 200)).enumerated() {
      for outcome in ["paid", "unpaid"] {
        let name = "order-\(number)-\(outcome)"
        let payment = try await checkedOut(name)
        try await report(name, payment, .begun("pi_1", clientSecret: nil), counts: false)
        await send(
          .post, "/v1/payments/\(payment)/settle",
          #"{"outcome":"\#(outcome)","reason":\#(reason),"without_asking":true}"#)
      }
    }
  }

  /// An order of which everything was given back, in two refunds.
  private func refunded(counts: Bool) async throws -> [ReportRefund] {
    let payment = try await checkedOut("order")
    try await report("order", payment, .begun("pi_1", clientSecret: nil), counts: false)
    try await report("order", payment, .news(.taken, problem: nil), counts: false)
    await step("order", "refund", #"{"lines":[{"line_id":"l1","quantity":1}]}"#, counts: false)
    await step("order", "refund-rest", counts: false)
    let due = try service.engine.store.find(DueWorkOfTenant(tenant: Tenant.ID(1), limit: 99))
    let refunds = due.compactMap(\.key.value.refundNumber).map { number in
      ReportRefund(
        orderID: "order", paymentID: payment, number: number, amount: number == 1 ? 1166 : 2331,
        reference: ProviderName(String(repeating: "r", count: 255)), byHand: number - 1)
    }
    for refund in refunds { try await tell(refund, counts: counts) }
    return refunds
  }

  func reportRefunds() async throws { _ = try await refunded(counts: true) }

  func reportFailedRefunds() async throws {
    let refunds = try await refunded(counts: false)
    let id = try #require(refunds.first?.paymentID)
    let row = try await service.engine.row(PaymentRow.self, Owned(Tenant.ID(1), id))
    let payment = try #require(row?.payment)
    try await tell(
      ReportFailedRefund(
        orderID: "order", paymentID: id, amount: payment.refunded,
        reference: ProviderName(String(repeating: "r", count: 255)), refundCount: payment.refundCount))
  }
}
