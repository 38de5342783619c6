import Digest

import struct Scrip.StreamID
import struct Scrip.Tenant

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
      /// The row's hash is not the one that its stream's head has: either the head in its table is wrong, or the log was
      /// written anew.
      case head
      /// Something of the row, or of a stream's head, can't be read.
      case unreadable(String)  // String: shown, never looked up
      /// The stream ends before the last event that was written to it.
      case truncated(expected: Int64)
      /// The log has more events of a stream than were written to it.
      case unexpected(expected: Int64)
      /// Positions of the log are missing.
      case positions(missing: Int64)
    }

    /// The tenant.
    public var tenant: Tenant.ID
    /// The stream; nil if that is what can't be read.
    public var stream: StreamID?
    /// The place in the log; 0 where it is about a stream's head or its missing end.
    public var position: Int64
    /// The number in the stream.
    public var sequence: Int64
    /// What is wrong.
    public var fault: Fault

    /// One line for people.
    public var description: String {
      let place =
        "position \(position), \(tenant) \(stream?.description ?? "unreadable stream") number \(sequence)"
      return switch fault {
      case .sequence(let expected): "\(place): out of sequence, number \(expected) was expected"
      case .hash: "\(place): changed, its hash does not match"
      case .head: "\(place): the stream's head has another hash"
      case .unreadable(let what): "\(place): \(what) can't be understood"
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

  /// Where a stream stands. Without a hash nothing can be said of what follows.
  private struct End {
    var sequence: Int64
    var hash: Hash256?
  }

  private var heads: [Owned<StreamID>: End] = [:]
  private var position: Int64 = 0
  private let positionsAreContiguous: Bool

  /// Checks a store's log.
  ///
  /// - Parameter progress: called after every page with the number of events read so far.
  public init(of store: some Store, progress: (Int64) -> Void = { _ in }) throws(StoreFailure) {
    positionsAreContiguous = store.positionsAreContiguous
    // Heads are read first: events that are written meanwhile lie behind them and are no fault.
    var written: [Owned<StreamID>: End] = [:]
    try store.forEachStoredHead { (head) throws(StoreFailure) in
      report(head)
      if let stream = head.stream {
        written[Owned(head.tenant, stream)] = End(sequence: head.sequence, hash: head.hash)
      }
    }
    // The last events may be withheld for a moment, until transactions older than theirs have ended.
    var patience = 20
    while patience > 0 {
      let page = try store.log(after: position, limit: 2000)
      for row in page { check(row, against: written) }
      progress(events)
      if page.isEmpty { patience = hasReached(written) ? 0 : patience - 1 }
    }
    streams = heads.count
    checkEnds(written)
    try checkStrangers(written, in: store)
  }

  private mutating func check(_ row: LoggedRow, against written: [Owned<StreamID>: End]) {
    events += 1
    if positionsAreContiguous, row.position != position &+ 1 {
      report(row, .positions(missing: row.position &- position &- 1))
    }
    position = row.position
    guard let stream = row.stream else { return report(row, .unreadable("the stream")) }
    let key = Owned(row.tenant, stream)
    let head = heads[key] ?? End(sequence: 0, hash: .zero)
    if row.sequence != head.sequence &+ 1 { report(row, .sequence(expected: head.sequence &+ 1)) }
    checkHash(row, after: head)
    if let end = written[key], end.sequence == row.sequence, let expected = end.hash, let hash = row.hash,
      hash != expected
    {
      report(row, .head)
    }
    // Going on from the stored hash reports one change once, not for the whole rest of the stream.
    heads[key] = End(sequence: row.sequence, hash: row.hash)
  }

  private mutating func checkHash(_ row: LoggedRow, after head: End) {
    switch row.event {
    case .failure(let failure): report(row, .unreadable(failure.subject))
    case .success(let event):
      guard let previous = head.hash else { return }
      let hash = ChainedEvent.hash(event.envelope, payload: event.payload, after: previous)
      if hash != event.hash { report(row, .hash) }
    }
  }

  private func hasReached(_ written: [Owned<StreamID>: End]) -> Bool {
    written.allSatisfy { heads[$0.key]?.sequence ?? 0 >= $0.value.sequence }
  }

  private mutating func checkEnds(_ written: [Owned<StreamID>: End]) {
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
    _ written: [Owned<StreamID>: End], in store: any Store
  ) throws(StoreFailure) {
    var strangers = heads.filter { $0.value.sequence > written[$0.key]?.sequence ?? 0 }
    if strangers.isEmpty { return }
    var ends = written.mapValues(\.sequence)
    try store.forEachStoredHead { (head) throws(StoreFailure) in
      guard let stream = head.stream else { return }
      let key = Owned(head.tenant, stream)
      ends[key] = head.sequence
      if let found = strangers[key], found.sequence <= head.sequence { strangers[key] = nil }
    }
    for (key, head) in strangers {
      add(
        Finding(
          tenant: key.tenant, stream: key.value, position: 0, sequence: head.sequence,
          fault: .unexpected(expected: ends[key] ?? 0)))
    }
  }

  private mutating func report(_ row: LoggedRow, _ fault: Finding.Fault) {
    add(
      Finding(
        tenant: row.tenant, stream: row.stream, position: row.position, sequence: row.sequence, fault: fault))
  }

  private mutating func report(_ head: StoredHead) {
    if head.stream != nil, head.hash != nil { return }
    let what = head.stream == nil ? "the stream of a head" : "the hash of the head"
    add(
      Finding(
        tenant: head.tenant, stream: head.stream, position: 0, sequence: head.sequence,
        fault: .unreadable(what)))
  }

  private mutating func add(_ finding: Finding) {
    if findings.count < AuditVerification.findingsMax { findings.append(finding) }
  }
}
