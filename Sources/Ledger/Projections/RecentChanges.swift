import Synchronization

import struct Digest.Hash256
import struct Scrip.StreamID

/// What events that this process has written lately change in the rows of projections, by the hashes of the events: a
/// projection that finds it here need not read it back from a payload, which costs as much as all that it does with it.
///
/// A hash is one of everything that an event says, so what is found under it is what the log says. An event whose
/// transaction came to nothing is asked for by nobody.
public final class RecentChanges<State: LedgerState>: Sendable {
  /// How many are kept of each projection between two rounds of reading. Those that come when there are so many are read
  /// from the log.
  public static var keptMax: Int { 4096 }

  /// Few projections are looked for one after the other, which costs less than hashing a name.
  private let tables = Mutex<[(projection: ObjectIdentifier, table: any Sendable & AnyObject)]>([])

  /// None yet.
  public init() {}

  /// Keeps what events change, of those that say their facts in the facts' own forms.
  func note(_ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>) {
    guard said.count == events.count else { return }
    for projection in State.projections { projection.note(said, in: events, to: self) }
    for reader in State.readers { reader.note(said, in: events, to: self) }
  }

  func note<Reader: LogReader<State>>(
    _ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>,
    of reader: Reader
  ) {
    var place = events.startIndex
    for index in said.indices {
      defer { place += 1 }
      let fact = said[index].fact
      guard events[place].event.fact.name == fact.name,
        let change = reader.change(by: fact, at: events[place].event.place)
      else { continue }
      table(of: Reader.self).note(change, of: events[place].hash)
    }
  }

  /// What an event changes in a projection's rows; nil if it is not kept.
  public func find<Reader: LogReader<State>>(_ hash: Hash256, of reader: Reader.Type) -> Reader.Change? {
    table(of: reader).find(hash)
  }

  /// A round of reading begins: what the last two did not read is forgotten. What is written meanwhile is for this round or
  /// the next.
  public func beginRound<Reader: LogReader<State>>(of reader: Reader.Type) { table(of: reader).beginRound() }

  private func table<Reader: LogReader<State>>(of reader: Reader.Type) -> ChangeTable<Reader.Change> {
    tables.withLock { tables in
      for known in tables where known.projection == ObjectIdentifier(reader) {
        if let table = known.table as? ChangeTable<Reader.Change> { return table }
      }
      let table = ChangeTable<Reader.Change>(max: RecentChanges.keptMax)
      tables.append((ObjectIdentifier(reader), table))
      return table
    }
  }
}

/// What events change in the rows of one projection: those since the last round of reading began, and those since the two
/// before that. What was noted before a round began may be committed only behind its end, and is read in the next one.
private final class ChangeTable<Change: Sendable>: Sendable {
  private struct Rounds {
    var this: [Hash256: Change] = [:]
    var last: [Hash256: Change] = [:]
    var lastButOne: [Hash256: Change] = [:]
  }

  private let rounds = Mutex(Rounds())
  private let max: Int

  init(max: Int) { self.max = max }

  func note(_ change: Change, of hash: Hash256) {
    rounds.withLock { rounds in
      if rounds.this.count < max { rounds.this[hash] = change }
    }
  }

  func find(_ hash: Hash256) -> Change? {
    rounds.withLock { $0.last[hash] ?? $0.this[hash] ?? $0.lastButOne[hash] }
  }

  func beginRound() {
    rounds.withLock { rounds in
      if rounds.this.isEmpty, rounds.last.isEmpty, rounds.lastButOne.isEmpty { return }
      let usual = rounds.this.count
      rounds.lastButOne = rounds.last
      rounds.last = rounds.this
      rounds.this = Dictionary(minimumCapacity: usual)
    }
  }
}
