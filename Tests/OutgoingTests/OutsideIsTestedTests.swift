import OutsideSupport
import Testing

@Suite struct OutsideIsTestedTests {
  @Test func `a run without servers of others is one that somebody has asked for`() {
    #expect(
      Outside.isDecided,
      "SCRIP_TEST_OUTSIDE names no servers: start them with scripts/outside, or set it to none to do without")
  }
}
