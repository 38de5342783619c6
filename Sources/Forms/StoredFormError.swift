import JSON

/// Stored bytes that are not what they should be: damage, or the work of another version.
public struct StoredFormError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was read, such as `event CouponApplied`.
  public let form: String
  /// What is wrong with it and where; never a value.
  public let faults: [String]

  /// Makes an error.
  public init(form: String, faults: [String]) {
    self.form = form
    self.faults = faults
  }

  /// The form and its faults in one line.
  public var description: String { "\(form) can't be read: \(faults.joined(separator: "; "))" }
}

/// Reads bytes that this service wrote itself, or a newer version of it: members that this one does not know are passed
/// over.
func readStored<Value>(
  _ form: String, _ bytes: [UInt8], skippingEncoded: Bool = false, _ read: (ValueReader) -> Value?
) throws(StoredFormError) -> Value {
  try readStoredMembers(form, bytes, skippingEncoded: skippingEncoded, read).value
}

/// Reads the same, and says whether every member is known.
func readStoredMembers<Value>(
  _ form: String, _ bytes: [UInt8], skippingEncoded: Bool = false, _ read: (ValueReader) -> Value?
) throws(StoredFormError) -> (value: Value, isWhole: Bool) {
  let document: JSONDocument
  do throws(JSONSyntaxError) {
    document = try JSONDocument(parsing: bytes)
  } catch {
    throw StoredFormError(form: form, faults: [error.description])
  }
  do throws(JSONDecodingErrors) {
    return try document.readKnownMembers(skippingEncoded: skippingEncoded, read)
  } catch {
    throw StoredFormError(form: form, faults: error.errors.map { "\($0.pointer) \($0.code): \($0.message)" })
  }
}

extension ObjectForm {
  /// Reads bytes that this service or a newer version of it wrote, and says whether that is all of it: a newer version may
  /// have written members that this one does not know.
  public static func reading(
    stored bytes: [UInt8], as form: String
  ) throws(StoredFormError) -> (value: Self, isWhole: Bool) {
    try readStoredMembers(form, bytes) { Self(reading: $0) }
  }
}
