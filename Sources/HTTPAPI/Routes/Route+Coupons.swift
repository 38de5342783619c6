import Engine
import JSON
import Scrip
import Wire

extension Route {
  private static let couponHeaders = ["ETag"]

  static let coupons: [Route] = [
    Route(
      .post, "/v1/coupons", .admin,
      Operation(
        id: "createCoupon", tag: "Coupons",
        summary: "Make a coupon, as a draft, with the codes that open it.",
        body: .required("CouponInput"), successes: [.created("Coupon", headers: ["ETag", "Location"])],
        problems: [409]),
      .deciding(createCoupon)),
    Route(
      .get, "/v1/coupons", .servers,
      Operation(
        id: "listCoupons", tag: "Coupons", summary: "Coupons, newest first.", query: listParameters,
        successes: [.ok("CouponList")]),
      .asking(listCoupons)),
    Route(
      .get, "/v1/coupons/{coupon_id}", .servers,
      Operation(
        id: "getCoupon", tag: "Coupons", summary: "A coupon with its current terms.",
        successes: [.ok("Coupon", headers: couponHeaders)]),
      .asking(getCoupon)),
    Route(
      .patch, "/v1/coupons/{coupon_id}", .admin,
      Operation(
        id: "updateCoupon", tag: "Coupons",
        summary: "Give a coupon new terms under the next version: absent members stay, null is the default.",
        body: .required("CouponPatch"), successes: [.ok("Coupon", headers: couponHeaders)],
        problems: [409, 412]),
      .deciding(updateCoupon)),
    Route(
      .post, "/v1/coupons/{coupon_id}/activate", .admin,
      Operation(
        id: "activateCoupon", tag: "Coupons", summary: "Put a draft or disabled coupon to use.",
        body: .optional("Empty"), successes: [.ok("Coupon", headers: couponHeaders)], problems: [409, 412]),
      .deciding(activate)),
    Route(
      .post, "/v1/coupons/{coupon_id}/disable", .admin,
      Operation(
        id: "disableCoupon", tag: "Coupons",
        summary: "Take an active coupon out of use; with revoke_locks its running locks, too.",
        body: .required("DisableRequest"), successes: [.ok("Coupon", headers: couponHeaders)],
        problems: [409, 412]),
      .deciding(disable)),
    Route(
      .post, "/v1/coupons/{coupon_id}/archive", .admin,
      Operation(
        id: "archiveCoupon", tag: "Coupons", summary: "End a coupon for ever; its codes become free.",
        body: .optional("Empty"), successes: [.ok("Coupon", headers: couponHeaders)], problems: [409, 412]),
      .deciding(archive)),
    Route(
      .get, "/v1/coupons/{coupon_id}/versions/{version}", .servers,
      Operation(
        id: "getCouponVersion", tag: "Coupons", summary: "The terms of an older or the current version.",
        successes: [.ok("CouponVersion")]),
      .asking(getVersion)),
  ]

  @Sendable private static func createCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let wish = try exchange.body { object -> CreateCoupon? in
      let grants = object.newGrants()
      let terms = CouponTerms(reading: &object, zones: exchange.services.zones)
      guard let terms, let grants else { return nil }
      return CreateCoupon(terms: terms, grants: grants)
    }
    do throws(Problem) {
      let outcome = try await exchange.submit(wish)
      return exchange.couponReply(outcome, outcome.location(under: "/v1/coupons/"))
    } catch {
      // The engine knows a list of codes; a caller who sent `code` has no list to look into.
      throw exchange.hasSingleCode ? error.pointing(to: "/code", insteadOf: "/codes/0") : error
    }
  }

  @Sendable private static func getCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let coupon = try await exchange.coupon()
    return .json(coupon.json, headers: [("ETag", entityTag(coupon.version))])
  }

  @Sendable private static func getVersion(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id: Coupon.ID = try exchange.identifier(notFound: .couponNotFound)
    guard let version = Int64(exchange.parameters[1]), version > 0, String(version) == exchange.parameters[1],
      let terms = try await exchange.ask({ (engine) async throws(StoreFailure) in
        try await engine.terms(id, version: version, tenant: exchange.tenant)
      })
    else { throw Problem(.versionNotFound, "There is no such version of this coupon.") }
    return .json(
      JSONWriter.bytes(capacity: 1024) { writer in
        writer.object { writer in
          writer.key("coupon_id")
          writer.string(id.description)
          writer.key("version")
          writer.int(version)
          writer.key("terms")
          terms.write(to: &writer)
        }
      })
  }

  /// Without `If-Match` an edit that was overtaken is made again on the newer terms, unless the answer to the first
  /// attempt is kept under an idempotency key.
  @Sendable private static func updateCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let expected = try exchange.expectedVersion()
    let idempotency = try exchange.idempotencyKey()
    var attemptsLeft = expected == nil && idempotency == nil ? 5 : 1
    while true {
      attemptsLeft -= 1
      let coupon = try await exchange.coupon()
      let terms = try exchange.body { object in
        CouponTerms(reading: &object, updating: coupon.terms, zones: exchange.services.zones)
      }
      let wish = UpdateCoupon(
        couponID: coupon.id, terms: terms, expectedVersion: expected ?? coupon.version)
      do throws(Problem) {
        return exchange.couponReply(try await exchange.submit(wish))
      } catch {
        if error.code != .refusal(.versionConflict) || attemptsLeft == 0 { throw error }
      }
    }
  }

  @Sendable private static func activate(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    return try await exchange.take(.activate)
  }

  @Sendable private static func archive(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    return try await exchange.take(.archive)
  }

  @Sendable private static func disable(_ exchange: Exchange) async throws(Problem) -> Reply {
    let (reason, revokesLocks) = try exchange.body { object -> (String, Bool)? in
      let reason = object.required("reason").flatMap { $0.string(minLength: 1, maxLength: 200) }
      let revokesLocks = object.member("revoke_locks", else: false) { $0.bool() }
      guard let reason, let revokesLocks else { return nil }
      return (reason, revokesLocks)
    }
    let reply = try await exchange.take(.disable(reason: reason, revokesLocks: revokesLocks))
    if !revokesLocks { return reply }
    try await exchange.giveBackRevokedLocks()
    let coupon = try await exchange.coupon()
    return .json(coupon.json, headers: reply.headers)
  }
}

/// Lists.
extension Route {
  private static let text = #"{"type":"string","minLength":1,"maxLength":200}"#

  private static let listParameters = [
    Operation.Parameter("state", ##"{"$ref":"#/components/schemas/CouponState"}"##, "Only in this state."),
    Operation.Parameter("code", text, "Only the one that this code opens."),
    Operation.Parameter("owner", text, "Only of this owner."),
    Operation.Parameter("seller_id", text, "Only of this seller."),
    Operation.Parameter(
      "active_at", #"{"type":"string","format":"date-time"}"#,
      "Only active ones whose window holds this moment."),
    Operation.Parameter("limit", #"{"type":"integer","minimum":1,"maximum":100,"default":20}"#, "Page size."),
    Operation.Parameter("cursor", text, "The next_cursor of an earlier page."),
  ]

  @Sendable private static func listCoupons(_ exchange: Exchange) async throws(Problem) -> Reply {
    var query = Query(exchange.request)
    let states = Coupon.State.allCases.map(\.rawValue).joined(separator: ", ")
    var filter = CouponFilter(limit: 0)
    filter.state = query.value("state", as: "one of \(states)") { Coupon.State(rawValue: $0) }
    filter.code = query.value("code", as: CouponCode.expectation) {
      CouponCode($0)
    }
    filter.owner = query.exact("owner")
    filter.sellerID = query.exact("seller_id")
    filter.activeAt = query.value("active_at", as: "an RFC 3339 instant") { Instant(rfc3339: $0) }
    filter.after = query.cursor { Coupon.ID($0) }
    let limit = query.integer("limit", in: 1...100, usually: 20)
    try query.finish()
    filter.limit = Int(limit) + 1
    if let code = filter.code {
      filter.code = try await exchange.ask { (engine) async throws(StoreFailure) in
        try await engine.storedCode(code, tenant: exchange.tenant) ?? code
      }
    }
    let complete = filter
    let tenant = exchange.tenant
    let found = try await exchange.query { (store) throws(StoreFailure) in
      try store.coupons(complete, of: tenant)
    }
    let page = Page(found, limit: limit)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }
}

private func entityTag(_ version: Int64) -> String { "\"v\(version)\"" }

extension Exchange {
  /// The coupon in the path.
  func coupon() async throws(Problem) -> Coupon {
    let id: Coupon.ID = try identifier(notFound: .couponNotFound)
    let coupon = try await ask { (engine) async throws(StoreFailure) in
      try await engine.coupon(id, tenant: tenant)
    }
    guard let coupon else { throw Problem(.couponNotFound, "There is no coupon \(id).") }
    return coupon
  }

  fileprivate func take(_ step: ChangeCouponState.Step) async throws(Problem) -> Reply {
    let id: Coupon.ID = try identifier(notFound: .couponNotFound)
    let wish = ChangeCouponState(couponID: id, step: step, expectedVersion: try expectedVersion())
    return couponReply(try await submit(wish))
  }

  fileprivate var hasSingleCode: Bool {
    (try? JSONDocument(body: request.body).root["code"]?.isNull == false) ?? false
  }

  /// Gives the coupon's locks back. They can't be redeemed anyway, and what is left of them the sweeper gives back.
  fileprivate func giveBackRevokedLocks() async throws(Problem) {
    do throws(StoreFailure) {
      try await engine.committer.tidier.giveBackRevoked(of: tenant)
    } catch {
      throw Problem(error)
    }
  }

  fileprivate func couponReply(_ outcome: CommandOutcome, _ headers: [(String, String)] = []) -> Reply {
    let version = try? JSONDocument(parsing: outcome.answer.body).root["version"]?.int64()
    return Reply(outcome, headers: headers + (version.map { [("ETag", entityTag($0))] } ?? []))
  }
}

extension ObjectReader {
  /// The codes of a new coupon: `code`, or `codes`, or none.
  fileprivate mutating func newGrants() -> [CodeGrant]? {
    let single = member("code") { CodeGrant(typed: $0) }
    let several = member("codes") { $0.array(max: 10_000) { CodeGrant(reading: $0) } }
    guard let single, let several else { return nil }
    switch (single, several) {
    case (.some(let grant), nil): return [grant]
    case (nil, .some(let grants)): return grants
    case (nil, nil): return []
    case (.some, .some):
      refuse("codes", .invalidValue, "must not stand beside code")
      return nil
    }
  }
}

extension CodeGrant {
  /// A code that is only a string.
  fileprivate init?(typed value: ValueReader) {
    guard value.string(maxLength: 400) != nil else { return nil }
    self.init(reading: value)
  }
}
