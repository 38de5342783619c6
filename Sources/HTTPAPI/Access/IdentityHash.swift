import Digest
import Scrip

/// Turns e-mail addresses, phone numbers and the like into identity keys, and user ids into pseudonyms: a keyed hash, so
/// that nobody can try addresses without the key. The same address in two tenants has two hashes.
public struct IdentityHash: Sendable {
  private let key: HMACSHA256.Key

  /// A hash under a key, which must stay the same for as long as per-user limits are to hold.
  public init(key: [UInt8]) { self.key = HMACSHA256.Key(key) }

  /// The hash of a normalised value in lower-case hexadecimal.
  public func callAsFunction(_ kind: IdentityKey.Kind, _ value: String, tenant: Tenant.ID) -> String {
    code(kind, value, tenant).hex
  }

  /// The hash of what fraud rules recognise somebody by, of no use for anything else.
  func callAsFunction(_ kind: FraudTrait.Kind, _ value: String, tenant: Tenant.ID) -> String {
    key.authenticationCode(for: "\(tenant):trait-\(kind.rawValue):\(value)").hex
  }

  /// What stands for a user in whatever is stored: 128 bits of the hash. A pseudonym stands for itself.
  public func person(_ userID: UserID, tenant: Tenant.ID) -> UserID {
    userID.isPseudonym ? userID : Person.ID(code(.user, userID.text, tenant).leadingHalf).userID
  }

  private func code(_ kind: IdentityKey.Kind, _ value: String, _ tenant: Tenant.ID) -> Hash256 {
    key.authenticationCode(for: "\(tenant):\(kind.rawValue):\(value)")
  }
}
