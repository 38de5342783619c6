/// Marks key identifiers.
public enum KeySubject: Identified {
  /// `key`
  public static var prefix: String { "key" }
}

/// What opens the API for a caller. Only a hash of the secret is kept.
public struct AccessKey: Hashable, Sendable {
  /// `key_…`
  public typealias ID = Identifier<KeySubject>

  /// What its holder may do.
  public enum Role: String, CaseIterable, Sendable {
    /// Everything in its tenant.
    case admin
    /// Quote, lock, redeem, release; and read coupons.
    case server
    /// Quote only, with one blurred answer for every bad code. Meant for browsers and apps.
    case publishable
  }

  /// Its identifier, which may be logged.
  public let id: ID
  /// The tenant that it belongs to.
  public let tenant: Tenant.ID
  /// What its holder may do.
  public let role: Role
  /// What people call it, 1 to 100 characters.
  @Exact public private(set) var name: String
  /// SHA-256 of the secret, 32 bytes.
  public let secretHash: [UInt8]
  /// When it was created.
  public let createdAt: Instant
  /// When it was revoked; nil while it works.
  public var revokedAt: Instant?

  /// Makes a key.
  public init(
    id: ID, tenant: Tenant.ID, role: Role, name: String, secretHash: [UInt8], createdAt: Instant,
    revokedAt: Instant? = nil
  ) {
    self.id = id
    self.tenant = tenant
    self.role = role
    self.name = name
    self.secretHash = secretHash
    self.createdAt = createdAt
    self.revokedAt = revokedAt
  }
}
