import TestSupport
import Testing

@Suite struct PostgresIsTestedTests {
  @Test func `a run without PostgreSQL is one that somebody has asked for`() {
    #expect(
      TestDatabase.isDecided,
      "SCRIP_TEST_POSTGRES names no server: start one with scripts/postgres, or set it to none to do without")
  }
}
