import JSON
import Scrip

/// The names of the kinds of discount, each of which has its form in one file of this folder.
enum DiscountType: String, CaseIterable {
  case percent, fixed, shipping

  fileprivate var form: any DiscountForm.Type {
    switch self {
    case .percent: PercentDiscount.self
    case .fixed: FixedDiscount.self
    case .shipping: ShippingDiscount.self
    }
  }
}

/// The JSON form of one kind of discount.
protocol DiscountForm {
  /// Its name.
  static var type: DiscountType { get }
  /// The name and the members of its schema besides `type`, and which of them are required.
  static var schema: (name: String, required: [String], properties: String) { get }
  /// The discount that it is.
  var discount: Discount { get }

  /// Reads the members besides `type`; nil after an error was recorded.
  init?(reading object: inout ObjectReader, from origin: FormOrigin)

  /// Writes all members besides `type`.
  func writeMembers(to writer: inout JSONWriter)
}

extension Discount: JSONWritable {
  /// `{"type":"percent",…}`, `{"type":"fixed",…}` or `{"type":"shipping",…}` with all members of that type.
  public func write(to writer: inout JSONWriter) {
    switch self {
    case .percent(let percent): write(percent, to: &writer)
    case .fixed(let fixed): write(fixed, to: &writer)
    case .shipping(let shipping): write(shipping, to: &writer)
    }
  }

  private func write<Form: DiscountForm>(_ form: Form, to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("type", Form.type)
      form.writeMembers(to: &writer)
    }
  }

  init?(reading value: ValueReader, from origin: FormOrigin) {
    let discount = value.object { (object: inout ObjectReader) -> Discount? in
      guard let type = object.required("type", { $0.enumeration(DiscountType.self) }) else {
        // Without a type nothing says which members belong here.
        object.ignoreUnknownMembers()
        return nil
      }
      return type.form.init(reading: &object, from: origin)?.discount
    }
    guard let discount else { return nil }
    self = discount
  }

  /// The JSON schemas of discounts, as members of one JSON object.
  public static var schemas: String {
    let forms = DiscountType.allCases.map(\.form)
    let choices = forms.map { "{\(schemaReference($0.schema.name))}" }.joined(separator: ",")
    return ([#""Discount":{"oneOf":[\#(choices)]}"#] + forms.map(schema)).joined(separator: ",\n")
  }

  private static func schema(_ form: any DiscountForm.Type) -> String {
    let (name, required, properties) = form.schema
    let names = (["type"] + required).map { "\"\($0)\"" }.joined(separator: ",")
    return #""\#(name)":{"type":"object","additionalProperties":false,"required":[\#(names)],"#
      + #""properties":{"type":{"const":"\#(form.type.rawValue)"},\#(properties)}}"#
  }
}

extension ObjectReader {
  /// The most that a discount takes off, by currency.
  mutating func cap() -> AmountsByCurrency? {
    member("cap", else: AmountsByCurrency([])) { $0.amounts(in: 0...amountMax) }
  }
}

/// The schema of such a member.
let capSchema =
  #""cap":{"anyOf":[{\#(schemaReference("Amounts"))},{"type":"null"}],"#
  + #""description":"The most it takes off the whole order, by currency."}"#
