import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What is asked again of an order that is paid.
@Suite struct PaidOrderTests {
  @Test func `the same lock asked for again after payment is answered the same`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      let again = try await engine.apply(["ten", "TEN"], order: "o", expected: 1000)
      #expect(again.isOK && again.text.contains(lock.id.description))
    }
  }

  @Test func `anything else asked of a paid order is refused, and says what differs`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      _ = try await engine.coupon(.fixed(100), .of("OTHER"))
      let lock = try await engine.lock(["TEN"], order: "o")
      try await engine.submit(RedeemApplication(applicationID: lock.id))
      let events = try await engine.events().count
      let rows: [(String, CommandOutcome)] = [
        ("/cart", try await engine.apply(["TEN"], order: "o", cart: .of(20_000))),
        ("/cart/currency", try await engine.apply(["TEN"], order: "o", cart: .of(10_000, currency: .eur))),
        ("/customer", try await engine.apply(["TEN"], order: "o", user: "u-2")),
        ("/codes", try await engine.apply(["OTHER"], order: "o")),
        ("/codes", try await engine.apply(["TEN", "OTHER"], order: "o")),
        ("/expected_discount", try await engine.apply(["TEN"], order: "o", expected: 999)),
        ("/expected_total", try await redeem(engine, lock, total: 8999)),
        ("/cart", try await redeem(engine, lock, cart: .of(20_000))),
        ("/customer", try await redeem(engine, lock, cart: .of(10_000), user: "u-2")),
      ]
      for (pointer, outcome) in rows {
        #expect(outcome.refusal == .alreadyRedeemed)
        #expect(outcome.text.contains(#""pointer":"\#(pointer)""#), "\(outcome.text)")
        #expect(!outcome.text.lowercased().contains("release that application"))
      }
      #expect(try await engine.events().count == events)
      #expect(try await redeem(engine, lock, total: 9000).isOK)
      #expect(try await redeem(engine, lock, cart: .of(10_000), user: "u-1", total: 9000).isOK)
    }
  }

  @Test func `a payment that names a customer and no cart is answered the same when it is repeated`()
    async throws
  {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      let first = try await redeem(engine, lock, user: "u-2")
      #expect(first.isOK)
      let events = try await engine.events().count
      #expect(try await redeem(engine, lock, user: "u-2").text == first.text)
      #expect(try await redeem(engine, lock, user: "u-3").text == first.text)
      #expect(try await engine.events().count == events)
    }
  }

  @Test func `an order that was paid with another cart knows that cart`() async throws {
    try await withEngine { (engine, _) async throws in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let lock = try await engine.lock(["TEN"], order: "o")
      #expect(try await redeem(engine, lock, cart: .of(20_000), total: 18_000).isOK)
      #expect(try await redeem(engine, lock, cart: .of(20_000), total: 18_000).isOK)
      #expect(try await redeem(engine, lock, cart: .of(10_000)).refusal == .alreadyRedeemed)
      #expect(try await engine.apply(["TEN"], order: "o").refusal == .alreadyRedeemed)
      #expect(try await engine.apply(["TEN"], order: "o", cart: .of(20_000)).isOK)
    }
  }

  private func redeem(
    _ engine: EngineUnderTest, _ lock: DiscountApplication, cart: Cart? = nil, user: UserID? = nil,
    total: Int64? = nil
  ) async throws -> CommandOutcome {
    try await engine.submit(
      RedeemApplication(
        applicationID: lock.id, expectedTotal: total, cart: cart,
        customer: user.map { Customer(userID: $0) }))
  }
}
