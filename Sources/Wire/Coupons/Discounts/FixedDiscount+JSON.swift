import JSON
import Scrip

extension FixedDiscount: DiscountForm {
  static var type: DiscountType { .fixed }

  static var schema: (name: String, required: [String], properties: String) {
    (
      "FixedDiscount", ["amounts"],
      #""amounts":{"type":"object","propertyNames":{\#(schemaReference("CurrencyInput"))},"#
        + #""minProperties":1,"maxProperties":200,"#
        + #""additionalProperties":{"type":"integer","minimum":1,"maximum":\#(amountMax)}}"#
    )
  }

  var discount: Discount { .fixed(self) }

  init?(reading object: inout ObjectReader, from origin: FormOrigin) {
    guard let amounts = object.required("amounts", { $0.amounts(in: 1...amountMax) }) else { return nil }
    if amounts.isEmpty {
      object.refuse("amounts", .invalidValue, "must have an amount in at least one currency")
      return nil
    }
    self.init(amounts)
  }

  func writeMembers(to writer: inout JSONWriter) { writer.member("amounts", amounts) }
}
