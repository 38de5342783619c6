/// What is wrong with one value of a well-formed JSON text.
public struct FieldError: Error, Equatable, Hashable, Sendable {
  /// Where: an RFC 6901 pointer such as `/cart/lines/0/quantity`; empty for the whole text.
  public let pointer: String
  /// What, for programs: one of ``Code`` or a code of the caller's own; stable.
  public let code: String
  /// What, for people: a sentence without its full stop that never repeats the value.
  public let message: String

  /// An error at a pointer.
  public init(pointer: String, code: String, message: String) {
    self.pointer = pointer
    self.code = code
    self.message = message
  }

  /// An error at a pointer with one of the reader's own codes.
  public init(pointer: String, code: Code, message: String) {
    self.init(pointer: pointer, code: code.rawValue, message: message)
  }

  /// The codes that readers give.
  public enum Code: String, CaseIterable, Sendable {
    /// A member that must be there is not.
    case required
    /// A member that nobody asked for.
    case unknownField = "unknown_field"
    /// A value of another JSON type than the one asked for.
    case wrongType = "wrong_type"
    /// An integer outside its range.
    case outOfRange = "out_of_range"
    /// A value of the right type that does not mean anything here.
    case invalidValue = "invalid_value"
    /// A string with too many characters.
    case tooLong = "too_long"
    /// An array or map with too many entries.
    case tooMany = "too_many"
    /// A name that occurs twice in one object.
    case duplicateMember = "duplicate_member"
  }
}

/// Everything that is wrong with the values of one JSON text, in the order in which it was read.
public struct JSONDecodingErrors: Error, Equatable, Sendable {
  /// At least one and at most a hundred errors.
  public let errors: [FieldError]
}

/// Gathers the errors of one decoding; readers of nested values share it.
@usableFromInline
final class FieldErrorCollector {
  static let errorsMax = 100

  let document: JSONDocument
  let tape: Tape
  /// Whether members that nobody asks for are passed over, in every object of the text.
  let ignoresUnknownMembers: Bool
  /// Whether parts that are kept as they are encoded are not looked at.
  let skipsEncoded: Bool
  /// Whether a member was passed over.
  @usableFromInline var hasIgnoredMembers = false
  private(set) var errors: [FieldError] = []

  @usableFromInline
  init(document: JSONDocument, ignoresUnknownMembers: Bool, skipsEncoded: Bool = false) {
    self.document = document
    self.skipsEncoded = skipsEncoded
    self.ignoresUnknownMembers = ignoresUnknownMembers
    tape = document.tape
  }

  var isFull: Bool { errors.count >= Self.errorsMax }

  @usableFromInline
  func throwErrors() throws(JSONDecodingErrors) {
    if !errors.isEmpty { throw JSONDecodingErrors(errors: errors) }
  }

  func record(_ code: String, at index: Int, member: String? = nil, _ message: @autoclosure () -> String) {
    guard !isFull else { return }
    var pointer = tape.pointer(toValueAt: index)
    if let member { pointer += "/" + escapedForPointer(member) }
    errors.append(FieldError(pointer: pointer, code: code, message: message()))
  }

  func record(
    _ code: FieldError.Code, at index: Int, member: String? = nil, _ message: @autoclosure () -> String
  ) {
    record(code.rawValue, at: index, member: member, message())
  }
}

extension Tape {
  /// The RFC 6901 pointer to the value at the index, found again from the root: only errors pay for pointers.
  func pointer(toValueAt target: Int) -> String {
    var pointer = ""
    var container = 1
    while container != target {
      let isObject = tag(at: container) == Tag.beginObject
      var cursor = container + 1
      var position = 0
      var value = isObject ? cursor + 1 : cursor
      while index(after: value) <= target {
        cursor = index(after: value)
        value = isObject ? cursor + 1 : cursor
        position += 1
      }
      let step = isObject ? text(at: cursor) : String(position)
      pointer += "/" + escapedForPointer(step)
      container = value
    }
    return pointer
  }
}

/// A name as one step of an RFC 6901 pointer.
private func escapedForPointer(_ name: String) -> String {
  guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return name }
  var escaped = ""
  for character in name.unicodeScalars {
    switch character {
    case "~": escaped += "~0"
    case "/": escaped += "~1"
    default: escaped.unicodeScalars.append(character)
    }
  }
  return escaped
}
