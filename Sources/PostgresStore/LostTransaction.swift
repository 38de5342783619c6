import Digest
import Ledger
import Promotions
import Scrip

/// A transaction whose commit got no answer: what is needed to find out what became of it.
struct LostTransaction {
  /// Everything that the transaction would have left in the log and among the answers. If all of it is there, exactly as
  /// it was to be written, the database is as if the transaction had been committed. A part of it proves nothing: another
  /// node may have answered the same retry, or taken the same step at the same moment.
  struct Trace {
    let events: [ChainedEvent]
    let answers: [(key: Owned<IdempotencyKey.Name>, stored: StoredAnswer)]

    var tenants: Set<Tenant.ID> { Set(events.map(\.event.tenant) + answers.map(\.key.tenant)) }
  }

  /// Its number. It only says whether the transaction may still be under way: a server that died and came back gives the
  /// numbers of transactions that left nothing on its disk once more.
  let number: Int64
  let trace: Trace
}

extension WorkingSet {
  /// What a commit of these changes leaves behind; nil if that is nothing.
  var trace: LostTransaction.Trace? {
    if isUnchanged { return nil }
    return LostTransaction.Trace(
      events: log.events,
      answers: answers.changes.keys.map { key in (key: key, stored: answers.written(key)) })
  }
}

extension StoreFailure {
  /// Nobody can tell whether a transaction was committed, so that it must not be run again.
  fileprivate static func outcomeUnknown(_ failure: StoreFailure) -> StoreFailure {
    .postgres("08007", "whether it was committed is not known: \(failure.message)")
  }
}

extension PostgresStore {
  /// Finds out on another connection what became of a transaction whose commit got no answer. It may still be under
  /// way: the server only notices the broken connection when it looks at it.
  ///
  /// - Throws: `08007` (transaction resolution unknown) if there is no telling. Then nobody is told that it went well, and whoever
  ///   asks again under the same idempotency key gets the answer that was kept, or none was.
  func wasCommitted(
    _ lost: LostTransaction, unless failure: StoreFailure
  ) throws(StoreFailure) -> Bool {
    let deadline = deadline
    while !deadline.hasPassed {
      do throws(StoreFailure) {
        if try isUnderWay(lost.number, deadline) {
          pause(milliseconds: 10)
        } else {
          return try hasTrace(lost.trace, deadline)
        }
      } catch {
        guard error.kind == .unavailable else { throw .outcomeUnknown(failure) }
        pause(milliseconds: 50)
      }
    }
    throw .outcomeUnknown(failure)
  }

  private func isUnderWay(_ number: Int64, _ deadline: Deadline) throws(StoreFailure) -> Bool {
    do throws(StoreFailure) {
      return try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
        let results = try connection.roundTrip(deadline) {
          $0.add("SELECT pg_xact_status($1::text::xid8)") { $0.bind(String(number)) }
        }
        return results.first?.first?.optionalText(0) == "in progress"
      }
    } catch {
      // A number that was not given yet: the server has died since, and with it all transactions of that time.
      if error.code == "22023" { return false }
      throw error
    }
  }

  /// Looks in statements of their own, each of which sees what was committed before it began.
  private func hasTrace(
    _ trace: LostTransaction.Trace, _ deadline: Deadline
  ) throws(StoreFailure) -> Bool {
    try writers.withConnection(deadline) { (connection) throws(StoreFailure) in
      var session = Session(connection: connection, deadline: deadline, role: role)
      let results = try connection.roundTrip(deadline) { pipeline in
        session.begin(.writing, for: trace.tenants, in: &pipeline)
        trace.look(in: &pipeline)
        pipeline.add("COMMIT")
      }
      let rows = results[Session.beginResults]
      return rows.count == 1 && rows[0].int64(0) == Int64(trace.events.count + trace.answers.count)
    }
  }
}

extension LostTransaction.Trace {
  /// Counts how much of it is there.
  fileprivate func look(in pipeline: inout Pipeline) {
    pipeline.add(
      """
      SELECT (SELECT count(*) FROM unnest($1, $2, $3, $4) AS n(tenant, stream, sequence, hash) WHERE EXISTS (
          SELECT FROM scrip.event AS e WHERE e.tenant = n.tenant AND e.stream = n.stream AND e.sequence = n.sequence
            AND e.hash = n.hash))
        + (SELECT count(*) FROM unnest($5, $6, $7, $8, $9, $10) AS n(tenant, key, fingerprint, kind, body, at)
          WHERE EXISTS (
            SELECT FROM scrip.answer AS a WHERE a.tenant = n.tenant AND a.key = n.key
              AND a.fingerprint = n.fingerprint AND a.kind = n.kind AND a.body = n.body AND a.at = n.at))
      """
    ) {
      $0.bind(events.map(\.event.tenant))
      $0.bind(events.map(\.event.stream))
      $0.bind(events.map(\.event.sequence))
      $0.bind(events.map(\.hash))
      $0.bind(answers.map(\.key.tenant))
      $0.bind(answers.map(\.key.value))
      $0.bind(answers.map(\.stored.fingerprint))
      $0.bind(answers.map(\.stored.form.kind))
      $0.bindBytes(answers.map(\.stored.form.body))
      $0.bind(answers.map(\.stored.at))
    }
  }
}
