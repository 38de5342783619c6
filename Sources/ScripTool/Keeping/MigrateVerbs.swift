import Engine
import SQLiteStore

/// What the verbs about the schema do.
enum MigrateVerbs {
  @Sendable static func up(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    try folder.create()
    let steps = try withStore { () throws(StoreFailure) in try SQLiteMigrator(path: folder.databasePath).up()
    }
    console.print(
      steps.isEmpty ? "The schema is up to date." : steps.map { "took \(words($0))" }.joined(separator: "\n"))
  }

  @Sendable static func down(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    guard let number = Int64(try invocation.operand(0, "STEP")), number >= 0 else {
      throw .usage("STEP must be the number of the last step to keep, or 0.")
    }
    try folder.requireDatabase()
    let steps = try withStore { () throws(StoreFailure) in
      try SQLiteMigrator(path: folder.databasePath).down(to: number)
    }
    console.print(
      steps.isEmpty
        ? "There is nothing to take back." : steps.map { "took back \(words($0))" }.joined(separator: "\n"))
  }

  @Sendable static func status(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let folder = try DataFolder(invocation)
    try folder.requireDatabase()
    let steps = try withStore { () throws(StoreFailure) in
      try SQLiteMigrator(path: folder.databasePath).status()
    }
    var table = Table(">step", "name", "taken")
    for step in steps { table.add(String(step.number), step.name, step.appliedAt?.description ?? "-") }
    console.print(table.text)
  }

  private static func words(_ step: SQLiteMigrator.Step) -> String { "step \(step.number): \(step.name)" }
}
