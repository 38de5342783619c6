import Outgoing
import OutsideSupport
import Scrip
import Testing

@testable import Payments

/// What is charged when calls break off: never more than once, and never without anybody knowing.
@Suite(.needsOutside) struct StripeFaultTests {
  let shop: StripeLane

  init() throws { shop = try StripeLane() }

  private func confirm(_ intent: PaymentIntent) throws -> PaymentIntent {
    try shop.provider.confirm(intent.id, with: shop.card("4242424242424242"), key: shop.key())
  }

  @Test(arguments: [
    "cut_before", "cut_after", "cut_within", "silent_after", "status_429", "status_503", "lock_timeout",
    "key_in_use",
  ])
  func `a fault on the way is mended under the same key, and the money is taken once`(fault: String) throws {
    let made = try shop.intent()
    try shop.fault(fault, on: "confirm")
    let card = try shop.card("4242424242424242")
    // Long enough for an answer, which the provider then has.
    let timeout: Duration = fault == "silent_after" ? .seconds(3) : .seconds(30)
    let provider = try shop.provider(RetryPolicy(firstPause: .milliseconds(5)), timeout: timeout)
    #expect(try provider.confirm(made.id, with: card, key: shop.key()).status == .succeeded)
    let tries = try shop.seen().filter { $0.path.hasSuffix("/confirm") }
    #expect(tries.count == 2)
    #expect(tries[0].key == tries[1].key && tries[0].body == tries[1].body)
    #expect(try shop.provider.refund(NewRefund(of: made.id), key: shop.key()).amount == made.amount)
  }

  @Test(arguments: [("cut_after", PaymentIntent.Status.succeeded), ("cut_before", .needsPaymentMethod)])
  func `when a call breaks off the outcome is unknown, and the intent tells it`(
    fault: String, status: PaymentIntent.Status
  ) throws {
    let made = try shop.intent()
    try shop.fault(fault, on: "confirm")
    let once = try shop.provider(RetryPolicy(triesMax: 1))
    let failure = try #require(throws: PaymentFailure.self) {
      try once.confirm(made.id, with: shop.card("4242424242424242"), key: shop.key())
    }
    #expect(failure.kind == .unknownOutcome)
    #expect(try shop.provider.fetch(made.id).status == status)
  }

  @Test func `an error of the provider's servers is unknown, as its key brings the same again`() throws {
    let made = try shop.intent()
    try shop.fault("status_500", on: "confirm")
    let failure = try #require(throws: PaymentFailure.self) { try confirm(made) }
    #expect(failure.kind == .unknownOutcome)
    #expect(try shop.seen().filter { $0.path.hasSuffix("/confirm") }.count == 3)
    #expect(try shop.provider.fetch(made.id).status == .needsPaymentMethod)
    #expect(try confirm(made).status == .succeeded)
  }

  @Test func `a try that may have been heard stays unknown when the next ones are turned away`() throws {
    let made = try shop.intent()
    let key = shop.key()
    try shop.fault("cut_before", on: "confirm")
    try shop.fault("status_429", on: "confirm", times: 2)
    let card = try shop.card("4242424242424242")
    // Without a kept connection, on which libcurl would make a try of its own.
    let fresh = try shop.provider(RetryPolicy(firstPause: .milliseconds(5)))
    let failure = try #require(throws: PaymentFailure.self) {
      try fresh.confirm(made.id, with: card, key: key)
    }
    #expect(failure.kind == .unknownOutcome)
    #expect(try fresh.confirm(made.id, with: card, key: key).status == .succeeded)
  }

  @Test func `nothing was done where nobody listens`() throws {
    let outside = try #require(Outside.servers)
    let nobody = StripeProvider(
      try StripeSettings(
        secretKey: shop.secretKey, address: "http://\(outside["closed"])",
        retries: RetryPolicy(triesMax: 2, firstPause: .milliseconds(1))))
    let failure = #expect(throws: PaymentFailure.self) {
      try nobody.create(NewPaymentIntent(amount: shop.euros(100)), key: shop.key())
    }
    #expect(failure?.kind == .retriable(after: nil))
  }

  @Test func `a refusal is repeated by its key, and asked anew under another`() throws {
    let made = try shop.intent()
    let key = shop.key()
    let card = try shop.card("4242424242424242")
    try shop.fault("declined", on: "confirm")
    for _ in 0..<2 {
      let failure = #expect(throws: PaymentFailure.self) {
        try shop.provider.confirm(made.id, with: card, key: key)
      }
      guard case .declined(let decline)? = failure?.kind else {
        Issue.record("\(String(describing: failure))"); return
      }
      #expect(decline.bankCode == "insufficient_funds")
    }
    #expect(try confirm(made).status == .succeeded)
  }

  @Test func `a key that comes again with another request is a mistake of ours`() throws {
    let key = shop.key()
    let first = try shop.provider.create(NewPaymentIntent(amount: shop.euros(100)), key: key)
    #expect(try shop.provider.create(NewPaymentIntent(amount: shop.euros(100)), key: key) == first)
    let failure = #expect(throws: PaymentFailure.self) {
      try shop.provider.create(NewPaymentIntent(amount: shop.euros(101)), key: key)
    }
    #expect(failure?.kind == .ours)
  }

  @Test func `a refund whose answer was lost is given once`() throws {
    let paid = try shop.paidIntent(1000)
    try shop.fault("cut_within", on: "refunds")
    let refund = try shop.provider.refund(NewRefund(of: paid.id, amount: shop.euros(300)), key: shop.key())
    #expect(try shop.provider.refunds(of: paid.id) == [refund])
  }

  @Test func `looking is repeated until there is an answer`() throws {
    let made = try shop.intent()
    try shop.fault("cut_after", on: "look")
    try shop.fault("status_500", on: "look")
    #expect(try shop.provider.fetch(made.id).id == made.id)
  }
}
