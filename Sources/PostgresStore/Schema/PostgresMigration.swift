/// One step of the schema: how to take it and how to go back.
///
/// A step that has been released is never edited: databases have taken it. What has to change is a new step.
struct PostgresMigration: Sendable {
  /// Its number; steps are taken in order from 1 on.
  let step: Int64
  /// A few words on what it brings.
  let name: String
  /// The statements that take the step. Outside of a transaction each element is one statement, and all of them can
  /// be run again after one has failed.
  let up: [StaticString]
  /// The statements that take it back. What only the step could hold is lost.
  let down: [StaticString]
  /// The lowest newest step that a program may know and still work once this step is taken.
  let oldestProgram: Int64
  /// Whether it runs in a transaction. `CREATE INDEX CONCURRENTLY`, which lets a service work on, can't.
  let isTransactional: Bool

  init(
    step: Int64, name: String, up: [StaticString], down: [StaticString], oldestProgram: Int64,
    isTransactional: Bool = true
  ) {
    self.step = step
    self.name = name
    self.up = up
    self.down = down
    self.oldestProgram = oldestProgram
    self.isTransactional = isTransactional
  }
}

/// What a program knows of the schema.
struct PostgresSchema: Sendable {
  /// Every step that it knows, in order.
  let steps: [PostgresMigration]
  /// The step that it needs at least. Later ones serve people and may be taken while it runs.
  let oldestUsable: Int64

  /// The last step that it knows.
  var newest: Int64 { steps.last?.step ?? 0 }

  /// What this program knows.
  static let current = PostgresSchema(steps: [.first], oldestUsable: 1)

  /// The same on a Citus cluster, without what can't be there. Each step has its number on both.
  static let currentOnCitus = PostgresSchema(steps: [.firstOnCitus], oldestUsable: 1)
}
