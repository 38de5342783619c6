import JSON
import Scrip

/// The names of the kinds of discount, each of which has its form in one file of this folder.
private enum DiscountType: String, CaseIterable { case percent, fixed, decimal, shipping }

extension Discount: ObjectForm, JSONWritable {
  /// `{"type":"percent",…}`, `{"type":"fixed",…}`, `{"type":"decimal",…}` or `{"type":"shipping",…}` with all members of that type.
  public static let formName = "Discount"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ discount: Self?) -> Self? {
    walk.kind("type", discount?.type) { type, walk in
      switch type {
      case .percent: PercentDiscount.walk(&walk, discount?.percent).map(Discount.percent)
      case .fixed: FixedDiscount.walk(&walk, discount?.fixed).map(Discount.fixed)
      case .decimal: DecimalDiscount.walk(&walk, discount?.decimal).map(Discount.decimal)
      case .shipping: ShippingDiscount.walk(&walk, discount?.shipping).map(Discount.shipping)
      }
    }
  }

  private var type: DiscountType {
    switch self {
    case .percent: .percent
    case .fixed: .fixed
    case .decimal: .decimal
    case .shipping: .shipping
    }
  }

  private var percent: PercentDiscount? { if case .percent(let discount) = self { discount } else { nil } }
  private var fixed: FixedDiscount? { if case .fixed(let discount) = self { discount } else { nil } }
  private var decimal: DecimalDiscount? { if case .decimal(let discount) = self { discount } else { nil } }
  private var shipping: ShippingDiscount? { if case .shipping(let discount) = self { discount } else { nil } }
}

extension FormWalk where Self: ~Copyable {
  /// The most that a discount takes off, by currency.
  mutating func cap(_ cap: AmountsByCurrency?) -> AmountsByCurrency? {
    member(
      "cap", cap, else: AmountsByCurrency([]), .amounts(from: 0),
      "The most it takes off the whole order, by currency.")
  }
}
