import JSON
import Scrip

/// What a provider calls an intent or a refund: up to 255 characters, as providers allow themselves.
public struct ProviderNameForm: ValueForm {
  private static let charactersMax = 255

  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> ProviderName? {
    value.parsed(maxLength: Self.charactersMax, as: "a provider's name of something") { text in
      text.isEmpty ? nil : ProviderName(text)
    }
  }

  /// Writes one.
  public func write(_ name: ProviderName, to writer: inout JSONWriter) { writer.string(name.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("ProviderName") {
      [
        "type": "string", "minLength": 1, "maxLength": .int(Int64(Self.charactersMax)),
        "description": "What a payment provider calls it.",
      ]
    }
  }
}
