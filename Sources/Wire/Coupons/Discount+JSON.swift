import JSON
import Scrip

private enum DiscountType: String, CaseIterable { case percent, fixed, shipping }

extension Discount: JSONWritable {
  /// `{"type":"percent",…}`, `{"type":"fixed",…}` or `{"type":"shipping",…}` with all members of that type.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .percent(let percent, let cap):
        writer.member("type", DiscountType.percent)
        writer.member("percent", percent.description)
        writer.member("cap", cap)
      case .fixed(let amounts):
        writer.member("type", DiscountType.fixed)
        writer.member("amounts", amounts)
      case .shipping(let shipping):
        writer.member("type", DiscountType.shipping)
        writer.member("percent", shipping.percent.description)
        writer.member("cap", shipping.cap)
        writer.member("methods", shipping.methods)
        writer.member("countries", shipping.countries)
      }
    }
  }

  init?(reading value: ValueReader, from origin: FormOrigin) {
    let discount = value.object { (object: inout ObjectReader) -> Discount? in
      switch object.required("type", { $0.enumeration(DiscountType.self) }) {
      case .percent: return Discount(percent: &object)
      case .fixed: return Discount(fixed: &object)
      case .shipping: return Discount(shipping: &object, from: origin)
      case nil:
        // Without a type nothing says which members belong here.
        object.ignoreUnknownMembers()
        return nil
      }
    }
    guard let discount else { return nil }
    self = discount
  }

  private init?(percent object: inout ObjectReader) {
    let percent = object.required("percent") { $0.percent() }
    let cap = object.cap()
    guard let percent, let cap else { return nil }
    self = .percent(percent, cap: cap)
  }

  private init?(fixed object: inout ObjectReader) {
    guard let amounts = object.required("amounts", { $0.amounts(in: 1...amountMax) }) else { return nil }
    if amounts.isEmpty {
      object.refuse("amounts", .invalidValue, "must have an amount in at least one currency")
      return nil
    }
    self = .fixed(amounts)
  }

  private init?(shipping object: inout ObjectReader, from origin: FormOrigin) {
    let percent = object.member("percent", else: Percent.whole) { $0.percent() }
    let cap = object.cap()
    let methods = object.member("methods", else: []) { $0.words(ShippingMethod.self, max: 50) }
    let countries = object.member("countries", else: []) { $0.array(max: 300) { $0.country(from: origin) } }
    guard let percent, let cap, let methods, let countries else { return nil }
    self = .shipping(ShippingDiscount(percent: percent, cap: cap, methods: methods, countries: countries))
  }
}

extension ObjectReader {
  fileprivate mutating func cap() -> AmountsByCurrency? {
    member("cap", else: AmountsByCurrency([])) { $0.amounts(in: 0...amountMax) }
  }
}
