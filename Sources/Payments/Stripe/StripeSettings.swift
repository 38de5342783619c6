import Digest
import Outgoing

/// How Stripe is reached.
public struct StripeSettings: Sendable {
  /// The version of the API whose shapes are written and read here. Stripe answers in it whatever the account's own is.
  public static let version = "2024-06-20"

  /// A key that may make, confirm, capture, cancel and refund payment intents.
  public let secretKey: SecretText
  /// Where the API is, without a slash at its end.
  public let address: String
  /// When calls are made again.
  public var retries: RetryPolicy
  /// How calls are made.
  public var outgoing: OutgoingSettings

  /// Describes how Stripe is reached.
  ///
  /// - Throws: `ours` for an address to which the key would go in clear: only this computer is spoken to without TLS.
  public init(
    secretKey: SecretText, address: String = "https://api.stripe.com", retries: RetryPolicy = RetryPolicy(),
    outgoing: OutgoingSettings = OutgoingSettings(totalTimeout: .seconds(30))
  ) throws(PaymentFailure) {
    try Self.check(address: address)
    guard !secretKey.revealed.isEmpty, secretKey.bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .ours("The secret key is no key of Stripe's.")
    }
    self.secretKey = secretKey
    self.address = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.retries = retries
    self.outgoing = outgoing
  }

  /// Refuses an address to which the key would go in clear, or that is none.
  ///
  /// - Throws: `ours`.
  public static func check(address: String) throws(PaymentFailure) {
    guard let place = Place(address) else {
      throw .ours("The address of Stripe is none: it has to be like https://api.stripe.com, without a blank.")
    }
    guard place.isEncrypted || ["127.0.0.1", "localhost", "[::1]"].contains(place.host) else {
      throw .ours(
        "The key is not sent in clear: the address of Stripe has to begin with https, or be one of this computer."
      )
    }
  }

  /// The longest that one call can take, all tries and pauses together: leases have to be longer.
  public var longestCall: Duration {
    outgoing.totalTimeout * retries.triesMax
      + max(retries.longestPause, retries.longestAskedPause) * (retries.triesMax - 1)
  }
}

/// Where an API is: a scheme, a host, perhaps a port and a path, and nothing else: whatever reads the address after this must
/// not take another part of it for the host.
private struct Place {
  let isEncrypted: Bool
  let host: String  // String: lower-case ASCII

  init?(_ address: String) {
    let form = /(https?):\/\/([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:\/[A-Za-z0-9._~\/-]*)?/
    guard let found = address.wholeMatch(of: form.ignoresCase()) else { return nil }
    if let port = found.3, !(1...65_535).contains(Int(port) ?? 0) { return nil }
    isEncrypted = found.1.lowercased() == "https"
    host = found.2.lowercased()
  }
}
