import Ledger
import Scrip

/// A code with how often it is used.
public struct CodeRecord: Hashable, Sendable {
  /// The coupon that it opens.
  public var couponID: Coupon.ID
  /// The code with its own owner and limit.
  public var grant: CodeGrant
  /// Usages, LOCKED and REDEEMED.
  public var used: Int64

  /// Makes a record.
  public init(couponID: Coupon.ID, grant: CodeGrant, used: Int64) {
    self.couponID = couponID
    self.grant = grant
    self.used = used
  }
}

extension CodeRecord: StoredRow {
  /// `code`
  public static let shape = TableShape(
    Self.self, "code", noun: "code",
    counting: TableShape.Count(["used"], refusal: "a code's uses would pass its limit"),
    replacing: TableShape.Replacement(
      by: "coupon_id", of: "coupon", where: ("state", Coupon.State.archived.stored),
      refusal: "a code belongs to another coupon"))

  /// Its canonical form.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<CouponCode>?
  ) throws(StoreFailure) -> Owned<CouponCode> {
    Owned(try walk.tenant(key?.tenant), try walk.column("canonical", .key, key?.value))
  }

  /// Its columns, in their order. A code that is shown as it is kept has no `display`.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<CouponCode>
  ) throws(StoreFailure) -> Self {
    let couponID = try walk.column("coupon_id", .owner, row?.couponID)
    let display = try walk.optional("display", .fixed, row?.shown(besides: key.value))
    return Self(
      couponID: couponID,
      grant: CodeGrant(
        code: key.value,
        display: display ?? key.value.canonical,
        owner: try walk.optional("owner", .fixed, row?.grant.owner),
        limit: try walk.optional("use_limit", .fixed, row?.grant.limit),
        isGenerated: try walk.column("is_generated", .fixed, row?.grant.isGenerated)),
      used: try walk.count("used", .hot, row?.used))
  }

  private func shown(besides code: CouponCode) -> String? {
    grant.display.hasSameBytes(as: code.canonical) ? nil : grant.display
  }

  /// What people call it.
  public static func label(of key: Owned<CouponCode>) -> String { key.value.canonical }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}
