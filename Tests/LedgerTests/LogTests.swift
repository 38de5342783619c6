import Digest
import Ledger
import Scrip
import Testing

/// What the log promises to any domain: chains without gaps, tables that follow from it, and faults that are found.
@Suite struct LogTests {
  private func playedHouse() async throws -> House<NoSteward> {
    let house = try await House(steward: NoSteward())
    for name in ["a", "b", "c"] as [Booking.Name] { _ = try await house.submit(house.book(name, seats: 3)) }
    _ = try await house.submit(CancelBooking(booking: "b"), key: "k")
    await house.committer.shutDown()
    return house
  }

  @Test func `events of a stream are numbered and chained, and its owner's row holds the last one's hash`()
    async throws
  {
    let house = try await playedHouse()
    let events = try house.store.events(
      EventFilter(tenant: house.tenant, stream: .hall(house.hallID), limit: .max))
    #expect(events.map(\.envelope.sequence) == [1, 2, 3, 4, 5])
    var previous = StreamHead.empty.hash
    for event in events {
      #expect(event.hash == ChainedEvent.hash(event.envelope, payload: event.payload, after: previous))
      previous = event.hash
    }
    #expect(try house.hall()?.head == StreamHead(sequence: 5, hash: previous))
    #expect(events.last.map { String(decoding: $0.payload, as: UTF8.self) } == #"{"booking":"b"}"#)
    #expect(events.allSatisfy { $0.envelope.actor == "command_line" && $0.envelope.requestID == "request-1" })
  }

  @Test func `an intact log has no findings`() async throws {
    let audit = try AuditVerification(of: try await playedHouse().store)
    #expect(audit.findings.isEmpty && audit.events == 6 && audit.streams == 2)
  }

  /// What somebody may do to a log behind the ledger's back, and what is then found.
  enum Damage: String, CaseIterable {
    case payload = "its hash does not match"
    case moment = "changed, its hash does not match"
    case gap = "out of sequence, number 3 was expected"
    case end = "the stream ends here, but 5 events were written"

    func strike(_ tables: inout MemoryTables) {
      switch self {
      case .payload: tables.log[3].payload = Array(#"{"booking":"a","seats":1}"#.utf8)
      case .moment: tables.log[3].envelope.at = MemoryStore<BoxOffice>.noon.adding(seconds: 1)
      case .gap: tables.log.remove(at: 3)
      case .end: tables.log.removeLast()
      }
    }
  }

  @Test(arguments: Damage.allCases)
  func `a log that was changed is found out`(damage: Damage) async throws {
    let house = try await playedHouse()
    house.store.tamper { damage.strike(&$0) }
    let findings = try AuditVerification(of: house.store).findings.map(\.description)
    #expect(findings.contains { $0.contains(damage.rawValue) }, "\(findings)")
  }

  @Test func `folding the log again gives the same tables, whatever the pages`() async throws {
    let house = try await playedHouse()
    for pageSize in [1, 4, 1000] {
      let rebuild = try Rebuild(of: house.store, pageSize: pageSize)
      #expect(rebuild.events == 6 && rebuild.conflicts.isEmpty)
      #expect(try house.store.differences(to: rebuild.scratch).isEmpty)
    }
  }

  @Test func `a table that says something else than the log is told of and put right`() async throws {
    let house = try await playedHouse()
    let key = try Cells.key(Owned(house.tenant, house.hallID), of: Hall.self)
    house.store.tamper { $0.rows["hall"]?[key]?["sold"] = .integer(5) }
    let rebuild = try Rebuild(of: house.store)
    #expect(try house.store.differences(to: rebuild.scratch).map(\.table) == ["hall"])
    try house.store.adopt(rebuild.scratch)
    #expect(try house.hall()?.sold == 6)
    // What the log does not tell is left alone.
    #expect(try house.store.snapshot.all(StoredAnswer.self).count == 1)
  }

  @Test func `nothing is written behind a head that its log does not end with`() async throws {
    let house = try await House(steward: NoSteward())
    _ = try await house.submit(house.book("a"))
    house.store.tamper { $0.log.removeLast() }
    let failure = await #expect(throws: CommandFailure.self) { _ = try await house.submit(house.book("b")) }
    guard case .store(let refused) = failure else {
      Issue.record("another failure: \(String(describing: failure))")
      return
    }
    #expect(refused.message == "a stream's head is not where its log ends")
    await house.committer.shutDown()
  }
}
