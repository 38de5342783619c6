import Testing

@testable import Scrip

@Suite struct `Currencies` {
  @Test(arguments: [
    ("JPY", 0), ("KRW", 0), ("VND", 0), ("CLP", 0), ("ISK", 0), ("UGX", 0), ("XAF", 0), ("XOF", 0),
    ("XPF", 0),
    ("EUR", 2), ("USD", 2), ("CHF", 2), ("HUF", 2), ("XCG", 2),
    ("BHD", 3), ("IQD", 3), ("JOD", 3), ("KWD", 3), ("LYD", 3), ("OMR", 3), ("TND", 3),
    ("CLF", 4), ("UYW", 4),
  ])
  func `have the decimals that ISO 4217 gives them`(code: String, exponent: UInt8) throws {
    let currency = try #require(Currency(code: code))
    #expect(currency.exponent == exponent)
    #expect(currency.code == code)
    #expect(currency.description == code)
  }

  @Test(arguments: ["", "EU", "EURO", "eur", "Eur", "XXX", "ZZZ", "XAU", "E1R", "ЕUR", "HRK", "\u{FF25}UR"])
  func `that the table does not hold are refused`(code: String) { #expect(Currency(code: code) == nil) }

  @Test func `round trip through their codes, which are sorted and distinct`() {
    let codes = Currency.allCodes
    #expect(codes == codes.sorted())
    #expect(Set(codes).count == codes.count)
    for code in codes { #expect(Currency(code: code)?.code == code) }
    #expect(codes.count > 150)
  }

  @Test func `sort by code`() { #expect([kwd, eur, jpy].sorted() == [eur, jpy, kwd]) }
}

@Suite struct `Amounts` {
  @Test func `sum up to the largest number, and beyond it throw`() throws {
    #expect(try sum([1, 2, 3]) == 6)
    #expect(try sum([Int64]()) == 0)
    #expect(try sum([Int64.max - 1, 1]) == .max)
    #expect(throws: MoneyOverflow()) { try sum([Int64.max, 1]) }
    #expect(throws: MoneyOverflow()) { try sum([Int64.min, -1]) }
  }

  @Test func `by currency keep the first entry of each and are sorted`() {
    let map = AmountsByCurrency([
      Money(minorUnits: 3, currency: kwd), Money(minorUnits: 1, currency: eur),
      Money(minorUnits: 2, currency: eur),
    ])
    #expect(map.entries == [Money(minorUnits: 1, currency: eur), Money(minorUnits: 3, currency: kwd)])
    #expect(map[eur] == 1)
    #expect(map[jpy] == nil)
    #expect(!map.isEmpty)
    #expect(AmountsByCurrency([]).isEmpty)
  }

  @Test func `of an order have a highest sum, goods and shipping together`() throws {
    let most = Money.minorUnitsMax
    #expect(most == 1 << 53 - 1)
    let huge = UnitPrice(minorUnits: 90_071_992_547)!
    func order(shipping: Int64) -> Cart {
      Cart(
        currency: eur,
        lines: [
          Cart.Line(id: "a", productID: "p", quantity: 10_000, unitPrice: huge),
          Cart.Line(id: "b", productID: "p", quantity: 1, unitPrice: UnitPrice(minorUnits: 1)!),
        ],
        shipping: [Cart.Shipping(id: "s", method: "m", amount: shipping)])
    }
    let goods: Int64 = 900_719_925_470_001
    let priced = try quote(
      order(shipping: most - goods), terms(percent("100")), terms(percent("100"), scope: .unit),
      terms(.shipping(ShippingDiscount())), base: .original)
    #expect(priced.subtotal == goods)
    #expect(priced.discount == most && priced.total == 0)
    #expect(throws: MoneyOverflow()) { try quote(order(shipping: most - goods + 1)) }
  }

  @Test(arguments: [
    (1250, "EUR", "12.50 EUR"), (5, "EUR", "0.05 EUR"), (0, "EUR", "0.00 EUR"), (13, "JPY", "13 JPY"),
    (0, "JPY", "0 JPY"), (1250, "KWD", "1.250 KWD"), (-199, "EUR", "-1.99 EUR"), (1, "CLF", "0.0001 CLF"),
    (Int64.min, "JPY", "-9223372036854775808 JPY"),
  ])
  func `read in major units with all their decimals`(minorUnits: Int64, code: String, text: String) throws {
    let currency = try #require(Currency(code: code))
    #expect(Money(minorUnits: minorUnits, currency: currency).description == text)
  }

  @Test func `of reports go no further than the largest amount and say so`() {
    var sum = BoundedSum()
    sum += BoundedSum(Int128(Money.minorUnitsMax) - 1)
    sum += BoundedSum(1)
    #expect(sum.minorUnits == Money.minorUnitsMax && !sum.isSaturated)
    sum += BoundedSum(0)
    #expect(!sum.isSaturated)
    sum += BoundedSum(1)
    #expect(sum.minorUnits == Money.minorUnitsMax && sum.isSaturated)
    sum += BoundedSum(0)
    #expect(sum.isSaturated)
    var small = BoundedSum(5)
    small += BoundedSum(Int128(Int64.max) * 1_000_000)
    #expect(small.minorUnits == Money.minorUnitsMax && small.isSaturated)
    #expect(BoundedSum(-1).minorUnits == 0)
  }

  @Test func `of a cart that do not fit into 64 bits throw`() {
    let huge = UnitPrice(minorUnits: 92_233_720_368)!
    func lines(_ count: Int, quantity: Int64) -> Cart {
      Cart(
        currency: eur,
        lines: (0..<count).map {
          Cart.Line(id: "\($0)", productID: "p", quantity: quantity, unitPrice: huge)
        })
    }
    #expect(throws: MoneyOverflow()) { try quote(lines(1, quantity: 100_000_001)) }
    #expect(throws: MoneyOverflow()) { try quote(lines(2, quantity: 90_000_000)) }
    var shipped = lines(1, quantity: 90_000_000)
    shipped.shipping = [Cart.Shipping(id: "s", method: "m", amount: .max)]
    #expect(throws: MoneyOverflow()) { try quote(shipped) }
    #expect(throws: Never.self) { try quote(lines(1, quantity: 90_000)) }
  }
}

@Suite struct `Percentages` {
  @Test(arguments: [
    ("10", 100_000, "10"), ("7.5", 75_000, "7.5"), ("12.3456", 123_456, "12.3456"), ("0.0001", 1, "0.0001"),
    ("100", 1_000_000, "100"), ("100.0000", 1_000_000, "100"), ("00.50", 5_000, "0.5"),
  ])
  func `are read exactly and written in their shortest form`(text: String, parts: Int64, written: String)
    throws
  {
    let percent = try #require(Percent(text))
    #expect(percent.partsPerMillion == parts)
    #expect(percent.description == written)
    #expect(Percent(written) == percent)
  }

  @Test(arguments: [
    "", "0", "0.0000", "100.0001", "101", "-1", "+1", "1.", ".5", "1.23456", "1e1", "1,5", " 1", "1 ", "١",
    "1.2.3",
    "99999999999999999999", "NaN",
  ])
  func `outside of (0, 100] or malformed are refused`(text: String) { #expect(Percent(text) == nil) }

  @Test func `from parts per million have the same bounds`() {
    #expect(Percent(partsPerMillion: 0) == nil)
    #expect(Percent(partsPerMillion: -1) == nil)
    #expect(Percent(partsPerMillion: 1_000_001) == nil)
    #expect(Percent(partsPerMillion: 1_000_000) == .whole)
  }

  @Test func `of the largest amount do not overflow`() {
    #expect(Percent.whole.of(.max, rounding: .halfUp) == .max)
    #expect(Percent("50")!.of(.max, rounding: .halfUp) == .max / 2 + 1)
    #expect(Percent("50")!.of(.max, rounding: .down) == .max / 2)
  }
}

@Suite struct `Rounding of fractions` {
  static let table: [(Int128, Int128, Int128, Int128, Int128)] = [
    (0, 10, 0, 0, 0), (4, 10, 0, 0, 0), (5, 10, 1, 0, 0), (6, 10, 1, 1, 0), (10, 10, 1, 1, 1),
    (15, 10, 2, 2, 1), (25, 10, 3, 2, 2), (35, 10, 4, 4, 3), (24, 10, 2, 2, 2), (26, 10, 3, 3, 2),
    (1, 3, 0, 0, 0), (2, 3, 1, 1, 0), (5, 3, 2, 2, 1), (7, 7, 1, 1, 1), (3, 2, 2, 2, 1), (5, 2, 3, 2, 2),
  ]

  @Test(arguments: table)
  func `follows the mode`(
    numerator: Int128, denominator: Int128, halfUp: Int128, halfEven: Int128, down: Int128
  ) {
    // The second factor lifts the same fractions above 64 bits.
    for factor in [1, Int128(1) << 60] {
      #expect(Rounding.halfUp.divide(numerator * factor, by: denominator * factor) == halfUp)
      #expect(Rounding.halfEven.divide(numerator * factor, by: denominator * factor) == halfEven)
      #expect(Rounding.down.divide(numerator * factor, by: denominator * factor) == down)
    }
  }

  @Test func `is exact at the ends of 64 bits`() {
    let largest = Int128(Int64.max)
    #expect(Rounding.halfUp.divide(largest, by: largest) == 1)
    #expect(Rounding.halfUp.divide(largest - 1, by: largest) == 1)
    #expect(Rounding.down.divide(largest - 1, by: largest) == 0)
    #expect(Rounding.halfUp.divide(largest / 2, by: largest) == 0)
    #expect(Rounding.halfUp.divide(largest / 2 + 1, by: largest) == 1)
    #expect(Rounding.halfUp.divide(largest + 1, by: 2) == (largest + 1) / 2)
  }

  @Test(arguments: [
    ("10", 1999, 200, 200, 199), ("15", 333, 50, 50, 49), ("7.5", 10005, 750, 750, 750),
    ("2.5", 100, 3, 2, 2),
    ("50", 1, 1, 0, 0), ("50", 3, 2, 2, 1), ("0.0001", 499_999, 0, 0, 0), ("0.0001", 500_000, 1, 0, 0),
    ("100", 7, 7, 7, 7),
  ])
  func `of a percentage follows the mode`(
    text: String, amount: Int64, halfUp: Int64, halfEven: Int64, down: Int64
  ) {
    let percent = Percent(text)!
    #expect(percent.of(amount, rounding: .halfUp) == halfUp)
    #expect(percent.of(amount, rounding: .halfEven) == halfEven)
    #expect(percent.of(amount, rounding: .down) == down)
  }
}

@Suite struct `Unit prices` {
  @Test(arguments: [
    ("0.125", 8, 1), ("33.333", 3, 100), ("0.5", 1, 1), ("0.00000001", 50_000_000, 1),
    ("0.00000001", 49_999_999, 0), ("19.99", 100, 1999), ("2.5", 1, 3), ("0", 9, 0),
  ])
  func `become money once, at the line, half-up`(text: String, quantity: Int64, amount: Int64) throws {
    #expect(try #require(UnitPrice(decimal: text)).times(quantity) == amount)
  }

  @Test(arguments: Rounding.allCases)
  func `cost the same however a tenant rounds discounts`(rounding: Rounding) throws {
    let screws = Cart(
      currency: eur,
      lines: [
        Cart.Line(id: "screws", productID: "screw", quantity: 3, unitPrice: UnitPrice(decimal: "33.333")!),
        Cart.Line(id: "half", productID: "half", quantity: 1, unitPrice: UnitPrice(decimal: "0.5")!),
      ])
    let priced = try quote(screws, terms(percent("2.5")), rounding: rounding)
    #expect(priced.subtotal == 101)
    #expect(priced.amounts == [rounding == .halfUp ? 3 : rounding == .halfEven ? 3 : 2])
  }

  @Test(arguments: ["0", "0.125", "33.333", "0.00000001", "1999", "92233720368.54775807"])
  func `round trip through text`(text: String) throws {
    #expect(try #require(UnitPrice(decimal: text)).description == text)
  }

  @Test(arguments: ["", "-1", "1.", ".1", "0.000000001", "92233720368.54775808", "1e3", "1 000"])
  func `that are malformed or too large are refused`(text: String) {
    #expect(UnitPrice(decimal: text) == nil)
  }

  @Test func `tell whether they are whole`() {
    #expect(UnitPrice(minorUnits: 1999)!.minorUnits == 1999)
    #expect(UnitPrice(minorUnits: 1999)!.isWhole)
    #expect(UnitPrice(decimal: "19.5")!.minorUnits == nil)
    #expect(UnitPrice(minorUnits: -1) == nil)
    #expect(UnitPrice(minorUnits: 92_233_720_368) != nil)
    #expect(UnitPrice(minorUnits: 92_233_720_369) == nil)
  }

  @Test func `below a minor unit are rounded for the line and not for the unit`() throws {
    let sub = Cart(
      currency: eur,
      lines: [
        Cart.Line(id: "calls", productID: "api", quantity: 1000, unitPrice: UnitPrice(decimal: "0.4")!),
        Cart.Line(id: "screws", productID: "screw", quantity: 3, unitPrice: UnitPrice(decimal: "33.333")!),
      ])
    let priced = try quote(sub, terms(percent("50"), scope: .line))
    #expect(priced.subtotal == 500)
    #expect(priced.applied[0].allocations.map(\.amount) == [200, 50])
    #expect(priced.applied[0].allocations[1].units.each == [17, 17, 16])
  }
}

@Suite struct `Allocation of an amount` {
  @Test(
    arguments: [
      (1000, [3333, 3333, 3334], [333, 333, 334]), (100, [1, 1, 1], [34, 33, 33]),
      (1000, [2000, 4500, 6000], [160, 360, 480]), (1000, [6000, 4000], [600, 400]),
      (1, [0, 100, 200], [0, 0, 1]),
      (10, [1, 1, 1, 97], [0, 0, 0, 10]), (0, [5, 5], [0, 0]), (0, [0, 0], [0, 0]), (0, [], []),
      (7, [3], [7]),
      (2, [1, 1, 1], [1, 1, 0]), (5, [2, 2, 2], [2, 2, 1]), (3, [0, 1, 0, 1, 0], [0, 2, 0, 1, 0]),
      (1, [1, 1], [1, 0]), (Int64.max, [Int64.max / 2, Int64.max / 2], [Int64.max / 2 + 1, Int64.max / 2]),
    ] as [(Int64, [Int64], [Int64])])
  func `follows the largest remainder, ties to the lower index`(
    amount: Int64, weights: [Int64], parts: [Int64]
  ) {
    #expect(allocate(amount, over: weights) == parts)
  }

  @Test func `is exact, near the true share and within the weights`() {
    for seed in UInt64(0)..<4000 {
      var random = SeededGenerator(seed: seed)
      let large = Bool.random(using: &random)
      let weights = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        Int.random(in: 0...3, using: &random) == 0
          ? 0 : Int64.random(in: 1...(large ? 700_000_000_000_000_000 : 500), using: &random)
      }
      let total = weights.reduce(0, +)
      if total == 0 { continue }
      let amount = Int64.random(in: 0...total, using: &random)
      let parts = allocate(amount, over: weights)
      #expect(parts.reduce(0, +) == amount, "seed \(seed)")
      for (part, weight) in zip(parts, weights) {
        let distance = Int128(part) * Int128(total) - Int128(amount) * Int128(weight)
        #expect(distance.magnitude < Int128(total).magnitude, "seed \(seed)")
        #expect(part >= 0 && part <= weight, "seed \(seed)")
      }
    }
  }

  @Test func `treats equal weights alike but for one minor unit, the earlier first`() {
    for count in 1...30 {
      for amount in 0...Int64(90) {
        let parts = allocate(amount, over: [Int64](repeating: 7, count: count))
        #expect(parts == parts.sorted(by: >))
        #expect(parts[0] - parts[count - 1] <= 1)
      }
    }
  }

  @Test func `of a negative amount, or without a weight, is a mistake`() async {
    await #expect(processExitsWith: .failure) { _ = allocate(-1, over: [1]) }
    await #expect(processExitsWith: .failure) { _ = allocate(1, over: [0, 0]) }
    await #expect(processExitsWith: .failure) { _ = allocate(1, over: [2, -1]) }
  }
}
