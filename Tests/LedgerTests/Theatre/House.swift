import Digest
import Ledger
import Scrip
import Synchronization

/// A theatre with one hall on a store in memory, and shorthand for what tests do over and over.
struct House<Keeper: Steward>: Sendable where Keeper.State == BoxOffice {
  let store: MemoryStore<BoxOffice>
  let committer: Committer<Keeper>
  let reports: CommitReports
  let tenant = Tenant.ID(1)
  let hallID = Hall.ID(7)

  init(
    store: MemoryStore<BoxOffice> = .theatre(), steward: Keeper, seats: Int64 = 100,
    configuration: CommitterConfiguration = CommitterConfiguration(waitMax: .seconds(3600))
  ) async throws {
    self.store = store
    let reports = CommitReports()
    self.reports = reports
    committer = Committer(
      store: store, identifiers: IdentifierSource { 1 }, steward: steward, configuration: configuration,
      observer: reports)
    try await submit(OpenTheatre())
    try await submit(OpenHall(id: hallID, seats: seats))
  }

  func command(
    _ action: any Action<BoxOffice>, key: IdempotencyKey.Name? = nil, body: String = ""
  ) -> Command<BoxOffice> {
    Command(
      tenant: tenant, actor: .commandLine, requestID: "request-1",
      idempotency: key.map { IdempotencyKey(key: $0, fingerprint: SHA256.hash(Array(body.utf8))) },
      action: action)
  }

  @discardableResult
  func submit(
    _ action: any Action<BoxOffice>, key: IdempotencyKey.Name? = nil, body: String = ""
  ) async throws -> Settlement<BoxOffice> {
    try await committer.submit(command(action, key: key, body: body))
  }

  func book(
    _ booking: Booking.Name, seats: Int64 = 1, heldUntil: Instant? = nil,
    ifFull: BookSeats.IfFull = .refuse
  ) -> BookSeats {
    BookSeats(hallID: hallID, booking: booking, seats: seats, heldUntil: heldUntil, ifFull: ifFull)
  }

  /// Has actions decided together: the lane is held up until all of them wait.
  func together(
    _ actions: [any Action<BoxOffice>]
  ) async throws -> [Result<Settlement<BoxOffice>, CommandFailure>] {
    let gate = HoldUp()
    async let held = submit(gate)
    await gate.reached()
    var tasks: [Task<Result<Settlement<BoxOffice>, CommandFailure>, Never>] = []
    for action in actions {
      let depth = committer.queueDepth
      tasks.append(
        Task {
          do throws(CommandFailure) {
            return .success(try await committer.submit(command(action)))
          } catch {
            return .failure(error)
          }
        })
      while committer.queueDepth == depth { await Task.yield() }
    }
    gate.open()
    _ = try await held
    var results: [Result<Settlement<BoxOffice>, CommandFailure>] = []
    for task in tasks { results.append(await task.value) }
    return results
  }

  func hall() throws -> Hall? { try store.snapshot.row(Hall.self, Owned(tenant, hallID)) }
}

extension MemoryStore<BoxOffice> {
  static let noon = Instant(microseconds: 1_800_000_000_000_000)

  /// An empty one, whose clock stands still.
  static func theatre() -> MemoryStore<BoxOffice> {
    MemoryStore(clock: { noon }, loading: BoxOffice.loading)
  }
}

extension Settlement<BoxOffice> {
  var answer: BoxOffice.Answer? { if case .answered(let answer) = self { answer } else { nil } }
  var replay: KeptForm? { if case .replayed(let form) = self { form } else { nil } }
}

extension Result<Settlement<BoxOffice>, CommandFailure> {
  var answer: BoxOffice.Answer? { (try? get())?.answer }
  var failure: CommandFailure? { if case .failure(let failure) = self { failure } else { nil } }
}

/// Remembers what a committer reported: the sizes of batches.
final class CommitReports: CommitObserver {
  private let entries = Mutex<(batches: [Int], failures: [Int])>(([], []))

  var batches: [Int] { entries.withLock { $0.batches } }
  var failures: [Int] { entries.withLock { $0.failures } }

  func committed(commands: Int, seconds: Double) { entries.withLock { $0.batches.append(commands) } }

  func failed(commands: Int, failure: StoreFailure) {
    entries.withLock { $0.failures.append(commands) }
  }
}
