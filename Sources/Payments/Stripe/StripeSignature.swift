import Digest

import struct Scrip.Instant

/// Proves that a message comes from Stripe and is not an old one: `Stripe-Signature: t=1492774577,v1=5257…`.
///
/// The code is computed over the time, a full stop and the body as it came, byte for byte: a body that was decoded and
/// written again has another one. <https://docs.stripe.com/webhooks#verify-manually>
public enum StripeSignature {
  /// Why a message is not believed, most important first.
  public enum Refusal: String, Error, Sendable, CaseIterable {
    /// The header is none of Stripe's.
    case malformed
    /// None of the codes was made with any of the secrets.
    case unknownSigner
    /// It was signed too long ago, or too far ahead: a message that was overheard and is sent again.
    case outdated
  }

  /// How far the time of the signature may be from now, if nothing else is said, in seconds.
  public static let toleranceSeconds: Int64 = 300

  /// More codes than this are not looked at: each costs a computation, and anybody can send them.
  static let codesMax = 16

  /// Checks a message.
  ///
  /// - Parameters:
  ///   - header: what came as `Stripe-Signature`.
  ///   - body: the body as it came.
  ///   - secrets: the endpoint's secrets. While they are exchanged there are two, and any will do.
  ///   - now: the time here.
  ///   - toleranceSeconds: how far the time of the signature may be from `now`, in either direction.
  public static func verify(
    _ header: String, body: [UInt8], secrets: [SecretText], now: Instant,
    toleranceSeconds: Int64 = StripeSignature.toleranceSeconds
  ) throws(Refusal) {
    guard let parts = Parts(header) else { throw .malformed }
    let signed = Array(parts.time.utf8) + [UInt8(ascii: ".")] + body
    var isKnown = false
    for secret in secrets {
      let expected = HMACSHA256.authenticationCode(for: signed, key: secret.bytes)
      // All of them, so that the time it takes does not tell which one it was.
      for code in parts.codes where constantTimeEquals(code, expected) { isKnown = true }
    }
    guard isKnown else { throw .unknownSigner }
    // By whole seconds, as Stripe signs: 300 s after the second in which it was signed is still in time.
    let age = now.microseconds / 1_000_000 - parts.seconds
    guard (-toleranceSeconds...toleranceSeconds).contains(age) else { throw .outdated }
  }

  private struct Parts {
    let time: Substring
    let seconds: Int64
    let codes: [Hash256]

    init?(_ header: String) {
      var time: Substring?
      var codes: [Hash256] = []
      for item in header.split(separator: ",") {
        guard let sign = item.firstIndex(of: "=") else { return nil }
        let value = item[item.index(after: sign)...]
        switch item[..<sign].drop(while: { $0 == " " }) {
        case "t":
          // Two times could be meant for two readers.
          guard time == nil else { return nil }
          time = value
        case "v1":
          guard let code = Hash256(hex: String(value)) else { return nil }
          codes.append(code)
        // Other schemes, such as the one of test mode, prove nothing.
        default: break
        }
      }
      guard let time, let seconds = Int64(time), (0...1_000_000_000_000).contains(seconds),
        (1...StripeSignature.codesMax).contains(codes.count)
      else { return nil }
      self.time = time
      self.seconds = seconds
      self.codes = codes
    }
  }
}
