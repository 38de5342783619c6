import Digest
import Scrip

/// How messages are signed, as Standard Webhooks has it: `webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=`.
///
/// The code is HMAC-SHA256 over `id.timestamp.body`, byte for byte.
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
public enum WebhookSignature {
  private static let prefix = "whsec_"
  /// How many bytes a new secret has; the specification asks for 24 to 64.
  private static let secretBytes = 32

  /// A secret that nobody has: `whsec_…`.
  public static func newSecret() -> SecretText {
    SecretText(prefix + Base64.encode(SecureRandom.bytes(secretBytes)))
  }

  /// The codes of a message under all secrets that are in use, with blanks between them; nil if one is no secret.
  ///
  /// - Parameters:
  ///   - id: what the message is called, without a full stop.
  ///   - seconds: when it is sent, in seconds since 1970.
  public static func header(
    id: String, seconds: Int64, body: [UInt8], secrets: [SecretText]
  ) -> String? {
    let signed = Array("\(id).\(seconds).".utf8) + body
    var codes: [String] = []
    for secret in secrets {
      guard let key = key(of: secret) else { return nil }
      codes.append("v1," + Base64.encode(HMACSHA256.authenticationCode(for: signed, key: key).bytes))
    }
    return codes.isEmpty ? nil : codes.joined(separator: " ")
  }

  private static func key(of secret: SecretText) -> [UInt8]? {
    let text = secret.revealed
    return Base64.decode(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.utf8.count)) : text)
  }
}
