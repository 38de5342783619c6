import Forms
import HTTPServer
import JSON
import Scrip

/// The query of a route: a form whose members are its parameters, so that what is read, what is wrong with it and what
/// the OpenAPI document says follow from one declaration.
protocol QueryForm: ObjectForm {
  /// The form's parameters, found once.
  static var declaration: QueryDeclaration { get }
}

/// The parameters of a query, as it takes them to read one.
struct QueryDeclaration: Sendable {
  private let isInteger: [String: Bool]  // String: parameters of ours

  init<Form: ObjectForm>(of form: Form.Type) {
    var components = SchemaComponents()
    let parameters = components.parameters(of: form).map { ($0.name, $0.isInteger) }
    isInteger = Dictionary(uniqueKeysWithValues: parameters)
  }

  /// Whether the route has a parameter of this name.
  func has(_ name: String) -> Bool { isInteger[name] != nil }

  /// The query as the JSON object that the form reads. Names that the form does not have, and names that stand twice,
  /// were refused before.
  fileprivate func json(_ items: [(name: String, value: String)]) -> [UInt8] {
    JSONWriter.bytes { writer in
      writer.object { writer in
        for (name, value) in items {
          writer.key(named: name)
          if isInteger[name] == true, let digits = QueryDeclaration.integer(value) {
            writer.raw(Array(digits.utf8))
          } else {
            writer.string(value)
          }
        }
      }
    }
  }

  /// An integer as JSON has it; one that no range holds if it is too large. Nil for what is none.
  private static func integer(_ text: String) -> String? {
    if let number = Int64(text) { return String(number) }
    let digits = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
    guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.count == text.utf8.count ? String(UInt64.max) : String(Int64.min)
  }
}

extension Exchange {
  /// Reads the parameters of the query; everything that is wrong with them is reported together.
  func query<Form: QueryForm>(as form: Form.Type) throws(Problem) -> Form {
    let document: JSONDocument
    do throws(JSONSyntaxError) {
      document = try JSONDocument(parsing: form.declaration.json(request.queryItems))
    } catch {
      preconditionFailure("what was written as JSON is JSON")
    }
    do throws(JSONDecodingErrors) {
      return try document.readValue { Form(reading: $0) }
    } catch {
      throw Problem(
        invalid: error.errors.map {
          FieldError(pointer: "?\($0.pointer.dropFirst())", code: $0.code, message: $0.message)
        })
    }
  }
}

/// A place in a list that an earlier page named.
struct CursorForm<Place>: ValueForm {
  private let place: (String) -> Place?
  private let text: (Place) -> String

  init(_ place: @escaping (String) -> Place?, _ text: @escaping (Place) -> String) {
    self.place = place
    self.text = text
  }

  func read(_ value: ValueReader) -> Place? {
    value.parsed(maxLength: Cursor.charactersMax, as: "the next_cursor of an earlier page") {
      Cursor.decode($0).flatMap(place)
    }
  }

  func write(_ value: Place, to writer: inout JSONWriter) { writer.string(Cursor.encode(text(value))) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(1...Cursor.charactersMax) }
}

extension ValueForm {
  /// A place in a list that is sorted by identifiers.
  static func cursor<Subject>(_: Identifier<Subject>.Type) -> Self
  where Self == CursorForm<Identifier<Subject>> { CursorForm({ Identifier($0) }, \.description) }

  /// A place in a list that is sorted by codes.
  static func cursor(_: CouponCode.Type) -> Self where Self == CursorForm<CouponCode> {
    CursorForm({ CouponCode($0) }, \.canonical)
  }
}

/// Places in lists in one opaque form: the last entry's sort key in hexadecimal.
enum Cursor {
  static let charactersMax = 400

  static func encode(_ place: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: place.utf8.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  static func decode(_ text: String) -> String? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2), digits.count <= charactersMax else { return nil }
    var bytes: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[position], let low = digits[position + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
