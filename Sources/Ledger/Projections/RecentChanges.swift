import Synchronization

import struct Digest.Hash256
import struct Scrip.StreamID

/// What events that this process has written lately change in the rows of projections, by the hashes of the events: a
/// projection that finds it here need not read it back from a payload, which costs as much as all that it does with it.
///
/// A hash is one of everything that an event says, so what is found under it is what the log says. An event whose
/// transaction came to nothing is asked for by nobody.
public final class RecentChanges<State: LedgerState>: Sendable {
  /// How many are kept of each projection. Those that come when there are so many are read from the log.
  public static var keptMax: Int { 4096 }

  /// One of a projection's changes, or that there is none.
  private struct Kept<Change: Sendable>: Sendable {
    let change: Change?
  }

  private let changes = Mutex<[ProjectionName: [Hash256: any Sendable]]>([:])

  /// None yet.
  public init() {}

  /// Keeps what events change, of those that say their facts in the facts' own forms.
  func note(_ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>) {
    guard said.count == events.count else { return }
    for projection in State.projections { note(said, in: events, of: projection) }
  }

  private func note<Folded: Projection<State>>(
    _ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>,
    of folded: Folded
  ) {
    for (chained, (_, fact)) in zip(events, said) {
      let name = fact.name
      guard chained.event.fact.name == name, Folded.types.contains(ProjectionName(name)) else { continue }
      let kept = Kept(change: folded.change(by: fact, at: chained.event.place))
      changes.withLock { changes in
        guard changes[Folded.name]?.count ?? 0 < RecentChanges.keptMax else { return }
        changes[Folded.name, default: [:]][chained.hash] = kept
      }
    }
  }

  /// What an event changes in a projection's rows, nil for nothing; nil if it is not kept.
  func find<Folded: Projection<State>>(_ hash: Hash256, of folded: Folded.Type) -> Folded.Change?? {
    let kept = changes.withLock { $0[Folded.name]?[hash] }
    return (kept as? Kept<Folded.Change>).map { $0.change }
  }

  /// Forgets all: they were read, or are read from the log.
  func forget() { changes.withLock { $0 = [:] } }
}
