/// What a request to Stripe says: names and values as `application/x-www-form-urlencoded`, with brackets for what lies
/// inside of something.
struct StripeForm: Sendable {
  private(set) var fields: [(name: String, value: String)] = []

  mutating func set(_ name: String, _ value: String) { fields.append((name, value)) }
  mutating func set(_ name: String, _ value: String?) { if let value { set(name, value) } }
  mutating func set(_ name: String, _ value: Int64) { set(name, String(value)) }

  /// - Throws: `ours` for labels that Stripe would refuse.
  mutating func set(labels: [PaymentLabel]) throws(PaymentFailure) {
    guard labels.count <= 50 else { throw .ours("Stripe keeps at most 50 labels.") }
    for label in labels {
      guard (1...40).contains(label.name.utf8.count), !label.name.contains(where: { "[]".contains($0) })
      else {
        throw .ours("A label's name has 1 to 40 bytes and no brackets.")
      }
      // An empty value would take the label away.
      guard (1...500).contains(label.value.utf8.count) else {
        throw .ours("A label's value has 1 to 500 bytes.")
      }
      set("metadata[\(label.name)]", label.value)
    }
  }

  /// The fields as they are sent.
  var encoded: String {
    fields.map { "\(Self.encode($0.name, keeping: "[]"))=\(Self.encode($0.value, keeping: ""))" }.joined(
      separator: "&")
  }

  private static func encode(_ text: String, keeping kept: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte.isLetterOrDigit || "-._".utf8.contains(byte) || kept.utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
