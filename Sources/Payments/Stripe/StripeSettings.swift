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
    let local = ["http://127.0.0.1", "http://localhost", "http://[::1]"]
    let lower = address.lowercased()
    let isLocal = local.contains {
      lower.hasPrefix($0) && [":", "/", nil].contains(lower.dropFirst($0.count).first)
    }
    let hasHost = lower.hasPrefix("https://") && ![nil, "/", ":"].contains(lower.dropFirst(8).first)
    guard hasHost || isLocal else {
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
