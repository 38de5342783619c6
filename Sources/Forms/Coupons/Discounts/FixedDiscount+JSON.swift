import JSON
import Scrip

extension FixedDiscount: ObjectForm {
  /// `FixedDiscount`
  public static let formName = "FixedDiscount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ discount: Self?) -> Self? {
    walk.required("amounts", discount?.amounts, .amounts(from: 1, countMin: 1)).map { Self($0) }
  }
}
