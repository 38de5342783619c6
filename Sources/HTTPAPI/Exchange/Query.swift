import HTTPServer
import JSON
import Scrip

/// The query parameters of a request, read one by one; everything that is wrong is reported together.
///
/// Names that the route does not have, and names that stand twice, were refused before.
struct Query {
  private let items: [String: String]  // String: parameters of the route
  private var errors: [FieldError] = []

  init(_ request: HTTPRequest) {
    items = Dictionary(
      request.queryItems.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func refuse(_ name: String, _ message: String) {
    errors.append(FieldError(pointer: "?\(name)", code: .invalidValue, message: message))
  }

  /// A text that the closure turns into a value.
  mutating func value<Value>(_ name: String, as expectation: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = items[name] else { return nil }
    if let value = parse(text) { return value }
    refuse(name, "must be \(expectation)")
    return nil
  }

  /// A text of 1 to 200 characters.
  mutating func text(_ name: String) -> String? {
    value(name, as: "a text of 1 to 200 characters") { text in
      (1...200).contains(text.unicodeScalars.count) && !text.unicodeScalars.contains("\0") ? text : nil
    }
  }

  /// The caller's name for something, of 1 to 200 characters.
  mutating func exact<Subject>(_ name: String) -> ExactText<Subject>? { text(name).map { ExactText($0) } }

  /// An integer in a range, or the usual one.
  mutating func integer(_ name: String, in range: ClosedRange<Int64>, usually: Int64) -> Int64 {
    value(name, as: "an integer between \(range.lowerBound) and \(range.upperBound)") { text in
      Int64(text).flatMap { range.contains($0) ? $0 : nil }
    } ?? usually
  }

  /// A place in a list that an earlier page named.
  mutating func cursor<Value>(_ parse: (String) -> Value?) -> Value? {
    value("cursor", as: "the next_cursor of an earlier page") { Cursor.decode($0).flatMap(parse) }
  }

  /// Ends reading.
  func finish() throws(Problem) {
    if !errors.isEmpty { throw Problem(invalid: errors) }
  }
}

/// Places in lists in one opaque form: the last entry's sort key in hexadecimal.
enum Cursor {
  static func encode(_ place: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: place.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func decode(_ text: String) -> String? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), digits.count <= 400 else { return nil }
    var bytes: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[position], let low = digits[position + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
