import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  private static let couponHeaders = ["ETag"]

  static let coupons: [Route] = [
    Route(
      .post, "/v1/coupons", .admin,
      Operation(
        id: "createCoupon", tag: "Coupons",
        summary: "Make a coupon, as a draft, with the codes that open it.",
        body: .required(.input(NewCoupon.self)),
        successes: [.created(.output(Coupon.self), headers: ["ETag", "Location"])],
        problems: [404, 409]),
      .deciding(createCoupon)),
    Route(
      .get, "/v1/coupons", .servers,
      Operation(
        id: "listCoupons", tag: "Coupons", summary: "Coupons, newest first.", query: CouponListQuery.self,
        successes: [.ok(.page(of: Coupon.self))]),
      .asking(listCoupons)),
    Route(
      .get, "/v1/coupons/{coupon_id}", .servers,
      Operation(
        id: "getCoupon", tag: "Coupons", summary: "A coupon with its current terms.",
        successes: [.ok(.output(Coupon.self), headers: couponHeaders)]),
      .asking(getCoupon)),
    Route(
      .patch, "/v1/coupons/{coupon_id}", .admin,
      Operation(
        id: "updateCoupon", tag: "Coupons",
        summary: "Give a coupon new terms under the next version: absent members stay, null is the default.",
        body: .required(.edit(CouponTerms.self)),
        successes: [.ok(.output(Coupon.self), headers: couponHeaders)],
        problems: [409, 412]),
      .deciding(updateCoupon)),
    Route(
      .post, "/v1/coupons/{coupon_id}/activate", .admin,
      Operation(
        id: "activateCoupon", tag: "Coupons", summary: "Put a draft or disabled coupon to use.",
        body: .optional(.input(EmptyRequest.self)),
        successes: [.ok(.output(Coupon.self), headers: couponHeaders)],
        problems: [409, 412]),
      .deciding(activate)),
    Route(
      .post, "/v1/coupons/{coupon_id}/disable", .admin,
      Operation(
        id: "disableCoupon", tag: "Coupons",
        summary: "Take an active coupon out of use; with revoke_locks its running locks, too.",
        body: .required(.input(DisableRequest.self)),
        successes: [
          .ok(.either(.output(Coupon.self), .output(CouponWithoutTerms.self)), headers: couponHeaders)
        ],
        problems: [409, 412]),
      .deciding(disable)),
    Route(
      .post, "/v1/coupons/{coupon_id}/archive", .admin,
      Operation(
        id: "archiveCoupon", tag: "Coupons", summary: "End a coupon for ever; its codes become free.",
        body: .optional(.input(EmptyRequest.self)),
        successes: [
          .ok(.either(.output(Coupon.self), .output(CouponWithoutTerms.self)), headers: couponHeaders)
        ],
        problems: [409, 412]),
      .deciding(archive)),
    Route(
      .get, "/v1/coupons/{coupon_id}/versions/{version}", .servers,
      Operation(
        id: "getCouponVersion", tag: "Coupons", summary: "The terms of an older or the current version.",
        successes: [.ok(.output(CouponVersion.self))]),
      .asking(getVersion)),
  ]

  @Sendable private static func createCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(NewCoupon.self)
    var persons = exchange.persons()
    let action = CreateCoupon(
      terms: persons.hiding(request.terms), grants: persons.hiding(request.grants),
      place: request.hasSingleCode ? .single : .list)
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func getCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    let coupon = try await exchange.naming(exchange.coupon())
    return .json(coupon.json, headers: [("ETag", coupon.entityTag)])
  }

  @Sendable private static func getVersion(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.coupon)
    let version = try exchange.path(PathParameters.version)
    let terms = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.terms(id, version: version, tenant: exchange.tenant)
    }
    guard let terms else { throw PathParameters.version.problem() }
    let shown = CouponVersion(couponID: id, version: version, terms: terms)
    return .json(try await exchange.naming(shown).json)
  }

  @Sendable private static func updateCoupon(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.edit { (expected) async throws(Problem) in
      let coupon = try await exchange.coupon()
      let terms = try exchange.body { object in CouponTerms.walk(&object, coupon.terms) }
      var persons = exchange.persons()
      let action = UpdateCoupon(
        couponID: coupon.id, terms: persons.hiding(terms), expectedVersion: expected ?? coupon.version)
      return (action, persons)
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
    let request = try exchange.body(DisableRequest.self)
    let reply = try await exchange.take(
      .disable(reason: request.reason, revokesLocks: request.revokesLocks))
    if !request.revokesLocks { return reply }
    try await exchange.giveBackRevokedLocks()
    return reply
  }
}

/// Lists.
extension Route {
  @Sendable private static func listCoupons(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: CouponListQuery.self)
    var persons = exchange.persons()
    var filter = query.filter
    filter.owner = filter.owner.map { persons.pseudonym(of: $0) }
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
    let page = Page(try await exchange.naming(found, knowing: persons), limit: query.limit)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }
}

extension Exchange {
  /// The coupon in the path.
  func coupon() async throws(Problem) -> Coupon {
    let id = try path(PathParameters.coupon)
    let coupon = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.coupon(id, tenant: tenant)
    }
    guard let coupon else { throw Problem(.couponNotFound, "There is no coupon \(id).") }
    return coupon
  }

  /// The identifier of a coupon that is there, whatever of it can be read.
  func couponID() async throws(Problem) -> Coupon.ID {
    let id = try path(PathParameters.coupon)
    let isThere = try await ask { (engine) async throws(StoreFailure) in
      try await engine.hasCoupon(id, tenant: tenant)
    }
    guard isThere else { throw Problem(.couponNotFound, "There is no coupon \(id).") }
    return id
  }

  fileprivate func take(_ step: ChangeCouponState.Step) async throws(Problem) -> Reply {
    let id = try path(PathParameters.coupon)
    let action = ChangeCouponState(couponID: id, step: step, expectedVersion: try expectedVersion())
    return Reply(try await submit(action))
  }

  /// Gives the coupon's locks back. They can't be redeemed anyway, and what is left of them the sweeper gives back.
  fileprivate func giveBackRevokedLocks() async throws(Problem) {
    do throws(StoreFailure) {
      try await engine.committer.tidier.giveBackRevoked(of: tenant)
    } catch {
      throw Problem(error)
    }
  }
}
