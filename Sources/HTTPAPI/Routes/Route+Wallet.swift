import Engine
import HTTPServer
import JSON
import Scrip
import Wire

extension Route {
  static let wallet: [Route] = [
    Route(
      .get, "/v1/users/{user_id}/coupons", .servers,
      Operation(
        id: "listUserCoupons", tag: "Coupons",
        summary: "The coupons that are personal to a user, newest first, with the user's own codes.",
        query: [
          Operation.Parameter(
            "limit", #"{"type":"integer","minimum":1,"maximum":100,"default":20}"#, "Page size."),
          Operation.Parameter(
            "cursor", #"{"type":"string","minLength":1,"maxLength":200}"#,
            "The next_cursor of an earlier page."),
        ],
        successes: [.ok(.page(of: ShownPersonalCoupon.self))]),
      .asking(listUserCoupons))
  ]

  @Sendable private static func listUserCoupons(_ exchange: Exchange) async throws(Problem) -> Reply {
    var query = Query(exchange.request)
    let after = query.cursor { Coupon.ID($0) }
    let limit = query.integer("limit", in: 1...100, usually: 20)
    try query.finish()
    var persons = exchange.persons()
    let userID = persons.pseudonym(of: try exchange.userID())
    let filter = WalletFilter(userID: userID, after: after, limit: Int(limit) + 1)
    let tenant = exchange.tenant
    let found = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.wallet(filter, tenant: tenant)
    }
    let now = exchange.engine.store.now
    let page = Page(try await exchange.naming(found, knowing: persons), limit: limit)
    return .json(
      page.json(cursor: { $0.coupon.id.description }, { ShownPersonalCoupon($0, at: now).write(to: &$1) }))
  }
}

extension Exchange {
  /// The user id in the path.
  func userID() throws(Problem) -> UserID {
    let text = HTTPRequest.decodedSegment(parameters[0])
    if let text, (1...200).contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0") {
      return UserID(text)
    }
    throw Problem(invalid: [
      FieldError(
        pointer: "{user_id}", code: .invalidValue, message: "must be a text of 1 to 200 characters")
    ])
  }
}
