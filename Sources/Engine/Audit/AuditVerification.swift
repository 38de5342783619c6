import Digest
import Scrip

/// Reads the whole event log and checks every chain: a changed, missing, added or reordered row breaks one.
public struct AuditVerification: Sendable {
  /// Something that is not as it was written.
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Fault: Hashable, Sendable {
      /// A stream's number is not the one after the last.
      case sequence(expected: Int64)
      /// The hash is not that of the row and the one before it.
      case hash
      /// The stream ends before the last event that was written to it.
      case truncated(expected: Int64)
      /// The log has more events of a stream than were written to it.
      case unexpected(expected: Int64)
      /// Positions of the log are missing.
      case positions(missing: Int64)
    }

    /// The tenant.
    public var tenant: Tenant.ID
    /// The stream.
    public var stream: EventStream
    /// The place in the log; 0 where it is about a missing end.
    public var position: Int64
    /// The number in the stream.
    public var sequence: Int64
    /// What is wrong.
    public var fault: Fault

    /// One line for people.
    public var description: String {
      let place = "position \(position), \(tenant) \(stream.name) number \(sequence)"
      return switch fault {
      case .sequence(let expected): "\(place): out of sequence, number \(expected) was expected"
      case .hash: "\(place): changed, its hash does not match"
      case .truncated(let expected): "\(place): the stream ends here, but \(expected) events were written"
      case .unexpected(let expected): "\(place): the stream goes on, but only \(expected) events were written"
      case .positions(let missing): "\(place): \(missing) positions before this one are missing"
      }
    }
  }

  /// How many events were read.
  public private(set) var events: Int64 = 0
  /// How many streams there are.
  public private(set) var streams = 0
  /// What is wrong; empty if all is well. At most `findingsMax` are kept.
  public private(set) var findings: [Finding] = []

  /// How many findings are kept.
  public static let findingsMax = 100

  private var heads: [Owned<EventStream>: StreamHead] = [:]
  private var position: Int64 = 0
  private let positionsAreContiguous: Bool

  /// Checks a store's log.
  ///
  /// - Parameter progress: called after every page with the number of events read so far.
  public init(of store: any Store, progress: (Int64) -> Void = { _ in }) throws(StoreFailure) {
    // Heads are read first: events that are written meanwhile lie behind them and are no fault.
    var written: [Owned<EventStream>: StreamHead] = [:]
    try store.forEachHead { (tenant, stream, head) throws(StoreFailure) in
      written[Owned(tenant, stream)] = head
    }
    positionsAreContiguous = store.positionsAreContiguous
    // The last events may be withheld for a moment, until transactions older than theirs have ended.
    var patience = 20
    while patience > 0 {
      let page = try store.events(EventFilter(after: position, limit: 2000))
      for event in page { check(event, against: written) }
      progress(events)
      if page.isEmpty { patience = hasReached(written) ? 0 : patience - 1 }
    }
    streams = heads.count
    checkEnds(written)
    try checkStrangers(written, in: store)
  }

  private mutating func check(_ event: StoredEvent, against written: [Owned<EventStream>: StreamHead]) {
    let envelope = event.envelope
    let key = Owned(envelope.tenant, envelope.stream)
    let head = heads[key] ?? .empty
    events += 1
    if positionsAreContiguous, event.position != position + 1 {
      report(event, .positions(missing: event.position - position - 1))
    }
    position = event.position
    if envelope.sequence != head.sequence + 1 { report(event, .sequence(expected: head.sequence + 1)) }
    let hash = ChainedEvent.hash(envelope, payload: event.payload, after: head.hash)
    if hash != event.hash { report(event, .hash) }
    if let end = written[key], end.sequence == envelope.sequence, end.hash != event.hash {
      report(event, .hash)
    }
    // Going on from the stored hash reports one change once, not for the whole rest of the stream.
    heads[key] = StreamHead(sequence: envelope.sequence, hash: event.hash)
  }

  private func hasReached(_ written: [Owned<EventStream>: StreamHead]) -> Bool {
    written.allSatisfy { heads[$0.key]?.sequence ?? 0 >= $0.value.sequence }
  }

  private mutating func checkEnds(_ written: [Owned<EventStream>: StreamHead]) {
    for (key, head) in written {
      let found = heads[key]?.sequence ?? 0
      if found < head.sequence {
        add(
          Finding(
            tenant: key.tenant, stream: key.value, position: 0, sequence: found,
            fault: .truncated(expected: head.sequence)))
      }
    }
  }

  /// What was written while the log was read is behind heads that are written by now; anything behind those was never
  /// written by the engine.
  private mutating func checkStrangers(
    _ written: [Owned<EventStream>: StreamHead], in store: any Store
  ) throws(StoreFailure) {
    var strangers = heads.filter { $0.value.sequence > written[$0.key]?.sequence ?? 0 }
    if strangers.isEmpty { return }
    var ends = written
    try store.forEachHead { (tenant, stream, head) throws(StoreFailure) in
      let key = Owned(tenant, stream)
      ends[key] = head
      if let found = strangers[key], found.sequence <= head.sequence { strangers[key] = nil }
    }
    for (key, head) in strangers {
      add(
        Finding(
          tenant: key.tenant, stream: key.value, position: 0, sequence: head.sequence,
          fault: .unexpected(expected: ends[key]?.sequence ?? 0)))
    }
  }

  private mutating func report(_ event: StoredEvent, _ fault: Finding.Fault) {
    add(
      Finding(
        tenant: event.envelope.tenant, stream: event.envelope.stream, position: event.position,
        sequence: event.envelope.sequence, fault: fault))
  }

  private mutating func add(_ finding: Finding) {
    if findings.count < AuditVerification.findingsMax { findings.append(finding) }
  }
}

extension EventStream {
  /// `tenant`, or the coupon's id.
  public var name: String {
    switch self {
    case .tenant: "tenant"
    case .coupon(let id): id.description
    }
  }
}
