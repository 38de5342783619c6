import Digest
import Engine
import Scrip

/// A transaction whose commit got no answer: what is needed to find out what became of it.
struct LostTransaction {
  /// Something that is in the database if the transaction was committed, and otherwise isn't.
  enum Trace {
    /// An event with its hash, which no other transaction can have written.
    case event(tenant: Tenant.ID, stream: EventStream, sequence: Int64, hash: Hash256)
    /// An answer under an idempotency key. If another transaction wrote it, it answers the same request.
    case answer(Owned<IdempotencyKey.Name>, fingerprint: Hash256)

    var tenant: Tenant.ID {
      switch self {
      case .event(let tenant, _, _, _): tenant
      case .answer(let key, _): key.tenant
      }
    }
  }

  /// Its number. It only says whether the transaction may still be under way: a server that died and came back gives the
  /// numbers of transactions that left nothing on its disk once more.
  let number: Int64
  let trace: Trace
}

extension WorkingSet {
  /// What a commit of these changes leaves behind; nil if that is nothing.
  var trace: LostTransaction.Trace? {
    if let last = changes.events.last {
      return .event(
        tenant: last.event.tenant, stream: last.event.stream, sequence: last.event.sequence, hash: last.hash)
    }
    return changes.answers.first.map { .answer($0.key, fingerprint: $0.value.fingerprint) }
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
        session.begin(.writing, for: [trace.tenant], in: &pipeline)
        trace.look(in: &pipeline)
        pipeline.add("COMMIT")
      }
      return results[Session.beginResults].count > 0
    }
  }
}

extension LostTransaction.Trace {
  fileprivate func look(in pipeline: inout Pipeline) {
    switch self {
    case .event(let tenant, let stream, let sequence, let hash):
      pipeline.add(
        "SELECT 1 FROM scrip.event WHERE tenant = $1 AND stream = $2 AND sequence = $3 AND hash = $4"
      ) {
        $0.bind(tenant)
        $0.bind(stream)
        $0.bind(sequence)
        $0.bind(hash)
      }
    case .answer(let key, let fingerprint):
      pipeline.add("SELECT 1 FROM scrip.answer WHERE tenant = $1 AND key = $2 AND fingerprint = $3") {
        $0.bind(key.tenant)
        $0.bind(key.value)
        $0.bind(fingerprint)
      }
    }
  }
}
