import CommandLineClient
import Ledger
import PostgresStore
import Promotions
import SQLiteStore
import Scrip

/// One step of a schema and whether it was taken.
struct SchemaStep: Hashable, Sendable {
  let number: Int64
  let name: String
  /// When it was taken; nil while it was not.
  let appliedAt: Instant?
}

/// The steps of a database's schema, whatever its kind.
protocol SchemaSteps {
  /// Every step that this program knows, and steps of a newer program that were taken.
  func status() throws(StoreFailure) -> [SchemaStep]

  /// Takes the missing steps, up to a number if one is given; says which.
  func up(to number: Int64?) throws(StoreFailure) -> [SchemaStep]

  /// Takes back every step above a number; says which.
  func down(to number: Int64) throws(StoreFailure) -> [SchemaStep]
}

extension StoreLocation {
  /// The schema of the database.
  func schema() throws(ToolError) -> any SchemaSteps {
    switch self {
    case .sqlite(let path):
      SQLiteSchema(migrator: try withStore { () throws(StoreFailure) in try SQLiteMigrator(path: path) })
    case .postgres(let address):
      PostgresSchema(migrator: PostgresMigrator(address: address, clock: systemClock))
    }
  }
}

private struct SQLiteSchema: SchemaSteps {
  let migrator: SQLiteMigrator

  func status() throws(StoreFailure) -> [SchemaStep] { try migrator.status().map(SchemaStep.init) }

  func up(to number: Int64?) throws(StoreFailure) -> [SchemaStep] {
    try migrator.up(to: number).map(SchemaStep.init)
  }

  func down(to number: Int64) throws(StoreFailure) -> [SchemaStep] {
    try migrator.down(to: number).map(SchemaStep.init)
  }
}

private struct PostgresSchema: SchemaSteps {
  let migrator: PostgresMigrator

  func status() throws(StoreFailure) -> [SchemaStep] { try migrator.status().map(SchemaStep.init) }

  func up(to number: Int64?) throws(StoreFailure) -> [SchemaStep] {
    try migrator.up(to: number ?? .max).map(SchemaStep.init)
  }

  func down(to number: Int64) throws(StoreFailure) -> [SchemaStep] {
    try migrator.down(to: number).map(SchemaStep.init)
  }
}

extension SchemaStep {
  fileprivate init(_ step: SQLiteMigrator.Step) {
    self.init(number: step.number, name: step.name, appliedAt: step.appliedAt)
  }

  fileprivate init(_ step: PostgresMigrator.Step) {
    self.init(number: step.number, name: step.name, appliedAt: step.appliedAt)
  }
}
