import JSON
import Scrip

extension Coupon: ObjectForm, JSONWritable {
  /// The coupon as the API shows it: identity, state, the terms' members, and how its uses stand.
  public static let formName = "Coupon"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ coupon: Coupon?) -> Coupon? {
    let id = walk.required("id", coupon?.id, .id(Coupon.ID.self))
    let version = walk.required("version", coupon?.version, .integer(1, to: .max))
    let state = walk.required(
      "state", coupon?.state, .choice(named: "CouponState", "draft → active ⇄ disabled → archived."))
    let terms = CouponTerms.walk(&walk, coupon?.terms)
    let uses = walk.required("usage", coupon?.uses, .object())
    let createdAt = walk.required("created_at", coupon?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", coupon?.updatedAt, .instant())
    guard let id, let version, let state, let terms, let uses, let createdAt, let updatedAt else {
      return nil
    }
    return Coupon(
      id: id, state: state, version: version, terms: terms, uses: uses, createdAt: createdAt,
      updatedAt: updatedAt)
  }
}

extension UseCounts: ObjectForm, JSONWritable {
  /// `UseCounts`
  public static let formName = "UseCounts"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ uses: UseCounts?) -> UseCounts? {
    let locked = walk.required("locked", uses?.locked, .integer(0, to: .max))
    let redeemed = walk.required("redeemed", uses?.redeemed, .integer(0, to: .max))
    guard let locked, let redeemed else { return nil }
    return UseCounts(locked: locked, redeemed: redeemed)
  }
}
