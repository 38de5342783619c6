import CommandLineClient
import Ledger
import PostgresStore
import Promotions

extension Verb {
  /// The schema, and moving to another store.
  static let migrating: [Verb] = [
    Verb(
      "migrate up", [], "bring the schema up to date",
      flags: Flag.folder + [
        .value("to", "STEP", "Stop after this step.")
      ], run: MigrateVerbs.up),
    Verb(
      "migrate down", ["STEP"], "take back every step of the schema above STEP; what only they held is lost",
      flags: Flag.folder, run: MigrateVerbs.down),
    Verb("migrate status", [], "show the steps of the schema", flags: Flag.folder, run: MigrateVerbs.status),
    Verb(
      "migrate script", [],
      "print the whole PostgreSQL schema as one script, for those who run such themselves",
      flags: [
        .setting(
          "store", "STORE", usualText: "postgres:///?schema=scrip",
          "For which address: its schema, and whether that is on Citus, count. The server is not asked.")
      ], run: MigrateVerbs.script),
    Verb(
      "migrate store", [], "copy everything from one store into an empty one of any kind",
      details: """
        Stop the service first. Events keep their positions, so that consumers go on where they are, and retries \
        under old idempotency keys get their old answers. All or nothing: a copy that is cut short leaves the new \
        store empty. The identity key is not in the store: start the service with the same one as before.
        """,
      flags: [
        .value(
          "from", "STORE", "The store that is full: sqlite:PATH, or postgres://user@host:port/database."),
        .value("to", "STORE", "The store that is empty; its schema is made if it has none."),
      ], run: StoreCopyVerb.copy),
  ]
}

/// What the verbs about the schema do.
enum MigrateVerbs {
  @Sendable static func up(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    let last = try invocation.integer("to", in: 1...Int.max).map(Int64.init)
    if folder.store.isLocal { try folder.create() }
    let schema = try folder.store.schema()
    let steps = try withStore { () throws(StoreFailure) in try schema.up(to: last) }
    console.print(
      steps.isEmpty ? "The schema is up to date." : steps.map { "took \(words($0))" }.joined(separator: "\n"))
  }

  @Sendable static func down(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    guard let number = Int64(try invocation.operand(0, "STEP")), number >= 0 else {
      throw .usage("STEP must be the number of the last step to keep, or 0.")
    }
    try folder.store.requireThere()
    let schema = try folder.store.schema()
    let steps = try withStore { () throws(StoreFailure) in try schema.down(to: number) }
    console.print(
      steps.isEmpty
        ? "There is nothing to take back." : steps.map { "took back \(words($0))" }.joined(separator: "\n"))
  }

  @Sendable static func status(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    try folder.store.requireThere()
    let schema = try folder.store.schema()
    let steps = try withStore { () throws(StoreFailure) in try schema.status() }
    var table = Table(">step", "name", "taken")
    for step in steps { table.add(String(step.number), step.name, step.appliedAt?.description ?? "-") }
    console.print(table.text)
  }

  @Sendable static func script(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let store = try StoreLocation(
      invocation["store"] ?? "postgres://", source: invocation.source(of: "store"))
    // Whoever has a file has it in SCRIP_STORE, and asks for what they would get on a server.
    let location = store.isLocal ? try StoreLocation("postgres://", source: "--store") : store
    guard case .postgres(let address) = location else { return }
    console.print(PostgresMigrator(address: address, clock: systemClock).script())
  }

  private static func words(_ step: SchemaStep) -> String { "step \(step.number): \(step.name)" }
}
