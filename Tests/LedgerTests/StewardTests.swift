import Ledger
import Scrip
import Testing

/// What should not be in the way any more is put away by the domain's steward, and nobody waits for what can't be.
@Suite struct StewardTests {
  private let late = Owned<Booking.Name>(Tenant.ID(1), "late")

  @Test func `a batch that something hinders is put off until that is put away, and then decided`()
    async throws
  {
    let store = MemoryStore<BoxOffice>.theatre()
    let usher = Usher(store: store, late: late)
    let house = try await House(store: store, steward: usher, seats: 3)
    let over = MemoryStore<BoxOffice>.noon
    _ = try await house.submit(house.book("late", seats: 2, heldUntil: over))
    let results = try await house.together([house.book("a"), house.book("b", seats: 2)])
    #expect(results.map(\.answer) == [.booked(seatsLeft: 2), .booked(seatsLeft: 0)])
    #expect(usher.removed == [late])
    // It was put away before anything of the batch was written.
    #expect(
      store.snapshot.log.map(\.envelope.type).suffix(3) == ["BookingCancelled", "SeatsBooked", "SeatsBooked"])
    #expect(try AuditVerification(of: store).findings.isEmpty)
    await house.committer.shutDown()
    #expect(usher.isShutDown)
  }

  @Test func `what can't be put away is tried once, and the refusal stands`() async throws {
    let store = MemoryStore<BoxOffice>.theatre()
    let usher = Usher(store: store, late: late, isStuck: true)
    let house = try await House(store: store, steward: usher, seats: 3)
    _ = try await house.submit(house.book("late", seats: 2, heldUntil: MemoryStore<BoxOffice>.noon))
    let results = try await house.together([house.book("a"), house.book("b", seats: 2)])
    #expect(results.map(\.answer) == [.booked(seatsLeft: 0), .full])
    #expect(usher.removed == [late])
    await house.committer.shutDown()
  }
}
