import Ledger
import Promotions
import Scrip

/// One reading transaction: everything in it is seen as it was at one moment.
final class ReadTransaction: StoreReader {
  private var loader: Loader
  private let clock: DatabaseClock
  private var hasBegun = false

  init(session: Session, terms: TermsCache, clock: DatabaseClock) {
    loader = Loader(session: session, terms: terms, locks: .none)
    self.clock = clock
  }

  var connection: PostgresConnection { loader.session.connection }

  var deadline: Deadline { loader.session.deadline }

  /// Decoded terms of all connections.
  var terms: TermsCache { loader.terms }

  /// Loads what a request names; the first load also begins the transaction.
  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    if hasBegun {
      _ = try loader.load(request, into: &set)
      return
    }
    hasBegun = true
    let leading = try loader.load(request, into: &set) { session, pipeline in
      session.begin(.loading, for: request.mentionedTenants, in: &pipeline)
      return Session.beginResults
    }
    clock.note(databaseSays: try Session.moment(leading))
  }

  /// Begins the transaction for statements of one's own.
  func begin(for tenants: Set<Tenant.ID>) throws(StoreFailure) {
    hasBegun = true
    var session = loader.session
    let results = try connection.roundTrip(deadline) { session.begin(.querying, for: tenants, in: &$0) }
    loader.session = session
    clock.note(databaseSays: try Session.moment(results))
  }

  /// The rows of one statement: one round trip.
  func rows(_ sql: StatementText, _ bind: (inout Parameters) -> Void = { _ in }) throws(StoreFailure)
    -> ResultRows
  {
    let results = try connection.roundTrip(deadline) { $0.add(sql, bind) }
    guard let rows = results.first else { throw .corrupt("the answer to a query") }
    return rows
  }

  /// Ends the transaction.
  func end() throws(StoreFailure) {
    guard hasBegun else { return }
    _ = try connection.roundTrip(deadline) { $0.add("COMMIT") }
  }
}
