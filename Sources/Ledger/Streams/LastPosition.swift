import struct Scrip.Tenant

/// Asks for the last position that a tenant's events have; 0 if it has none.
public struct LastPosition: Search {
  /// The answer.
  public typealias Found = Int64

  /// Whose events.
  public let tenant: Tenant.ID

  /// Asks about a tenant.
  public init(of tenant: Tenant.ID) { self.tenant = tenant }
}
