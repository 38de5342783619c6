import JSON
import Scrip

extension PercentDiscount: ObjectForm {
  /// `PercentDiscount`
  public static let formName = "PercentDiscount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ discount: Self?) -> Self? {
    let percent = walk.required("percent", discount?.percent, .percent())
    let cap = walk.cap(discount?.cap)
    guard let percent, let cap else { return nil }
    return Self(percent, cap: cap)
  }
}
