import Engine
import PostgresStore

extension Verb {
  /// The schema, and moving to another store.
  static let migrating: [Verb] = [
    Verb(
      "migrate up", [], "bring the schema up to date",
      flags: Flag.folder + [
        .value("to", "STEP", "Stop after this step."),
        .option("citus", "Then spread the tables over the nodes of a Citus cluster."),
      ], run: MigrateVerbs.up),
    Verb(
      "migrate down", ["STEP"], "take back every step of the schema above STEP; what only they held is lost",
      flags: Flag.folder, run: MigrateVerbs.down),
    Verb("migrate status", [], "show the steps of the schema", flags: Flag.folder, run: MigrateVerbs.status),
    Verb(
      "migrate script", [],
      "print the whole PostgreSQL schema as one script, for those who run such themselves",
      flags: [], run: MigrateVerbs.script),
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
    let distributes = try invocation.isOn("citus")
    if folder.store.isLocal {
      if distributes { throw .usage("--citus is for PostgreSQL: SQLite has no nodes to spread over.") }
      try folder.create()
    }
    let schema = try folder.store.schema()
    let steps = try withStore { () throws(StoreFailure) in try schema.up(to: last) }
    console.print(
      steps.isEmpty ? "The schema is up to date." : steps.map { "took \(words($0))" }.joined(separator: "\n"))
    if distributes {
      let tables = try folder.store.distribute()
      console.print(tables.isEmpty ? "The tables are spread." : "spread \(tables.joined(separator: ", "))")
    }
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
    // The script is the same for every server, and none is asked.
    let migrator = try withStore { () throws(StoreFailure) in
      PostgresMigrator(address: try PostgresAddress("postgres://"), clock: systemClock)
    }
    console.print(migrator.script())
  }

  private static func words(_ step: SchemaStep) -> String { "step \(step.number): \(step.name)" }
}
