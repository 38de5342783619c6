import JSON
import Scrip

extension PercentDiscount: DiscountForm {
  static var type: DiscountType { .percent }

  static var schema: (name: String, required: [String], properties: String) {
    ("PercentDiscount", ["percent"], #""percent":{\#(schemaReference("Percent"))},\#(capSchema)"#)
  }

  var discount: Discount { .percent(self) }

  init?(reading object: inout ObjectReader, from origin: FormOrigin) {
    let percent = object.required("percent") { $0.percent() }
    let cap = object.cap()
    guard let percent, let cap else { return nil }
    self.init(percent, cap: cap)
  }

  func writeMembers(to writer: inout JSONWriter) {
    writer.member("percent", percent.description)
    writer.member("cap", cap)
  }
}
