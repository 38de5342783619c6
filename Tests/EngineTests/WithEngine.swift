import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Runs a test on a fresh engine over a store in memory, and proves at its end that history and tables agree.
func withEngine(
  configuration: CommitterConfiguration = .patient(), checksHistory: Bool = true,
  _ body: (EngineUnderTest, InMemoryStore) async throws -> Void
) async throws {
  let clock = ManualClock()
  let store = InMemoryStore(clock: { clock.now })
  let engine = try await EngineUnderTest(store: store, clock: clock, configuration: configuration)
  do {
    try await body(engine, store)
  } catch {
    await engine.stop()
    throw error
  }
  await engine.stop()
  guard checksHistory else { return }
  #expect(try EventJudge().faults(in: store) == [])
  #expect(try AuditVerification(of: store).findings == [])
  // With nothing projected, with everything, and again as a rebuild does it.
  #expect(try store.wrongStatistics() == [])
  // Most tests write less than is kept of it: what is projected from that, the rebuild below reads from the log.
  let recent = engine.engine.committer.recentChanges
  try ProjectionRunner(store: store, recent: recent, pageSize: 3).catchUpNow()
  #expect(try store.wrongStatistics() == [])
  #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
  // An application's events may lie on both sides of a page's end.
  #expect(try store.differences(to: Rebuild(of: store, pageSize: 1).scratch) == [])
}

extension CommandOutcome {
  /// Whether the answer says that something was made.
  var isCreated: Bool { answer.kind == .created }
  /// Whether the answer says that all is well and nothing was made.
  var isOK: Bool { answer.kind == .ok }
}

extension Refusal.Code {
  static func code(_ reason: RefusalReason) -> Refusal.Code { .codeRefused(reason) }
}
