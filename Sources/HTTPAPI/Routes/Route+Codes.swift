import Engine
import HTTPServer
import JSON
import Scrip
import Wire

extension Route {
  static let codes: [Route] = [
    Route(
      .post, "/v1/coupons/{coupon_id}/codes", .admin,
      Operation(
        id: "addCodes", tag: "Codes", summary: "Add codes to a coupon: given ones, or generated ones.",
        body: .required("CodesInput"), successes: [.created("CodesAdded")], problems: [409]),
      .deciding(addCodes)),
    Route(
      .get, "/v1/coupons/{coupon_id}/codes", .admin,
      Operation(
        id: "listCodes", tag: "Codes",
        summary: "A coupon's codes in pages; all of them as a stream of CSV or NDJSON if Accept asks for it.",
        query: [
          Operation.Parameter(
            "limit", #"{"type":"integer","minimum":1,"maximum":1000,"default":100}"#,
            "Page size; without meaning for streams."),
          Operation.Parameter(
            "cursor", #"{"type":"string","minLength":1,"maxLength":200}"#,
            "The next_cursor of an earlier page; without meaning for streams."),
        ],
        successes: [
          Operation.Success(
            status: 200, description: "The codes.",
            content: [("application/json", "CodeList"), ("text/csv", nil), ("application/x-ndjson", nil)],
            headers: [])
        ]),
      .asking(listCodes)),
  ]

  @Sendable private static func addCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: Coupon.ID = try exchange.identifier(notFound: .couponNotFound)
    let wish = try exchange.body { object -> AddCodes? in
      let listed = object.member("codes") { value in value.grants() }
      let generated = object.member("generate") { value in value.object { GeneratedCodes(&$0) } }
      guard let listed, let generated else { return nil }
      switch (listed, generated) {
      case (.some(let grants), nil): return AddCodes(couponID: id, grants: grants)
      case (nil, .some(let order)):
        return AddCodes(
          couponID: id, grants: order.grants, wanted: order.count, pattern: order.pattern.skeleton)
      case (nil, nil): object.refuse("codes", .required, "is required, or generate")
      case (.some, .some): object.refuse("generate", .invalidValue, "must not stand beside codes")
      }
      return nil
    }
    return Reply(try await exchange.submit(wish))
  }

  @Sendable private static func listCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    var query = Query(exchange.request)
    let after = query.cursor { CouponCode($0) }
    let limit = query.integer("limit", in: 1...1000, usually: 100)
    try query.finish()
    let coupon = try await exchange.coupon()
    if let form = CodeStream.Form(accepted: exchange.request.header("Accept")) {
      return CodeStream(coupon.id, exchange.tenant, exchange.engine, form).reply
    }
    let tenant = exchange.tenant
    let found = try await exchange.query { (store) throws(StoreFailure) in
      try store.codes(of: coupon.id, tenant: tenant, after: after, limit: Int(limit) + 1)
    }
    let page = Page(found, limit: limit)
    return .json(page.json(cursor: { $0.grant.code.canonical }, { $0.grant.write(to: &$1, used: $0.used) }))
  }
}

/// An order for generated codes.
private struct GeneratedCodes {
  let count: Int
  let pattern: CodePattern
  let grants: [CodeGrant]

  init?(_ object: inout ObjectReader) {
    let count = object.required("count").flatMap { $0.int(in: 1...10_000) }
    let pattern = object.required("pattern").flatMap { value in
      value.parsed(
        maxLength: 100, as: "a code of 1 to 64 characters in which each # stands for a random one",
        { CodePattern($0) })
    }
    let owner = object.member("owner") { $0.visibleName(UserID.self) }
    let limit = object.member("limit") { $0.int64(in: 1...1_000_000_000) }
    guard let count, let pattern, let owner, let limit else { return nil }
    if count > pattern.skeleton.codesMax {
      object.refuse(
        "pattern", .invalidValue, "is too short: at most half of its \(pattern.keyspace) codes may be used")
      return nil
    }
    if owner != nil, pattern.randomCharacters < CodePattern.personalCharactersMin {
      object.refuse(
        "pattern", .invalidValue,
        "must have at least \(CodePattern.personalCharactersMin) random characters for a personal code")
      return nil
    }
    self.count = count
    self.pattern = pattern
    grants = pattern.codes(wanted: count, owner: owner, limit: limit)
  }
}

extension ValueReader {
  fileprivate func grants() -> [CodeGrant]? {
    guard let grants = array(max: 10_000, { CodeGrant(reading: $0) }) else { return nil }
    if !grants.isEmpty { return grants }
    refuse(.invalidValue, "must have at least one code")
    return nil
  }
}
