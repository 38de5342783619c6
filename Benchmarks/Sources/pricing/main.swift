import CAllocationCount
import Glibc
import Scrip

/// Prices a cart of ten lines with three coupons, many times, and prints nanoseconds and allocations for each. With a
/// number as argument it only prices as often, for whoever counts instructions from outside.
guard let usd = Currency(code: "USD"), let ten = Percent("10"), let five = Percent("5") else {
  fatalError("the benchmark's own values are valid")
}

func price(_ minorUnits: Int64) -> UnitPrice {
  guard let price = UnitPrice(minorUnits: minorUnits) else { fatalError("the benchmark's prices are valid") }
  return price
}

func line(_ index: Int) -> Cart.Line {
  Cart.Line(
    id: "line-\(index)", productID: "product-\(index)", sellerID: "seller-1",
    categories: [index % 2 == 0 ? "shoes" : "shirts"], quantity: Int64(1 + index % 3),
    unitPrice: price(Int64(999 + 137 * index)))
}

let cart = Cart(
  currency: usd, channel: "web", lines: (0..<10).map(line),
  shipping: [Cart.Shipping(id: "standard", method: "standard", amount: 499)])

func candidate(_ index: Int, _ code: String, _ terms: CouponTerms) -> Candidate {
  guard let code = CouponCode(code) else { fatalError("the benchmark's codes are valid") }
  return Candidate(
    typed: code.canonical, index: index, code: code, couponID: Coupon.ID(UInt128(index + 1)), state: .active,
    version: 1, terms: terms)
}

let candidates = [
  candidate(
    0, "SHOES10",
    CouponTerms(
      name: "Shoes",
      discount: .percent(ten, cap: AmountsByCurrency([Money(minorUnits: 5000, currency: usd)])),
      scope: .line, eligibleLines: .condition(.category(.isIn(["shoes"]))), stacking: .open)),
  candidate(
    1, "WELCOME5",
    CouponTerms(
      name: "Welcome", discount: .percent(five, cap: AmountsByCurrency([])),
      minimum: AmountsByCurrency([Money(minorUnits: 2500, currency: usd)]), stacking: .open)),
  candidate(
    2, "FREESHIP",
    CouponTerms(name: "Free shipping", discount: .shipping(ShippingDiscount()), stacking: .open)),
]
let context = EligibilityContext(
  customer: Customer(userID: "u-1", country: "DE"), cart: cart,
  now: Instant(microseconds: 1_763_700_000_000_000))
let pricing = Pricing()

func run(_ count: Int) throws -> Int64 {
  var checksum: Int64 = 0
  for _ in 0..<count { checksum &+= try pricing.quote(candidates, in: context).total }
  return checksum
}

if let count = CommandLine.arguments.dropFirst().first.flatMap({ Int($0) }) {
  print("checksum \(try run(count))")
  exit(0)
}
_ = try run(10_000)
let count = 200_000
var best = Double.infinity
for _ in 0..<5 {
  let elapsed = try ContinuousClock().measure { _ = try run(count) }
  best = min(best, Double(elapsed.components.attoseconds) / 1e9 + Double(elapsed.components.seconds) * 1e9)
}
let before = allocation_count()
_ = try run(1000)
let allocations = Double(allocation_count() - before) / 1000
print("pricing_ns \(Int(best / Double(count)))")
print("pricing_allocations \(allocations)")
