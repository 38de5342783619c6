import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let dueWork: [Route] = [
    Route(
      .get, "/v1/due-work", .admin,
      Operation(
        id: "listDueWork", tag: "Reports",
        summary: "Work of the tenant that is due at some time, by kind and key.",
        query: DueWorkQuery.self, successes: [.ok(.page(of: ShownDueWork.self))]),
      .asking(listDueWork)),
    Route(
      .post, "/v1/due-work/retry", .admin,
      Operation(
        id: "retryDueWork", tag: "Reports", summary: "Have parked work tried again at once.",
        body: .required(.input(DueWorkName.self)), successes: [.ok(.output(DueWorkName.self))],
        problems: [404]),
      .deciding(retryDueWork)),
  ]

  @Sendable private static func listDueWork(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: DueWorkQuery.self)
    let search = DueWorkOfTenant(
      tenant: exchange.tenant, isParked: query.state == .parked, after: query.after,
      limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(search) }
    let page = Page(found, limit: query.limit)
    return .json(
      page.json(cursor: { $0.key.value.place }, { ShownDueWork($0).write(to: &$1) }))
  }

  @Sendable private static func retryDueWork(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.body(DueWorkName.self)
    let key = Owned(exchange.tenant, DueKey(name.kind, name.key))
    let isRetried = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.committer.tidier.worker.retry(key)
    }
    if !isRetried { throw Problem(.dueWorkNotFound, "There is no parked work of this kind and key.") }
    return .json(form: name)
  }
}

/// The page of work that is asked for.
private struct DueWorkQuery: QueryForm {
  static let formName = "DueWorkQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  /// What can be asked for by state.
  enum Sought: String, CaseIterable, Hashable {
    case parked
  }

  var state: Sought?
  var limit: Int64
  var after: DueKey?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let state = walk.optional("state", query.flatMap(\.state), .choice(), "Only what is parked.")
    let limit = walk.member("limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size.")
    let after = walk.optional(
      "cursor", query.flatMap(\.after), CursorForm({ DueKey(place: $0) }, \.place),
      "The next_cursor of an earlier page.")
    guard let state, let limit, let after else { return nil }
    return DueWorkQuery(state: state, limit: limit, after: after)
  }
}

extension DueKey {
  /// Its place in a list: no kind has a slash in it.
  fileprivate var place: String { "\(kind)/\(name)" }

  fileprivate init?(place: String) {
    let parts = place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    self.init(DueWork.Kind(String(parts[0])), ExactText(String(parts[1])))
  }
}

/// What names a piece of work.
private struct DueWorkName: RequestForm {
  static let formName = "DueWorkName"
  static let formExamples = [#"{"kind": "send_mail", "key": "order-17"}"#]

  var kind: DueWork.Kind
  var key: ExactText<DueKey>

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ name: Self?) -> Self? {
    let kind = walk.required("kind", name?.kind, .name(DueWork.Kind.self))
    let key = walk.required("key", name?.key.text, .text(0...200))
    guard let kind, let key else { return nil }
    return DueWorkName(kind: kind, key: ExactText(key))
  }
}

/// A piece of work as operators see it.
private struct ShownDueWork: ObjectForm {
  static let formName = "DueWork"
  static let formNote: StaticString? = "Work that a node does when it is due."

  var kind: String  // String: shown, never looked up
  var key: String  // String: shown, never looked up
  var dueAt: Instant
  var state: DueState
  var attempts: Int64
  var nextTry: Instant?
  var reason: String?  // String: shown, never looked up

  init(_ entry: DueEntry) {
    self.init(
      kind: entry.key.value.kind.text, key: entry.key.value.name.text, dueAt: entry.dueAt, state: entry.state,
      attempts: entry.attempts, nextTry: entry.nextTry, reason: entry.reason)
  }

  private init(
    kind: String, key: String, dueAt: Instant, state: DueState, attempts: Int64, nextTry: Instant?,
    reason: String?
  ) {
    self.kind = kind
    self.key = key
    self.dueAt = dueAt
    self.state = state
    self.attempts = attempts
    self.nextTry = nextTry
    self.reason = reason
  }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ work: Self?) -> Self? {
    let kind = walk.required("kind", work?.kind, .text())
    let key = walk.required("key", work?.key, .text())
    let dueAt = walk.required("due_at", work?.dueAt, .instant())
    let state = walk.required("state", work?.state, .choice(named: "DueState"))
    let attempts = walk.required(
      "attempts", work?.attempts, .integer(0, to: .max), "How often it was claimed since it last went well.")
    let nextTry = walk.optional(
      "next_try", work.flatMap(\.nextTry), .instant(),
      "When it is tried next, or its lease ends; null for what is parked.")
    let reason = walk.optional("reason", work.flatMap(\.reason), .text(), "What it failed with last.")
    guard let kind, let key, let dueAt, let state, let attempts, let nextTry, let reason else { return nil }
    return ShownDueWork(
      kind: kind, key: key, dueAt: dueAt, state: state, attempts: attempts, nextTry: nextTry, reason: reason)
  }
}
