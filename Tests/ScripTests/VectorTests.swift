import Testing

@testable import Scrip

/// The worked examples that the engine's rules are written with: one cart, some coupons, amounts by hand.
struct PricedExample: Sendable, CustomTestStringConvertible {
  let name: String
  let goods: Cart
  let coupons: [CouponTerms]
  var rounding = Rounding.halfUp
  let discounts: [Int64]
  /// What each discount takes off each line it falls on.
  let parts: [[Int64]]
  let total: Int64

  var testDescription: String { name }

  static let all: [PricedExample] = [
    PricedExample(
      name: "10 % of 1999 USD", goods: one(1999, "USD"), coupons: [terms(percent("10"))], discounts: [200],
      parts: [[200]], total: 1799),
    PricedExample(
      name: "15 % of 333 JPY", goods: one(333, "JPY"), coupons: [terms(percent("15"))], discounts: [50],
      parts: [[50]], total: 283),
    PricedExample(
      name: "7.5 % of 10005 KWD", goods: one(10_005, "KWD"), coupons: [terms(percent("7.5"))],
      discounts: [750],
      parts: [[750]], total: 9255),
    PricedExample(
      name: "2.5 % of 100", goods: cart(100), coupons: [terms(percent("2.5"))], discounts: [3], parts: [[3]],
      total: 97),
    PricedExample(
      name: "2.5 % of 100, half to even", goods: cart(100), coupons: [terms(percent("2.5"))],
      rounding: .halfEven,
      discounts: [2], parts: [[2]], total: 98),
    PricedExample(
      name: "10 % on three lines of 333", goods: cart(333, 333, 333), coupons: [terms(percent("10"))],
      discounts: [100], parts: [[34, 33, 33]], total: 899),
    PricedExample(
      name: "10 % on each of three lines of 333", goods: cart(333, 333, 333),
      coupons: [terms(percent("10"), scope: .line)], discounts: [99], parts: [[33, 33, 33]], total: 900),
    PricedExample(
      name: "25 × 399.00, 10 %", goods: Cart(currency: eur, lines: [line(0, price: 39_900, quantity: 25)]),
      coupons: [terms(percent("10"))], discounts: [99_750], parts: [[99_750]], total: 897_750),
    PricedExample(
      name: "20 % then 1000 off", goods: cart(10_000), coupons: [terms(fixed(1000)), terms(percent("20"))],
      discounts: [2000, 1000], parts: [[2000], [1000]], total: 7000),
    PricedExample(
      name: "1000 off then 20 %", goods: cart(10_000),
      coupons: [terms(fixed(1000), priority: -1), terms(percent("20"))],
      discounts: [1000, 1800], parts: [[1000], [1800]], total: 7200),
    PricedExample(
      name: "10 % and 10 % running", goods: cart(10_000),
      coupons: [terms(percent("10")), terms(percent("10"))],
      discounts: [1000, 900], parts: [[1000], [900]], total: 8100),
    PricedExample(
      name: "30 %, 10 %, 500", goods: cart(10_000),
      coupons: [terms(fixed(500)), terms(percent("30")), terms(percent("10"))],
      discounts: [3000, 700, 500], parts: [[3000], [700], [500]], total: 5800),
    PricedExample(
      name: "500, 10 %, 30 %", goods: cart(10_000),
      coupons: [
        terms(fixed(500), priority: 1), terms(percent("10"), priority: 2), terms(percent("30"), priority: 3),
      ],
      discounts: [500, 950, 2565], parts: [[500], [950], [2565]], total: 5985),
    PricedExample(
      name: "narrow before wide",
      goods: Cart(currency: eur, lines: [line(0, price: 1299), line(1, price: 499, quantity: 2)]),
      coupons: [
        terms(fixed(500)),
        terms(fixed(1000)) { $0.eligibleLines = .condition(.product(.isIn(["product-0"]))) },
        terms(fixed(100)),
      ],
      discounts: [1000, 500, 100], parts: [[1000], [115, 385], [23, 77]], total: 697),
    PricedExample(
      name: "50 % of 15000 + 5000 with cap 3000", goods: cart(15_000, 5000),
      coupons: [terms(percent("50", cap: 3000))],
      discounts: [3000], parts: [[2250, 750]], total: 17_000),
    PricedExample(
      name: "fixed 15000 on 10000", goods: cart(10_000), coupons: [terms(fixed(15_000))], discounts: [10_000],
      parts: [[10_000]], total: 0),
    PricedExample(
      name: "25 % on the first line, 1000 off the rest of the invoice", goods: cart(8000, 2000),
      coupons: [
        terms(fixed(1000)),
        terms(percent("25"), scope: .line) { $0.eligibleLines = .condition(.product(.isIn(["product-0"]))) },
      ], discounts: [2000, 1000], parts: [[2000], [750, 250]], total: 7000),
    PricedExample(
      name: "1000 over 3333, 3333, 3334", goods: cart(3333, 3333, 3334), coupons: [terms(fixed(1000))],
      discounts: [1000], parts: [[333, 333, 334]], total: 9000),
    PricedExample(
      name: "100 over three equal lines", goods: cart(1000, 1000, 1000), coupons: [terms(fixed(100))],
      discounts: [100],
      parts: [[34, 33, 33]], total: 2900),
    PricedExample(
      name: "1000 over 2000, 4500, 6000", goods: cart(2000, 4500, 6000), coupons: [terms(fixed(1000))],
      discounts: [1000], parts: [[160, 360, 480]], total: 11_500),
    PricedExample(
      name: "1000 over 6000, 4000", goods: cart(6000, 4000), coupons: [terms(fixed(1000))], discounts: [1000],
      parts: [[600, 400]], total: 9000),
    PricedExample(
      name: "1 over 0, 100, 200", goods: cart(0, 100, 200), coupons: [terms(fixed(1))], discounts: [1],
      parts: [[1]],
      total: 299),
    PricedExample(
      name: "10 over 1, 1, 1, 97", goods: cart(1, 1, 1, 97), coupons: [terms(fixed(10))], discounts: [10],
      parts: [[10]], total: 90),
  ]
}

private func one(_ price: Int64, _ code: String) -> Cart { cart(price, currency: Currency(code: code)!) }

@Suite struct `Worked examples` {
  @Test(arguments: PricedExample.all) func `come out to the cent`(example: PricedExample) throws {
    let priced = try Pricing(policy: PricingPolicy(rounding: example.rounding)).quote(
      example.coupons.enumerated().map { candidate($0.offset, $0.element) }, in: context(example.goods))
    #expect(priced.amounts == example.discounts)
    #expect(priced.applied.map { $0.allocations.map(\.amount) } == example.parts)
    #expect(priced.total == example.total)
    #expect(priced.notApplied.isEmpty)
  }

  @Test func `of 25 × 399.00 at 10 % take 39.90 off each unit`() throws {
    let goods = Cart(currency: eur, lines: [line(0, price: 39_900, quantity: 25)])
    let units = try quote(goods, terms(percent("10"))).applied[0].allocations[0].units.each
    #expect(units == [Int64](repeating: 3990, count: 25))
  }

  @Test func `of a refund: each unit gives back its price less its part`() throws {
    let goods = Cart(currency: eur, lines: [line(0, price: 1000, quantity: 3)])
    let units = try quote(goods, terms(fixed(1000))).applied[0].allocations[0].units.each
    #expect(units.map { 1000 - $0 } == [666, 667, 667])
    let three = Cart(currency: eur, lines: [line(0, price: 10_000, quantity: 3)])
    let parts = try quote(three, terms(percent("10"))).applied[0].allocations[0].units.each
    #expect(parts[1...].map { 10_000 - $0 }.reduce(0, +) == 18_000)
  }
}
