import Ledger
import Scrip
import Testing

/// Programs of two versions work on one store, and both write the same stream in turns.
@Suite struct RollingUpgradeTests {
  private static let later = MemoryStore<BoxOffice>.noon.adding(seconds: 600)

  /// An older and a newer program on what one shelf holds.
  private struct Theatre {
    let shelf = MemoryShelf()
    let older: House<NoSteward>
    let newer: Newer

    /// - Parameter forms: what the newer program was told when it started.
    init(forms: FormStep) async throws {
      let store = MemoryStore(on: shelf, clock: { MemoryStore<BoxOffice>.noon }, loading: BoxOffice.loading)
      older = try await House(store: store, steward: NoSteward(), seats: 10)
      newer = Newer(on: shelf, forms: forms)
    }

    func shutDown() async {
      await older.committer.shutDown()
      await newer.committer.shutDown()
    }

    /// The types of the hall's events, and what stands in the last ones.
    func types() throws -> [String] {
      try older.store.events(EventFilter(tenant: older.tenant, stream: .hall(older.hallID), limit: .max))
        .map(\.envelope.type)
    }
  }

  private struct Newer {
    let store: MemoryStore<NewerBoxOffice>
    let committer: Committer<NoNewerSteward>

    init(on shelf: MemoryShelf, forms: FormStep) {
      store = MemoryStore(
        on: shelf, clock: { MemoryStore<BoxOffice>.noon }, forms: forms, loading: NewerBoxOffice.loading)
      committer = Committer(
        store: store, identifiers: IdentifierSource { 1 }, steward: NoNewerSteward(),
        configuration: CommitterConfiguration(waitMax: .seconds(3600)), observer: CommitReports())
    }

    func submit(_ action: any Action<NewerBoxOffice>) async throws -> BoxOffice.Answer? {
      let command = Command(tenant: Tenant.ID(1), actor: .commandLine, action: action)
      guard case .answered(let answer) = try await committer.submit(command) else { return nil }
      return answer
    }
  }

  @Test func `until it is told that all are new, the newer program writes what the older one reads`()
    async throws
  {
    let theatre = try await Theatre(forms: FormStep(1))
    let (older, newer) = (theatre.older, theatre.newer)
    _ = try await older.submit(older.book("a", seats: 2, heldUntil: Self.later))
    let taken = TakeSeats(hallID: older.hallID, booking: "b", seats: 3, heldUntil: Self.later)
    #expect(try await newer.submit(taken) == .booked(seatsLeft: 5))
    // Each cancels what the other one has written.
    #expect(try await older.submit(CancelBooking(booking: "b")).answer == .cancelled)
    #expect(try await newer.submit(CancelWithReason(booking: "a", reason: "rain")) == .cancelled)
    #expect(try await newer.submit(TakeSeats(hallID: older.hallID, booking: "c")) == .booked(seatsLeft: 9))
    await theatre.shutDown()

    #expect(
      try theatre.types() == [
        "HallOpened", "SeatsBooked", "SeatsBooked", "BookingCancelled", "BookingCancelled", "SeatsBooked",
      ])
    let events = try older.store.events(EventFilter(stream: .hall(older.hallID), limit: .max))
    #expect(events[2].envelope.sequence == 3)
    #expect(String(decoding: events[4].payload, as: UTF8.self) == #"{"booking":"a","reason":"rain"}"#)
    // Both find the log whole, and their tables told by it.
    #expect(try AuditVerification(of: older.store).findings.isEmpty)
    #expect(try AuditVerification(of: newer.store).findings.isEmpty)
    #expect(try older.store.differences(to: Rebuild(of: older.store).scratch).isEmpty)
    #expect(try newer.store.differences(to: Rebuild(of: newer.store).scratch).isEmpty)
  }

  @Test
  func
    `what the former form has no words for is written in today's, and hinders the older program only in a rebuild`()
    async throws
  {
    let theatre = try await Theatre(forms: FormStep(1))
    let (older, newer) = (theatre.older, theatre.newer)
    let gift = TakeSeats(hallID: older.hallID, booking: "gift", seats: 4, isGift: true)
    #expect(try await newer.submit(gift) == .booked(seatsLeft: 6))
    #expect(try await older.submit(older.book("a")).answer == .booked(seatsLeft: 5))
    #expect(try await older.submit(CancelBooking(booking: "gift")).answer == .cancelled)
    await theatre.shutDown()

    #expect(try theatre.types() == ["HallOpened", "SeatsTaken", "SeatsBooked", "BookingCancelled"])
    #expect(try AuditVerification(of: older.store).findings.isEmpty)
    let failure = #expect(throws: StoreFailure.self) { _ = try Rebuild(of: older.store) }
    #expect(failure?.kind == .schema && failure?.message.contains("SeatsTaken") == true)
    #expect(try newer.store.differences(to: Rebuild(of: newer.store).scratch).isEmpty)
  }

  @Test func `once all are new, today's forms are written, and former ones are read for ever`() async throws {
    let theatre = try await Theatre(forms: FormStep(1))
    let (older, newer) = (theatre.older, theatre.newer)
    _ = try await older.submit(older.book("a", seats: 2, heldUntil: Self.later))
    _ = try await newer.submit(TakeSeats(hallID: older.hallID, booking: "b"))
    await theatre.shutDown()

    // Newer programs are started one by one: for a while one of them writes former forms beside the other.
    let (first, second) = (
      Newer(on: theatre.shelf, forms: NewerBoxOffice.step), Newer(on: theatre.shelf, forms: FormStep(1))
    )
    let held = TakeSeats(hallID: older.hallID, booking: "c", seats: 2, heldUntil: Self.later)
    #expect(try await first.submit(held) == .booked(seatsLeft: 5))
    #expect(
      try await second.submit(TakeSeats(hallID: older.hallID, booking: "d")) == .booked(seatsLeft: 4))
    await first.committer.shutDown()
    await second.committer.shutDown()

    #expect(
      try theatre.types() == [
        "HallOpened", "SeatsBooked", "SeatsBooked", "SeatsTaken", "SeatsHeld", "SeatsBooked",
      ])
    #expect(try AuditVerification(of: first.store).findings.isEmpty)
    for pageSize in [1, 1000] {
      let rebuild = try Rebuild(of: first.store, pageSize: pageSize)
      #expect(try first.store.differences(to: rebuild.scratch).isEmpty)
    }
    let bookings = try older.store.snapshot.all(Booking.self)
    #expect(Set(bookings.filter { $0.row.heldUntil == Self.later }.map(\.key.value)) == ["a", "c"])
  }
}
