import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let wallet: [Route] = [
    Route(
      .get, "/v1/users/{user_id}/coupons", .servers,
      Operation(
        id: "listUserCoupons", tag: "Coupons",
        summary: "The coupons that are personal to a user, newest first, with the user's own codes.",
        query: WalletQuery.self,
        successes: [.ok(.page(of: ShownPersonalCoupon.self))]),
      .asking(listUserCoupons))
  ]

  @Sendable private static func listUserCoupons(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: WalletQuery.self)
    var persons = exchange.persons()
    let userID = persons.pseudonym(of: try exchange.path(PathParameters.user))
    let filter = WalletFilter(userID: userID, after: query.after, limit: Int(query.limit) + 1)
    let tenant = exchange.tenant
    let found = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.wallet(filter, tenant: tenant)
    }
    let page = Page(try await exchange.naming(found.coupons, knowing: persons), limit: query.limit)
    return .json(
      page.json(
        cursor: { $0.coupon.id.description }, { ShownPersonalCoupon($0, at: found.now).write(to: &$1) }))
  }
}

/// The page of personal coupons that is asked for.
private struct WalletQuery: QueryForm {
  static let formName = "WalletQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: Coupon.ID?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member("limit", query?.limit, else: 20, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(Coupon.ID.self), "The next_cursor of an earlier page.")
    guard let limit, let after else { return nil }
    return WalletQuery(limit: limit, after: after)
  }
}
