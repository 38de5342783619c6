/// A text that opens doors, such as a password or the key to another service: printing it, interpolating it, dumping it
/// or logging what contains it shows a placeholder.
public struct SecretText: Sendable {
  /// The text itself. Where this is read, the secret leaves its shelter.
  public let revealed: String

  /// Shelters a text.
  public init(_ text: String) { revealed = text }

  /// The UTF-8 of the text.
  public var bytes: [UInt8] { Array(revealed.utf8) }
}

extension SecretText: Equatable {
  /// Whether two texts have the same bytes, in a time that tells nothing about where they differ.
  public static func == (left: SecretText, right: SecretText) -> Bool {
    constantTimeEquals(left.bytes, right.bytes)
  }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// A placeholder.
  public var description: String { "(secret)" }

  /// A placeholder.
  public var debugDescription: String { description }

  /// Nothing to look into.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
