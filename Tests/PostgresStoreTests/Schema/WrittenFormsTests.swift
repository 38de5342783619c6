import Ledger
import TestSupport
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct WrittenFormsTests {
  @Test func `a store that is opened writes what the oldest program reads that may work beside it`() throws {
    let database = try TestDatabase()
    let store = try database.store()
    defer { withExtendedLifetime(database) { store.shutDown() } }
    let oldest = PostgresSchema.current.steps.map(\.oldestProgram).max() ?? 0
    #expect(store.forms == FormStep(oldest) && store.forms < .newest)
    // Nobody else works where the log is folded again.
    #expect(try store.makeScratch().forms == .newest)
  }
}
