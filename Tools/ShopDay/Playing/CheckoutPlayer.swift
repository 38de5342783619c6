import CommandLineClient
import JSON

/// Plays one checkout as a shop would: quote, lock, pay or not, and tell the service.
struct CheckoutPlayer: Sendable {
  let client: ServiceClient
  let journal: Journal

  /// Plays it. What goes wrong is in the journal; one checkout never ends the run.
  func play(_ checkout: Checkout) async {
    var codes = checkout.codes
    if checkout.asksFirst {
      guard let applicable = await quote(checkout) else { return journal.ended("no answer") }
      codes = applicable
    }
    var attempt = 1
    while !codes.isEmpty {
      guard let answer = await apply(codes, checkout, attempt: attempt) else {
        return journal.ended("no answer")
      }
      if let promise = promise(answer, of: checkout) { return await end(checkout, promise) }
      // The shop tells which codes do not work, and the customer goes on with the others.
      let bad = ReceivedProblem(answer).items.compactMap { Int($0.pointer.dropFirst("/codes/".count)) }
      if bad.isEmpty { break }
      codes = codes.enumerated().filter { !bad.contains($0.offset) }.map(\.element)
      attempt += 1
    }
    journal.ended("bought without a coupon")
  }

  /// Codes that would apply; nil if there was no answer.
  private func quote(_ checkout: Checkout) async -> [String]? {
    let body = JSONText.object([
      ("codes", .array(checkout.codes.map(JSONText.string))), ("customer", checkout.customer),
      ("cart", checkout.cart),
    ])
    guard let answer = await send("quote", "/v1/quotes", body, key: nil) else { return nil }
    guard answer.status == 200, let quote = try? answer.document() else {
      journal.fault("the quote for order \(checkout.orderID) was answered with \(answer.status)")
      return []
    }
    for refused in quote["not_applied"]?.elements ?? [] {
      journal.refused("quote: \(refused.shown("reason"))")
    }
    return quote["applied"]?.elements.compactMap { $0.text("code") } ?? []
  }

  /// Locks in as many tabs as the customer has open; gives back the first tab's answer.
  private func apply(_ codes: [String], _ checkout: Checkout, attempt: Int) async -> ServiceClient.Reply? {
    let body = JSONText.object([
      ("order_id", .string(checkout.orderID)), ("codes", .array(codes.map(JSONText.string))),
      ("customer", checkout.customer), ("cart", checkout.cart),
    ])
    let key = "\(checkout.orderID)-\(attempt)"
    guard checkout.tabs > 1 else {
      return await send("apply", "/v1/applications", body, key: key, checkout.resending)
    }
    async let first = send("apply", "/v1/applications", body, key: key, checkout.resending)
    async let second = send("apply", "/v1/applications", body, key: key + "-tab2")
    let (one, other) = await (first, second)
    if let one = id(one), let other = id(other), one != other {
      journal.fault("order \(checkout.orderID) got two applications, \(one) and \(other)")
    }
    // If only the other tab got the lock, the customer goes on there.
    return id(one) == nil && id(other) != nil ? other : one
  }

  private func id(_ answer: ServiceClient.Reply?) -> String? {
    guard let answer, answer.status < 300 else { return nil }
    return try? answer.document().text("id")
  }

  private func promise(_ answer: ServiceClient.Reply, of checkout: Checkout) -> Journal.Acknowledged? {
    guard answer.status < 300, let document = try? answer.document(), let id = document.text("id") else {
      return nil
    }
    return Journal.Acknowledged(
      orderID: checkout.orderID, userID: checkout.userID, applicationID: id,
      expiresAt: document.shown("expires_at"), state: "locked")
  }

  private func end(_ checkout: Checkout, _ promise: Journal.Acknowledged) async {
    switch checkout.ending {
    case .pays: await settle(promise, "redeem", .object([]), "redeemed")
    case .paymentFails:
      await settle(promise, "release", .object([("reason", .string("payment_failed"))]), "released")
    case .cancels:
      guard let paid = await take(promise, "redeem", .object([]), "redeemed") else { return }
      await settle(paid, "restore", .object([("cause", .string("canceled"))]), "released")
    case .paysLate: journal.owesPayment(promise)
    case .abandons:
      journal.acknowledged(promise)
      journal.ended("abandoned")
    }
  }

  /// The last step of an order.
  func settle(_ promise: Journal.Acknowledged, _ step: String, _ body: JSONText, _ state: String) async {
    guard let settled = await take(promise, step, body, state) else { return }
    journal.acknowledged(settled)
    journal.ended(state)
  }

  private func take(
    _ promise: Journal.Acknowledged, _ step: String, _ body: JSONText, _ state: String
  ) async -> Journal.Acknowledged? {
    let path = "/v1/applications/\(promise.applicationID)/\(step)"
    guard let answer = await send(step, path, body, key: "\(promise.orderID)-\(step)") else {
      journal.ended("no answer")
      return nil
    }
    var settled = promise
    if answer.status < 300 {
      settled.state = state
      return settled
    }
    let code = ReceivedProblem(answer).code
    journal.ended("\(step) refused")
    if code != "lock_expired" { journal.fault("order \(promise.orderID): \(step) was refused with \(code)") }
    settled.state = code == "lock_expired" ? "released" : promise.state
    journal.acknowledged(settled)
    return nil
  }

  /// Sends a request, and again under the same key if the checkout says so; nil if there is no answer.
  private func send(
    _ operation: String, _ path: String, _ body: JSONText, key: String?,
    _ resending: Checkout.Resending = .no
  ) async -> ServiceClient.Reply? {
    guard resending == .atOnce else {
      let first = await sendOnce(operation, path, body, key)
      if resending == .afterAnswer { compare(first, await sendOnce(operation, path, body, key), key) }
      return first
    }
    async let first = sendOnce(operation, path, body, key)
    async let second = sendOnce(operation, path, body, key)
    let (one, other) = await (first, second)
    compare(one, other, key)
    return one
  }

  private func sendOnce(
    _ operation: String, _ path: String, _ body: JSONText, _ key: String?
  ) async -> ServiceClient.Reply? {
    let start = ContinuousClock.now
    do throws(ToolError) {
      let answer = try await client.exchange(
        "POST", path, body: body.bytes, headers: key.map { ["Idempotency-Key": $0] } ?? [:])
      journal.took(operation, milliseconds: (ContinuousClock.now - start) / .milliseconds(1))
      if answer.status >= 300 { refused(answer, operation) }
      return answer
    } catch {
      journal.gotNoAnswer()
      return nil
    }
  }

  private func refused(_ answer: ServiceClient.Reply, _ operation: String) {
    let problem = ReceivedProblem(answer)
    for code in problem.items.isEmpty ? [problem.code] : problem.items.map(\.code) {
      journal.refused("\(operation): \(code)")
    }
    if answer.status >= 500, answer.status != 503 {
      journal.fault("\(operation) was answered with \(answer.status) \(problem.code)")
    }
  }

  /// The same key must have got the same answer; of a refusal only the request's own number may differ.
  private func compare(_ one: ServiceClient.Reply?, _ other: ServiceClient.Reply?, _ key: String?) {
    guard let one, let other, one.status != 503, other.status != 503 else { return }
    let isSame =
      one.status == other.status
      && (one.status < 300
        ? one.body == other.body : ReceivedProblem(one).sentences == ReceivedProblem(other).sentences)
    if !isSame {
      journal.fault("the key \(key ?? "-") got two answers, \(one.status) and \(other.status)")
    }
  }
}
