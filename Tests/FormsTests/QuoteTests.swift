import Forms
import JSON
import Scrip
import Testing

@Suite struct QuoteTests {
  private func code(_ text: String) throws -> CouponCode { try #require(CouponCode(text)) }

  private func quote() throws -> Quote {
    Quote(
      currency: try currency("USD"), subtotal: 3998, shipping: 500, discount: 900, total: 3598,
      applied: [
        AppliedDiscount(
          code: try code("WELCOME10"), couponID: Coupon.ID(1), version: 1, title: "Welcome", amount: 400,
          uncappedAmount: 400, scope: .order, discountClass: .order, priority: 0, pending: false,
          allocations: [
            Allocation(target: .line(0), targetID: "l1", amount: 400, units: UnitRuns(400, over: 2))
          ]),
        AppliedDiscount(
          code: try code("FREESHIP"), couponID: Coupon.ID(2), version: 3, title: "Free shipping", amount: 500,
          uncappedAmount: 700, scope: .unit, discountClass: .shipping, priority: 5, pending: false,
          allocations: [Allocation(target: .shipping(1), targetID: "s1", amount: 500, units: UnitRuns())]),
      ],
      notApplied: [
        RefusedCode(
          code: "x\"1", index: 2, reason: .expired,
          facts: ["ends_at": .instant(try instant("2026-11-20T00:00:00Z"))]),
        RefusedCode(
          code: "Y", index: 3, reason: .minimumNotReached,
          facts: [
            "missing": .integer(2), "minimum": .integer(4000), "currency": .text("USD"),
            "lines": .list(["l1"]),
          ]),
      ],
      provisional: false)
  }

  private let head = """
    {"currency":"USD","subtotal":3998,"shipping":500,"discount":900,"total":3598,"applied":[\
    {"code":"WELCOME10","coupon_id":"coupon_00000000000000000000000001","version":1,"title":"Welcome",\
    "amount":400,"uncapped_amount":400,"method":"across","priority":0,"automatic":false,"pending":false,\
    "allocations":[{"path":"$.cart.lines[0]","line_id":"l1","amount":400,"units":[{"count":2,"amount":200}]}]},\
    {"code":"FREESHIP","coupon_id":"coupon_00000000000000000000000002","version":3,"title":"Free shipping",\
    "amount":500,"uncapped_amount":700,"method":"across","priority":5,"automatic":false,"pending":false,\
    "allocations":[{"path":"$.cart.shipping[1]","shipping_id":"s1","amount":500,"units":[]}]}]
    """

  @Test func `a quote looks as in the API reference`() throws {
    #expect(
      text(try quote().json) == head + """
        ,"not_applied":[{"code":"x\\"1","index":2,"reason":"expired","ucp_code":"discount_code_expired",\
        "message":"This coupon has expired.","facts":{"ends_at":"2026-11-20T00:00:00Z"}},\
        {"code":"Y","index":3,"reason":"minimum_not_reached","ucp_code":"discount_code_invalid",\
        "message":"This coupon needs another 0.02 USD of the goods that count for it (l1); its minimum is 40.00 USD.",\
        "facts":{"currency":"USD","lines":["l1"],"minimum":4000,"missing":2}}],"provisional":false}
        """)
  }

  @Test func `an answer says which of the typed codes opened a coupon, and how to show it`() throws {
    var quote = try quote()
    quote.applied[0].place = TypedPlace(index: 1, display: "Welcome–10")
    let written = quote.json(disclosing: .exact)
    #expect(text(written).contains(#"{"code":"WELCOME10","display":"Welcome–10","index":1,"coupon_id":"#))
    let read = try Quote(stored: written)
    #expect(read.applied[0].place == quote.applied[0].place)
    #expect(read.json(disclosing: .exact) == written)
  }

  @Test func `a throttled quote tells when to try again and nothing of codes`() throws {
    #expect(
      text(try quote().json(disclosing: .throttled(seconds: 60))) == head + """
        ,"not_applied":[{"code":"x\\"1","index":2,"reason":"too_many_attempts","ucp_code":"discount_code_invalid",\
        "message":"Too many codes that do not work were tried; wait before trying again.",\
        "facts":{"retry_after_seconds":60}},\
        {"code":"Y","index":3,"reason":"too_many_attempts","ucp_code":"discount_code_invalid",\
        "message":"Too many codes that do not work were tried; wait before trying again.",\
        "facts":{"retry_after_seconds":60}}],"provisional":false}
        """)
  }

  @Test func `a blurred quote tells about the cart and not about codes`() throws {
    #expect(
      text(try quote().json(disclosing: .blurred)) == head + """
        ,"not_applied":[{"code":"x\\"1","index":2,"reason":"code_invalid","ucp_code":"discount_code_invalid",\
        "message":"This code is not valid for this order.","facts":{}},\
        {"code":"Y","index":3,"reason":"minimum_not_reached","ucp_code":"discount_code_invalid",\
        "message":"This coupon needs another 0.02 USD of the goods that count for it (l1); its minimum is 40.00 USD.",\
        "facts":{"currency":"USD","lines":["l1"],"minimum":4000,"missing":2}}],"provisional":false}
        """)
  }

  @Test func `every blurred reason gives the same bytes whatever the code`() {
    let clear: Set<RefusalReason> = [
      .minimumNotReached, .notEligible, .noEligibleLines, .currencyMismatch, .combinationDisallowed,
      .betterDiscountApplied, .noEffect, .alreadyApplied, .subscriptionCancelled, .alreadyAttached,
      .associationNotStarted, .associationEnded, .phaseNotCurrent, .onceViolated, .repeatedLimitReached,
      .lineNotInvoiced, .exceedsAmount,
    ]
    var answers: Set<[UInt8]> = []
    for reason in RefusalReason.allCases {
      let refused = RefusedCode(
        code: "X", index: 0, couponID: Coupon.ID(9), reason: reason, facts: ["limit": .integer(5)])
      let bytes = JSONWriter.bytes { refused.shown(disclosing: .blurred).write(to: &$0) }
      if clear.contains(reason) {
        #expect(bytes == JSONWriter.bytes { refused.shown(disclosing: .exact).write(to: &$0) })
      } else {
        answers.insert(bytes)
      }
    }
    #expect(answers.count == 1)
  }

  @Test func `every reason has a sentence of its own`() {
    let messages = RefusalReason.allCases.map { RefusedCode(code: "X", index: 0, reason: $0).message }
    #expect(Set(messages).count == RefusalReason.allCases.count)
    #expect(messages.allSatisfy { $0.hasSuffix(".") && $0.first?.isUppercase == true })
  }

  @Test func `sentences use simple facts`() {
    let facts: [String: Detail] = [
      "currency": .text("EUR"), "conditions": .list(["country", "first_order"]), "period": .text("day"),
    ]
    func message(_ reason: RefusalReason) -> String {
      RefusedCode(code: "X", index: 0, reason: reason, facts: facts).message
    }
    #expect(message(.currencyMismatch) == "This coupon can't be used in EUR.")
    #expect(
      message(.notEligible) == "This order does not meet the coupon's conditions (country, first_order).")
    #expect(message(.periodLimitReached) == "This coupon has been used up for this day.")
  }

  @Test(
    arguments: [
      (
        .minimumNotReached, ["minimum": .integer(2500), "missing": .integer(100), "currency": .text("EUR")],
        "This coupon needs another 1.00 EUR of goods; its minimum is 25.00 EUR."
      ),
      (
        .minimumNotReached,
        [
          "minimum": .integer(2500), "missing": .integer(160), "currency": .text("JPY"),
          "basis": .text("running"),
          "lines": .list((1...7).map { "l\($0)" }),
        ],
        "This coupon needs another 160 JPY of the goods that count for it (l1, l2, l3, l4, l5 and 2 others) "
          + "after other discounts; its minimum is 2500 JPY."
      ),
      (
        .notEligible, ["conditions": .list(["first_order"]), "missing": .list(["customer.first_order"])],
        "Whether this coupon applies depends on something that was not said: customer.first_order."
      ),
      (
        .notEligible,
        ["missing": .list(["customer.country"]), "country": .text("UK"), "suggestion": .text("GB")],
        "Whether this coupon applies depends on something that was not said: customer.country; "
          + "UK is no country of ISO 3166, did you mean GB?"
      ),
      (
        .notEligible, ["missing": .list(["customer.country"]), "country": .text("XX")],
        "Whether this coupon applies depends on something that was not said: customer.country; "
          + "XX is no country of ISO 3166."
      ),
      (
        .noEligibleLines, ["missing": .list(["cart.lines.seller_id"])],
        "Whether this coupon applies depends on something that was not said: cart.lines.seller_id."
      ),
      (
        .noEligibleLines, ["conditions": .list(["product"])],
        "Nothing in this order is covered by this coupon (product)."
      ),
      (
        .noEligibleLines, ["methods": .list(["express"])],
        "This coupon does not cover the shipping of this order (express)."
      ),
    ] as [(RefusalReason, Details, String)])
  func `sentences say what is missing`(reason: RefusalReason, facts: Details, message: String) {
    #expect(RefusedCode(code: "X", index: 0, reason: reason, facts: facts).message == message)
  }

  @Test func `a quote reads back and is written the same again`() throws {
    let json = try quote().json
    let again = try Quote(stored: json)
    #expect(again.json == json)
    #expect(again.applied[0] == (try quote().applied[0]))
    #expect(again.applied[1].discountClass == .shipping)
    #expect(again.notApplied.map(\.facts) == (try quote().notApplied.map(\.facts)))
  }

  @Test func `line and unit discounts are computed for each`() throws {
    var quote = try quote()
    for scope in [DiscountScope.line, .unit] {
      quote.applied[0].scope = scope
      quote.applied[0].discountClass = .line
      #expect(text(quote.json).contains(#""method":"each""#))
      #expect(try Quote(stored: quote.json).json == quote.json)
    }
  }
}
