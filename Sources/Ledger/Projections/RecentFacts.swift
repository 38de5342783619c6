import Synchronization

import struct Digest.Hash256
import struct Scrip.StreamID

/// Facts that this process has written lately, by the hashes of their events: a projection that finds one here need not
/// read it back from its payload, which costs as much as all that it does with it.
///
/// A hash is one of everything that an event says, so what is found under it is what the log says. An event whose
/// transaction came to nothing is asked for by nobody.
public final class RecentFacts<State: LedgerState>: Sendable {
  /// How many are kept. Those that come when there are so many are read from the log.
  public static var keptMax: Int { 4096 }

  private let types = State.projections.reduce(into: Set<ProjectionName>()) { $0.formUnion($1.types) }
  private let facts = Mutex<[Hash256: any Fact<State>]>([:])

  /// None yet.
  public init() {}

  /// Keeps those facts that projections read, of events that say them in their own forms.
  func note(_ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>) {
    guard said.count == events.count else { return }
    facts.withLock { facts in
      for (chained, (_, fact)) in zip(events, said) where facts.count < RecentFacts.keptMax {
        let name = fact.name
        guard chained.event.fact.name == name, types.contains(ProjectionName(name)) else { continue }
        facts[chained.hash] = fact
      }
    }
  }

  /// The fact of an event; nil if it is not kept.
  func find(_ hash: Hash256) -> (any Fact<State>)? { facts.withLock { $0[hash] } }

  /// Forgets all: they were read, or are read from the log.
  func forget() { facts.withLock { $0.removeAll(keepingCapacity: true) } }
}

extension Projection {
  /// The types of events that it reads, of a projection whose type is not known.
  fileprivate var types: Set<ProjectionName> { Self.types }
}
