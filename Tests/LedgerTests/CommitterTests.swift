import Digest
import Ledger
import Scrip
import Testing

/// What the committer promises to any domain.
@Suite struct CommitterTests {
  @Test func `commands that wait together are decided in one transaction, each on what those before it did`()
    async throws
  {
    let house = try await House(steward: NoSteward())
    let before = house.store.writes
    let results = try await house.together((1...20).map { house.book("b-\($0)", seats: 2) })
    #expect(results.map(\.answer) == (1...20).map { .booked(seatsLeft: 100 - 2 * Int64($0)) })
    #expect(house.store.writes == before + 1 && house.reports.batches.last == 20)
    #expect(try house.hall()?.sold == 40)
    await house.committer.shutDown()
  }

  @Test func `a command that the store refuses fails alone, and leaves nothing behind`() async throws {
    let house = try await House(steward: NoSteward(), seats: 10)
    let results = try await house.together([
      house.book("a", seats: 4), house.book("greedy", seats: 7, ifFull: .sellAllTheSame),
      house.book("b", seats: 6),
    ])
    #expect(results[0].answer == .booked(seatsLeft: 6) && results[2].answer == .booked(seatsLeft: 0))
    guard case .store(let failure) = results[1].failure else {
      Issue.record("the store has let more seats be sold than there are")
      return
    }
    #expect(failure.kind == .refusedByDatabase)
    #expect(failure.message == "more seats would be sold than there are")
    #expect(house.reports.failures == [3, 1])
    #expect(try house.hall()?.sold == 10)
    #expect(try AuditVerification(of: house.store).findings.isEmpty)
    await house.committer.shutDown()
  }

  @Test func `a retry under its idempotency key is given the answer that was kept, and changes nothing`()
    async throws
  {
    let house = try await House(steward: NoSteward())
    #expect(try await house.submit(house.book("a"), key: "k").answer == .booked(seatsLeft: 99))
    #expect(try await house.submit(house.book("b")).answer == .booked(seatsLeft: 98))
    let again = try await house.submit(house.book("a"), key: "k")
    #expect(again.replay == KeptForm(kind: "booked", body: Array("99".utf8)))
    #expect(try house.hall()?.sold == 2)
    await house.committer.shutDown()
  }

  @Test func `an idempotency key of another request is refused, and another tenant's is another key`()
    async throws
  {
    let house = try await House(steward: NoSteward())
    _ = try await house.submit(house.book("a"), key: "k")
    #expect(try await house.submit(house.book("b"), key: "k", body: "other").answer == .keyReused)
    #expect(try house.hall()?.sold == 1)
    var elsewhere = house.command(OpenTheatre(name: "Rose"), key: "k")
    elsewhere.tenant = Tenant.ID(2)
    #expect(try await house.committer.submit(elsewhere).answer == .opened)
    await house.committer.shutDown()
  }

  @Test func `a refusal is kept under its key as well, also after there is room again`() async throws {
    let house = try await House(steward: NoSteward(), seats: 1)
    _ = try await house.submit(house.book("a"))
    #expect(try await house.submit(house.book("b"), key: "k").answer == .full)
    #expect(try await house.submit(CancelBooking(booking: "a")).answer == .cancelled)
    #expect(try await house.submit(house.book("b"), key: "k").replay == KeptForm(kind: "full", body: []))
    #expect(try house.hall()?.sold == 0)
    await house.committer.shutDown()
  }

  @Test func `what changes nothing and is not kept is not written`() async throws {
    let house = try await House(steward: NoSteward(), seats: 0)
    let before = house.store.writes
    #expect(try await house.submit(house.book("a")).answer == .full)
    #expect(try await house.submit(house.book("a", ifFull: .record)).answer == .turnedAway)
    #expect(house.store.writes == before)
    await house.committer.shutDown()
  }

  @Test func `a command that has waited too long is turned away undecided`() async throws {
    let store = MemoryStore<BoxOffice>.theatre()
    let committer = Committer(
      store: store, identifiers: IdentifierSource { 1 }, steward: NoSteward(),
      configuration: CommitterConfiguration(waitMax: .zero), observer: CommitReports())
    let command = Command<BoxOffice>(tenant: Tenant.ID(1), actor: .system, action: OpenTheatre())
    let failure = await #expect(throws: CommandFailure.self) { _ = try await committer.submit(command) }
    guard case .overloaded = failure else {
      Issue.record("another failure: \(String(describing: failure))")
      return
    }
    #expect(store.snapshot.log.isEmpty)
    await committer.shutDown()
  }

  @Test func `a shutdown answers what waits and takes nothing more`() async throws {
    let house = try await House(steward: NoSteward())
    let gate = HoldUp()
    async let held = house.submit(gate)
    await gate.reached()
    async let waiting = house.submit(house.book("a"))
    while house.committer.queueDepth == 0 { await Task.yield() }
    async let down: Void = house.committer.shutDown()
    gate.open()
    _ = try await (held, down)
    #expect(try await waiting.answer == .booked(seatsLeft: 99))
    let failure = await #expect(throws: CommandFailure.self) { _ = try await house.submit(house.book("b")) }
    guard case .shuttingDown = failure else {
      Issue.record("another failure: \(String(describing: failure))")
      return
    }
    #expect(try house.hall()?.sold == 1)
  }
}
