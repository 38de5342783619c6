/// The tables of every store that hold something of a tenant's, by the names that they have in each of them.
public enum StoredTable: String, CaseIterable, Sendable {
  /// Tenants.
  case tenant
  /// Coupons.
  case coupon
  /// Versions of coupons' terms.
  case couponVersion = "coupon_version"
  /// Codes.
  case code
  /// Counters above zero.
  case counter
  /// Applications.
  case application
  /// Usages.
  case usage
  /// Keys.
  case accessKey = "access_key"
  /// The log.
  case event
  /// Answers under idempotency keys.
  case answer
}
