import JSON
import Scrip

/// A coupon whose terms can't be read, as the API shows it.
public struct CouponWithoutTerms: Hashable, Sendable {
  /// Its identifier.
  public var id: Coupon.ID
  /// The number of the version whose terms can't be read.
  public var version: Int64
  /// Where it is in its life.
  public var state: Coupon.State
  /// How its uses stand.
  public var uses: UseCounts
  /// When it was created.
  public var createdAt: Instant
  /// When it last changed, uses aside.
  public var updatedAt: Instant

  /// Makes a coupon.
  public init(
    id: Coupon.ID, version: Int64, state: Coupon.State, uses: UseCounts, createdAt: Instant,
    updatedAt: Instant
  ) {
    self.id = id
    self.version = version
    self.state = state
    self.uses = uses
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

extension CouponWithoutTerms: ObjectForm, JSONWritable {
  /// `CouponWithoutTerms`
  public static let formName = "CouponWithoutTerms"

  /// What it is, in the document.
  public static let formNote: StaticString? =
    "A coupon whose stored terms can't be read: they are damaged, or a newer version of the service wrote them."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ coupon: Self?) -> Self? {
    let id = walk.required("id", coupon?.id, .id(Coupon.ID.self))
    let version = walk.required("version", coupon?.version, .integer(1, to: .max))
    let state = walk.required(
      "state", coupon?.state, .choice(named: "CouponState", "draft → active ⇄ disabled → archived."))
    _ = walk.required("terms_unreadable", coupon.map { _ in true }, .flag(), "Always true.")
    let uses = walk.required("usage", coupon?.uses, .object())
    let createdAt = walk.required("created_at", coupon?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", coupon?.updatedAt, .instant())
    guard let id, let version, let state, let uses, let createdAt, let updatedAt else { return nil }
    return Self(
      id: id, version: version, state: state, uses: uses, createdAt: createdAt, updatedAt: updatedAt)
  }
}
