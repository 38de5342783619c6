/// A code that opens a coupon, with the owner and the limit it may have of its own.
public struct CodeGrant: Hashable, Sendable {
  /// The canonical spelling.
  public var code: CouponCode
  /// The spelling to show, as it was given.
  @Exact public var display: String
  /// The user id of the only customer who may use it; nil: the coupon's owner counts.
  public var owner: UserID?
  /// How often it can be used; nil: the coupon's limit for each code counts.
  public var limit: Int64?
  /// Whether it was generated, so that hyphens and look-alike characters may be forgiven.
  public var isGenerated: Bool

  /// Makes a grant.
  public init(
    code: CouponCode, display: String, owner: UserID? = nil, limit: Int64? = nil, isGenerated: Bool = false
  ) {
    self.code = code
    self.display = display
    self.owner = owner
    self.limit = limit
    self.isGenerated = isGenerated
  }
}
