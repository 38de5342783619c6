import Digest
import Scrip

/// Turns e-mail addresses, phone numbers and the like into identity keys: a keyed hash, so that nobody can try
/// addresses without the key. The same address in two tenants has two hashes.
public struct IdentityHash: Sendable {
  private let key: [UInt8]

  /// A hash under a key, which must stay the same for as long as per-user limits are to hold.
  public init(key: [UInt8]) { self.key = key }

  /// The hash of a normalised value in lower-case hexadecimal.
  public func callAsFunction(_ kind: IdentityKey.Kind, _ value: String, tenant: Tenant.ID) -> String {
    HMACSHA256.authenticationCode(for: Array("\(tenant):\(kind.rawValue):\(value)".utf8), key: key).hex
  }
}
