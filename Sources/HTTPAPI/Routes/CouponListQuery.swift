import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// Which coupons are asked for, and the page of them.
struct CouponListQuery: QueryForm {
  static let formName = "CouponListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  /// What is searched, with room for one entry more than the page has.
  var filter: CouponFilter

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let filter = query?.filter
    let state = walk.optional(
      "state", filter.flatMap(\.state), .choice(named: "CouponState"), "Only in this state.")
    let code = walk.optional(
      "code", filter.flatMap(\.code), SoughtCodeForm(), "Only the one that this code opens.")
    let owner = walk.optional("owner", filter.flatMap(\.owner), .name(UserID.self), "Only of this owner.")
    let seller = walk.optional(
      "seller_id", filter.flatMap(\.sellerID), .name(SellerID.self), "Only of this seller.")
    let activeAt = walk.optional(
      "active_at", filter.flatMap(\.activeAt), .instant(), "Only active ones whose window holds this moment.")
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", filter.flatMap(\.after), .cursor(Coupon.ID.self), "The next_cursor of an earlier page.")
    guard let state, let code, let owner, let seller, let activeAt, let limit, let after else { return nil }
    var found = CouponFilter(limit: Int(limit) + 1)
    found.state = state
    found.code = code
    found.owner = owner
    found.sellerID = seller
    found.activeAt = activeAt
    found.after = after
    return CouponListQuery(limit: limit, filter: found)
  }
}

/// A code that is looked for, as it was typed.
private struct SoughtCodeForm: ValueForm {
  private static let charactersMax = 200

  func read(_ value: ValueReader) -> CouponCode? {
    value.parsed(maxLength: SoughtCodeForm.charactersMax, as: CouponCode.expectation) { CouponCode($0) }
  }

  func write(_ code: CouponCode, to writer: inout JSONWriter) { writer.string(code.canonical) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(1...SoughtCodeForm.charactersMax) }
}
