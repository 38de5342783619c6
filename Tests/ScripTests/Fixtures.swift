import Scrip

let eur = Currency(code: "EUR")!
let jpy = Currency(code: "JPY")!
let kwd = Currency(code: "KWD")!

let noon = Instant(rfc3339: "2026-11-20T12:00:00Z")!

func amounts(_ minorUnits: Int64, _ currency: Currency = eur) -> AmountsByCurrency {
  AmountsByCurrency([Money(minorUnits: minorUnits, currency: currency)])
}

func percent(_ text: String, cap: Int64? = nil) -> Discount {
  .percent(Percent(text)!, cap: cap.map { amounts($0) } ?? AmountsByCurrency([]))
}

func fixed(_ minorUnits: Int64) -> Discount { .fixed(amounts(minorUnits)) }

/// Lines `line-0`, `line-1` and so on of one unit each at these prices.
func cart(_ prices: Int64..., shipping: [Int64] = [], currency: Currency = eur) -> Cart {
  Cart(
    currency: currency, lines: prices.enumerated().map { line($0.offset, price: $0.element) },
    shipping: shipping.enumerated().map {
      Cart.Shipping(id: "charge-\($0.offset)", method: "method-\($0.offset)", amount: $0.element)
    })
}

func line(
  _ index: Int, price: Int64, quantity: Int64 = 1, seller: SellerID? = nil, categories: [Category]? = nil
) -> Cart.Line {
  Cart.Line(
    id: "line-\(index)", productID: "product-\(index)", sellerID: seller, categories: categories,
    quantity: quantity, unitPrice: UnitPrice(minorUnits: price)!)
}

func terms(
  _ discount: Discount, scope: DiscountScope = .order, stacking: Stacking = .open, priority: Int64 = 0,
  _ change: (inout CouponTerms) -> Void = { _ in }
) -> CouponTerms {
  var terms = CouponTerms(
    name: "A coupon", discount: discount, scope: scope, stacking: stacking, priority: priority)
  change(&terms)
  return terms
}

/// A candidate whose coupon id, code and place follow from one number.
func candidate(_ number: Int, _ terms: CouponTerms, _ change: (inout Candidate) -> Void = { _ in })
  -> Candidate
{
  var candidate = Candidate(
    typed: "code-\(number)", index: number, code: CouponCode("code-\(number)")!,
    couponID: Coupon.ID(UInt128(number + 1)), state: .active, version: 1, terms: terms)
  change(&candidate)
  return candidate
}

func context(_ cart: Cart, customer: Customer = Customer(userID: "ann"), now: Instant = noon)
  -> EligibilityContext
{
  EligibilityContext(customer: customer, cart: cart, now: now)
}

/// Prices a cart with coupons numbered in the order given.
func quote(
  _ cart: Cart, _ coupons: CouponTerms..., rounding: Rounding = .halfUp,
  base: PricingPolicy.PercentBase = .running
) throws -> Quote {
  try Pricing(policy: PricingPolicy(rounding: rounding, percentBase: base)).quote(
    coupons.enumerated().map { candidate($0.offset, $0.element) }, in: context(cart))
}

extension Quote {
  var amounts: [Int64] { applied.map(\.amount) }
  var reasons: [RefusalReason] { notApplied.map(\.reason) }
  /// The place in the request of each coupon that applies, in the order in which they were computed.
  var winners: [Int] { applied.map { Int($0.couponID.value) - 1 } }
}

extension UnitRuns {
  /// The amount of each unit.
  var each: [Int64] { flatMap { [Int64](repeating: $0.amount, count: Int($0.count)) } }
}

/// SplitMix64: small, seeded, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
