import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let access: [Route] = [
    Route(
      .get, "/v1/keys", .admin,
      Operation(
        id: "listKeys", tag: "Access",
        summary: "The keys of the tenant, oldest first, revoked ones included.",
        query: KeyListQuery.self,
        successes: [.ok(.page(of: AccessKey.self))]),
      .asking(listKeys)),
    Route(
      .post, "/v1/keys", .admin,
      Operation(
        id: "createKey", tag: "Access", summary: "Make a key. Its secret is shown this once.",
        body: .required(.input(AccessKeyRequest.self)),
        successes: [.created(.output(NewKey.self), headers: ["Cache-Control"])]),
      .deciding(createKey)),
    Route(
      .post, "/v1/keys/{key_id}/revoke", .admin,
      Operation(
        id: "revokeKey", tag: "Access", summary: "Make a key useless at once.",
        body: .optional(.input(EmptyRequest.self)),
        successes: [.ok(.output(AccessKey.self))], problems: [409]),
      .deciding(revokeKey)),
    Route(
      .get, "/v1/settings", .admin,
      Operation(
        id: "getSettings", tag: "Access", summary: "The tenant and how its coupons are computed and held.",
        successes: [.ok(.output(Tenant.self), headers: ["ETag"])]),
      .asking(getSettings)),
    Route(
      .patch, "/v1/settings", .admin,
      Operation(
        id: "changeSettings", tag: "Access",
        summary: "Change how coupons are computed and held: absent members and null stay as they are.",
        body: .required(.edit(TenantSettingsChange.self)),
        successes: [.ok(.output(Tenant.self), headers: ["ETag"])], problems: [412]),
      .deciding(changeSettings)),
    Route(
      .get, "/v1/me", .everyKey,
      Operation(
        id: "getOwnKey", tag: "Access", summary: "The key that asks: its tenant and its role.",
        successes: [.ok(.output(AccessKey.self))]),
      .asking(getOwnKey)),
  ]

  @Sendable private static func listKeys(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: KeyListQuery.self)
    let tenant = exchange.tenant
    let keys = try await exchange.query { (store) throws(StoreFailure) in
      try store.accessKeys(of: tenant, after: query.after, limit: Int(query.limit) + 1)
    }
    let page = Page(keys, limit: query.limit)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }

  @Sendable private static func createKey(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(AccessKeyRequest.self)
    let secret = AccessSecret(role: request.role)
    return Reply(
      try await exchange.submit(
        CreateKey(role: request.role, name: request.name, secretHash: secret.hash.bytes, secret: secret.text))
    )
  }

  @Sendable private static func revokeKey(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    return Reply(try await exchange.submit(RevokeKey(keyID: exchange.path(PathParameters.key))))
  }

  @Sendable private static func getSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let tenant = try await exchange.ownTenant()
    return .json(tenant.json, headers: [("ETag", tenant.settings.entityTag)])
  }

  @Sendable private static func changeSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let change = try exchange.value { TenantSettingsChange(reading: $0) }
    return Reply(
      try await exchange.submit(ChangeSettings(change, expectedTag: try exchange.expectedSettings())))
  }

  @Sendable private static func getOwnKey(_ exchange: Exchange) async throws(Problem) -> Reply {
    .json(exchange.caller.json)
  }
}

/// The page of keys that is asked for.
private struct KeyListQuery: QueryForm {
  static let formName = "KeyListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: AccessKey.ID?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member("limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(AccessKey.ID.self), "The next_cursor of an earlier page.")
    guard let limit, let after else { return nil }
    return KeyListQuery(limit: limit, after: after)
  }
}

extension Exchange {
  fileprivate func ownTenant() async throws(Problem) -> Tenant {
    let found = try await ask { (engine) async throws(StoreFailure) in try await engine.tenant(tenant) }
    guard let found else {
      throw Problem(StoreFailure(kind: .corrupt, message: "a key has no tenant"))
    }
    return found
  }
}
