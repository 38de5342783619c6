import struct Scrip.IdentifierSource
import struct Scrip.Instant

/// Keeps a domain's state in order around the decisions of a batch: puts right what time has made void, and looks at
/// verdicts that such things may have spoilt.
public protocol Steward<State>: Sendable {
  /// What it keeps in order.
  associatedtype State: LedgerState
  /// What is in the way although its time is over, and has to be put away in a transaction of its own.
  associatedtype Obstacle: Hashable, Sendable

  /// Puts right what time has made void of what a batch has loaded, before anything is decided.
  ///
  /// - Parameter moment: the transaction's; each tenant's own is the state's to say.
  func putRight(_ state: inout State, at moment: Instant, _ identifiers: IdentifierSource)

  /// Looks at a verdict before it is settled. It may load more.
  ///
  /// - Parameter tried: obstacles that are not waited for any more.
  func review(
    _ verdict: Verdict<State>, on command: Command<State>, _ state: inout State,
    in transaction: any StoreTransaction<State>, without tried: Set<Obstacle>
  ) throws(StoreFailure) -> Review<Obstacle>

  /// Puts obstacles away, in transactions of their own. One that can't be put away is nobody else's fault.
  ///
  /// - Throws: `StoreFailure` if the store can't be written at all.
  func remove(_ obstacles: [Obstacle]) throws(StoreFailure)

  /// Ends what is under way after its transaction.
  func shutDown() async
}

/// What a steward says of a verdict.
public enum Review<Obstacle: Hashable & Sendable>: Sendable {
  /// It stands.
  case stands
  /// More is known now: it is to be decided again.
  case knowsMore
  /// Something is in the way that should not be there any more.
  case hindered([Obstacle])
}
