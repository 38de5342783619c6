import Ledger
import Promotions
import Scrip
import Testing

/// Orders that are kept here.
extension Sender {
  /// Sends a step of an order.
  @discardableResult
  func step(_ order: String, _ step: String, _ body: String = "", counts: Bool = true) async
    -> TestAnswer
  {
    await send(.post, "/v1/orders/\(escaped(Array(order.utf8)))/\(step)", body, counts: counts)
  }

  /// Makes an order of ten pieces, with a code and shipping.
  func order(_ id: String, _ more: String = "", counts: Bool = false) async -> TestAnswer {
    await send(
      .post, "/v1/orders",
      #"""
      {"id":\#(Extremes.json(id)),"codes":["WELCOME10"],"customer":{"user_id":"ann"}\#(more),
      "cart":{"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":10,"unit_price":333}],
      "shipping":[{"id":"s1","method":"standard","amount":500}]}}
      """#, counts: counts)
  }

  func createOrders() async throws {
    for id in Extremes.texts(max: 200) { _ = await order(id, counts: true) }
    for (number, cart) in Sender.carts.enumerated() {
      await send(
        .post, "/v1/orders", #"{"id":"cart-\#(number)","codes":["WELCOME10"],"cart":\#(cart)}"#)
    }
    for (number, customer) in Sender.customers.enumerated() {
      let cart = Sender.cart([Sender.line])
      await send(
        .post, "/v1/orders", #"{"id":"customer-\#(number)","customer":\#(customer),"cart":\#(cart)}"#)
    }
    for (number, code) in Extremes.jsonTexts(max: 400).enumerated() {
      let cart = Sender.cart([Sender.line])
      await send(
        .post, "/v1/orders",
        #"{"id":"code-\#(number)","codes":["WELCOME10",\#(code)],"all_or_nothing":false,"cart":\#(cart)}"#)
    }
    let notes = (0..<50).map { (String($0), Extremes.json(String(repeating: "n", count: 500))) }
    for (number, more) in [
      #","locale":"de-DE""#, #","locale":"zh-Hant-TW-x-12345678-12345678""#, #","locale":null"#,
      #","metadata":\#(Extremes.object(notes))"#, #","ttl_seconds":60"#, #","ttl_seconds":604800"#,
    ].enumerated() {
      _ = await order("more-\(number)", more, counts: true)
    }
    await send(.post, "/v1/orders", #"{"cart":\#(Sender.cart([Sender.line]))}"#)
    note(users: ["ann"])
  }

  func changeOrders() async throws {
    _ = try await service.activeCoupon(Sample.coupon(code: "OTHER"))
    let changes =
      Sender.carts.map { #"{"cart":\#($0)}"# } + Sender.customers.map { #"{"customer":\#($0)}"# }
      + Extremes.jsonTexts(max: 400).map { #"{"codes":["OTHER",\#($0)]}"# }
      + Extremes.jsonTexts(max: 500).map { #"{"metadata":{"note":\#($0)}}"# }
      + [
        "{}", #"{"codes":[]}"#, #"{"locale":"fr"}"#, #"{"locale":null}"#,
        #"{"codes":["OTHER"],"all_or_nothing":true}"#,
      ]
    for (number, change) in changes.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "change", change)
      await step("order-\(number)", "change", #"{"codes":["WELCOME10"]}"#)
    }
  }

  func checkOut() async throws {
    let bodies =
      Sender.extensions + ["{}", #"{"expected_total":3497}"#, #"{"expected_total":\#(Extremes.amountMax)}"#]
    for (number, body) in bodies.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "checkout", body)
    }
    await send(
      .post, "/v1/orders",
      #"{"id":"free","cart":{"currency":"USD","lines":[{"id":"l","product_id":"p","quantity":1,"unit_price":0}]}}"#,
      counts: false)
    await step("free", "checkout")
  }

  func cancelTasks() async throws {
    let reasons = ["null"] + Extremes.jsonTexts(max: 200)
    try service.store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      for number in reasons.indices {
        let key = DueKey(.mail, ExactText("order-\(number)"))
        set.dueWork.insert(DueWork(dueAt: transaction.now), for: Owned(Tenant.ID(1), key))
      }
      try transaction.write(set)
    }
    for (number, reason) in reasons.enumerated() {
      await send(
        .post, "/v1/tasks/cancel", #"{"kind":"mail","key":"order-\#(number)","reason":\#(reason)}"#)
      // Where the reason was refused: nothing in the log has scheduled these, so none may be left.
      await send(.post, "/v1/tasks/cancel", #"{"kind":"mail","key":"order-\#(number)"}"#, counts: false)
    }
  }

  func pay() async throws {
    let bodies =
      ["", "{}", #"{"expected_total":3497}"#, #"{"without_room":"honour"}"#]
      + Extremes.jsonTexts(max: 200).map { #"{"reference":\#($0)}"# }
    for (number, body) in bodies.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "checkout", counts: false)
      await step("order-\(number)", "confirm", body)
    }
  }

  func fail() async throws {
    for (number, body) in Sender.reasons.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "checkout", counts: false)
      await step("order-\(number)", "fail", body)
      await step("order-\(number)", "checkout", counts: false)
    }
  }

  func cancel() async throws {
    for (number, body) in Sender.reasons.enumerated() {
      _ = await order("order-\(number)")
      if number % 2 == 0 {
        await step("order-\(number)", "checkout", counts: false)
        await step("order-\(number)", "confirm", counts: false)
      }
      await step("order-\(number)", "cancel", body)
    }
  }

  func amend() async throws {
    let carts =
      Sender.carts + [
        #"{"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":9,"unit_price":333}]}"#
      ]
    let bodies =
      carts.map { #"{"cart":\#($0)}"# }
      + Extremes.jsonTexts(max: 200).map { #"{"cart":\#(Sender.cart([Sender.line])),"reason":\#($0)}"# }
    for (number, body) in bodies.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "checkout", counts: false)
      await step("order-\(number)", "confirm", counts: false)
      await step("order-\(number)", "amend", body)
      await step("order-\(number)", "refund-rest", counts: false)
    }
  }

  func refund() async throws {
    let ranges = Extremes.list((0..<5).map { #"{"first":\#(2 * $0),"count":1}"# })
    let bodies =
      [
        #"{"lines":[{"line_id":"l1","quantity":1}]}"#, #"{"lines":[{"line_id":"l1","quantity":10000}]}"#,
        #"{"lines":[{"line_id":"l1","units":\#(ranges)}],"shipping":[{"shipping_id":"s1","amount":1}]}"#,
        #"{"lines":[{"line_id":"l1","units":[{"first":9999,"count":10000}]}]}"#,
        #"{"shipping":[{"shipping_id":"s1","amount":500}]}"#,
        #"{"shipping":[{"shipping_id":"s1","amount":0}]}"#,
        #"{"shipping":[{"shipping_id":"s1","amount":\#(Extremes.amountMax)}]}"#, "{}",
      ]
      + Extremes.jsonTexts(max: 200).flatMap {
        [
          #"{"lines":[{"line_id":\#($0),"quantity":1}]}"#,
          #"{"lines":[{"line_id":"l1","quantity":2}],"reason":\#($0)}"#,
        ]
      }
    for (number, body) in bodies.enumerated() {
      _ = await order("order-\(number)")
      await step("order-\(number)", "checkout", counts: false)
      await step("order-\(number)", "confirm", counts: false)
      await step("order-\(number)", "refund", body)
      await step(
        "order-\(number)", "refund-rest", number < Sender.reasons.count ? Sender.reasons[number] : "")
    }
  }
}
