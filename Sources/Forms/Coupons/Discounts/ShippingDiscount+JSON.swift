import JSON
import Scrip

extension ShippingDiscount: ObjectForm {
  /// `ShippingDiscount`
  public static let formName = "ShippingDiscount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ discount: Self?) -> Self? {
    let percent = walk.member("percent", discount?.percent, else: .whole, .percent())
    let cap = walk.cap(discount?.cap)
    let methods = walk.member("methods", discount?.methods, else: [], .words(ShippingMethod.self, 0...50))
    let countries = walk.member("countries", discount?.countries, else: [], .list(CountryForm(), 0...300))
    guard let percent, let cap, let methods, let countries else { return nil }
    return Self(percent: percent, cap: cap, methods: methods, countries: countries)
  }
}
