import Engine
import Scrip

/// One transaction of the only writing connection.
final class WriteTransaction: StoreTransaction {
  let now: Instant
  let connection: Connection
  /// Off where events are folded again: a limit that was lowered later says nothing about earlier uses.
  let enforcesLimits: Bool
  private var rows: RowReader

  /// How far ahead of now an answer may be without being of a time that never was: a clock may be put back a little.
  private static let secondsAheadMax: Int64 = 86_400

  init(connection: Connection, terms: TermsCache, now: Instant, enforcesLimits: Bool) {
    self.now = now
    self.connection = connection
    self.enforcesLimits = enforcesLimits
    rows = RowReader(connection: connection, terms: terms, cache: nil)
  }

  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    try rows.load(request, into: &set)
  }

  func write(_ set: WorkingSet) throws(StoreFailure) {
    rows.readsCommitted = false
    try writeTenants(set)
    try writeCoupons(set)
    try writeCodes(set)
    try writeCounters(set)
    try writeApplications(set)
    try writeAccessKeys(set)
    try writeEvents(set)
    try writeAnswers(set)
  }

  /// Writes the row that tells nothing. Its bytes are others each time: SQLite writes no page that stays as it is.
  func probe(_ size: ProbeSize) throws(StoreFailure) {
    try connection.run(
      """
      INSERT INTO write_probe (number, value) VALUES (1, randomblob(?1))
      ON CONFLICT (number) DO UPDATE SET value = excluded.value
      """
    ) {
      $0.bind(size.bytes)
    }
  }

  func forgetAnswers(before moment: Instant, max: Int) throws(StoreFailure) -> Int {
    // Answers are numbered as they are given, so the oldest have the lowest numbers; among them may be some of a time
    // that never was, from before a clock was put right.
    try connection.run(
      """
      DELETE FROM answer
      WHERE (at < ?1 OR at > ?3) AND number IN (SELECT number FROM answer ORDER BY number LIMIT ?2)
      """
    ) {
      $0.bind(moment)
      $0.bind(max)
      $0.bind(now.adding(seconds: WriteTransaction.secondsAheadMax))
    }
  }
}

extension WriteTransaction {
  func writeEvents(_ set: WorkingSet) throws(StoreFailure) {
    if enforcesLimits {
      for (stream, head) in set.changes.continued { try check(head, of: stream) }
    }
    for chained in set.changes.events {
      let event = chained.event
      try connection.run(
        """
        INSERT INTO event (tenant, stream, sequence, type, at, actor, request_id, payload, hash)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """
      ) {
        $0.bind(event.tenant)
        $0.bind(event.stream)
        $0.bind(event.sequence)
        $0.bind(event.fact.name)
        $0.bind(event.at)
        $0.bind(event.actor.stored)
        $0.bind(event.requestID)
        $0.bind(chained.payload)
        $0.bind(chained.hash)
      }
    }
  }

  /// A head that does not stand where the log of its stream ends was changed by somebody else. The other direction, an
  /// event behind the head, is refused by the key.
  private func check(_ head: StreamHead, of stream: Owned<EventStream>) throws(StoreFailure) {
    let sql: StaticString = "SELECT hash FROM event WHERE tenant = ?1 AND stream = ?2 AND sequence = ?3"
    let isTheEnd = try connection.first(sql) {
      $0.bind(stream.tenant)
      $0.bind(stream.value)
      $0.bind(head.sequence)
    } read: {
      $0.bytes(0) == head.hash.bytes
    }
    if isTheEnd != true { throw .refused("a stream's head is not where its log ends", statement: sql) }
  }

  func writeAnswers(_ set: WorkingSet) throws(StoreFailure) {
    for (key, stored) in set.changes.answers {
      try connection.run(
        "INSERT INTO answer (tenant, key, fingerprint, kind, body, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
      ) {
        $0.bind(key.tenant)
        $0.bind(key.value)
        $0.bind(stored.fingerprint)
        $0.bind(stored.form.kind.stored)
        $0.bind(stored.form.body)
        $0.bind(stored.at)
      }
    }
  }

  func writeAccessKeys(_ set: WorkingSet) throws(StoreFailure) {
    for owned in set.changes.newAccessKeys {
      let key = set.changed(set.accessKeys[owned])
      try connection.run(
        """
        INSERT INTO access_key (tenant, id, role, name, secret_hash, created_at, revoked_at)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        """
      ) {
        $0.bind(owned.tenant)
        $0.bind(owned.value)
        $0.bind(key.role.stored)
        $0.bind(key.name)
        $0.bind(key.secretHash)
        $0.bind(key.createdAt)
        $0.bind(key.revokedAt)
      }
    }
    for owned in set.changes.accessKeys.subtracting(set.changes.newAccessKeys) {
      let key = set.changed(set.accessKeys[owned])
      try connection.run("UPDATE access_key SET revoked_at = ?3 WHERE tenant = ?1 AND id = ?2") {
        $0.bind(owned.tenant)
        $0.bind(owned.value)
        $0.bind(key.revokedAt)
      }
    }
  }

  func writeTenants(_ set: WorkingSet) throws(StoreFailure) {
    for id in set.changes.tenants {
      let record = set.changed(set.tenants[id])
      let settings = record.tenant.settings
      try connection.run(
        """
        INSERT INTO tenant (number, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
        ON CONFLICT (number) DO UPDATE SET name = excluded.name, rounding = excluded.rounding,
          percent_base = excluded.percent_base, lock_seconds = excluded.lock_seconds,
          head_sequence = excluded.head_sequence, head_hash = excluded.head_hash
        """
      ) {
        $0.bind(id)
        $0.bind(record.tenant.name)
        $0.bind(settings.pricing.rounding.rawValue)
        $0.bind(settings.pricing.percentBase.rawValue)
        $0.bind(settings.lockSeconds)
        $0.bind(record.head.sequence)
        $0.bind(record.head.hash)
      }
    }
  }
}

extension WorkingSet {
  /// The record of a key that is among the changes.
  func changed<Record>(_ record: Record?) -> Record {
    guard let record else { preconditionFailure("what changed is in the working set") }
    return record
  }
}
