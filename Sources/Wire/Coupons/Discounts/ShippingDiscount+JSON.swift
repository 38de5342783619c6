import JSON
import Scrip

extension ShippingDiscount: DiscountForm {
  static var type: DiscountType { .shipping }

  static var schema: (name: String, required: [String], properties: String) {
    func list(max: Int, of item: String) -> String {
      #"{"type":["array","null"],"maxItems":\#(max),"items":{\#(schemaReference(item))}}"#
    }
    return (
      "ShippingDiscount", [],
      #""percent":{"anyOf":[{\#(schemaReference("Percent"))},{"type":"null"}]},\#(capSchema),"#
        + #""methods":\#(list(max: 50, of: "Word")),"countries":\#(list(max: 300, of: "AssignedCountry"))"#
    )
  }

  var discount: Discount { .shipping(self) }

  init?(reading object: inout ObjectReader, from origin: FormOrigin) {
    let percent = object.member("percent", else: Percent.whole) { $0.percent() }
    let cap = object.cap()
    let methods = object.member("methods", else: []) { $0.words(ShippingMethod.self, max: 50) }
    let countries = object.member("countries", else: []) { $0.array(max: 300) { $0.country(from: origin) } }
    guard let percent, let cap, let methods, let countries else { return nil }
    self.init(percent: percent, cap: cap, methods: methods, countries: countries)
  }

  func writeMembers(to writer: inout JSONWriter) {
    writer.member("percent", percent.description)
    writer.member("cap", cap)
    writer.member("methods", methods)
    writer.member("countries", countries)
  }
}
