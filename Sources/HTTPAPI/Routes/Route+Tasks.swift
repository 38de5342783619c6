import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let tasks: [Route] = [
    Route(
      .get, "/v1/tasks", .admin,
      Operation(
        id: "listTasks", tag: "Tasks",
        summary: "Tasks of the tenant: work that is due at some time, by kind and key.",
        query: TaskQuery.self, successes: [.ok(.page(of: ShownTask.self))]),
      .asking(listTasks)),
    Route(
      .post, "/v1/tasks/retry", .admin,
      Operation(
        id: "retryTask", tag: "Tasks", summary: "Have a parked task tried again at once.",
        body: .required(.input(TaskName.self)), successes: [.ok(.output(TaskName.self))],
        problems: [404]),
      .deciding(retryTask)),
    Route(
      .post, "/v1/tasks/cancel", .admin,
      Operation(
        id: "cancelTask", tag: "Tasks",
        summary: "Call off a task that is still to be done, of a kind that need not be done.",
        body: .required(.input(TaskToCancel.self)), successes: [.ok(.output(CancelledTask.self))],
        problems: [404, 409]),
      .deciding(cancelTask)),
  ]

  @Sendable private static func listTasks(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: TaskQuery.self)
    let search = DueWorkOfTenant(
      tenant: exchange.tenant, isParked: query.state == .parked, after: query.after,
      limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(search) }
    let page = Page(found, limit: query.limit)
    return .json(
      page.json(cursor: { $0.key.value.place }, { ShownTask($0).write(to: &$1) }))
  }

  @Sendable private static func retryTask(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.body(TaskName.self)
    let key = Owned(exchange.tenant, DueKey(name.kind, name.key))
    let isRetried = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.committer.tidier.worker.retry(key)
    }
    if isRetried { exchange.engine.committer.dueSignal.ring() }
    if !isRetried { throw Problem(.taskNotFound, "There is no parked task of this kind and key.") }
    return .json(form: name)
  }
}

extension Route {
  @Sendable fileprivate static func cancelTask(_ exchange: Exchange) async throws(Problem) -> Reply {
    let task = try exchange.body(TaskToCancel.self)
    return Reply(
      try await exchange.submit(CancelTask(DueKey(task.name.kind, task.name.key), reason: task.reason)))
  }
}

/// A task that is not to be done any more.
private struct TaskToCancel: RequestForm {
  static let formName = "TaskToCancel"
  static let formExamples = [#"{"kind": "mail", "key": "order-17", "reason": "wrong address"}"#]

  var name: TaskName
  var reason: String?  // String: shown, never looked up

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ task: Self?) -> Self? {
    let name = TaskName.walk(&walk, task?.name)
    let reason = walk.optional("reason", task.flatMap(\.reason), .text(0...200))
    guard let name, let reason else { return nil }
    return TaskToCancel(name: name, reason: reason)
  }
}

/// The page of tasks that is asked for.
private struct TaskQuery: QueryForm {
  static let formName = "TaskQuery"
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
    return TaskQuery(state: state, limit: limit, after: after)
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

/// What names a task.
private struct TaskName: RequestForm {
  static let formName = "TaskName"
  static let formExamples = [#"{"kind": "mail", "key": "order_paid o-17"}"#]

  var kind: DueWork.Kind
  var key: ExactText<DueKey>

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ name: Self?) -> Self? {
    let kind = walk.required("kind", name?.kind, .name(DueWork.Kind.self))
    // A mail is named by what it is about, and by its order.
    let key = walk.required("key", name?.key.text, .text(0...300))
    guard let kind, let key else { return nil }
    return TaskName(kind: kind, key: ExactText(key))
  }
}

/// A task as operators see it.
private struct ShownTask: ObjectForm {
  static let formName = "Task"
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

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ task: Self?) -> Self? {
    let kind = walk.required("kind", task?.kind, .text())
    let key = walk.required("key", task?.key, .text())
    let dueAt = walk.required("due_at", task?.dueAt, .instant())
    let state = walk.required("state", task?.state, .choice(named: "TaskState"))
    let attempts = walk.required(
      "attempts", task?.attempts, .integer(0, to: .max), "How often it was claimed since it last went well.")
    let nextTry = walk.optional(
      "next_try", task.flatMap(\.nextTry), .instant(),
      "When it is tried next, or its lease ends; null for what is parked.")
    let reason = walk.optional("reason", task.flatMap(\.reason), .text(), "What it failed with last.")
    guard let kind, let key, let dueAt, let state, let attempts, let nextTry, let reason else { return nil }
    return ShownTask(
      kind: kind, key: key, dueAt: dueAt, state: state, attempts: attempts, nextTry: nextTry, reason: reason)
  }
}
