import Engine
import Scrip

/// Keys, events and answers.
extension WriteTransaction {
  func writeAccessKeys(_ set: WorkingSet) {
    let new = set.changes.newAccessKeys.map { set.changed(set.accessKeys[$0]) }
    let changed = set.changes.accessKeys.subtracting(set.changes.newAccessKeys).map {
      set.changed(set.accessKeys[$0])
    }
    if !new.isEmpty { insert(new) }
    if !changed.isEmpty { update(changed) }
    if new.isEmpty, changed.isEmpty { return }
    noteAccess()
    add { pipeline in
      pipeline.add("SELECT pg_notify('scrip.nodes', $1)") { $0.bind(Announcement.accessChanged.rawValue) }
    }
  }

  private func insert(_ keys: [AccessKey]) {
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.access_key (tenant, id, role, name, secret_hash, created_at, revoked_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.id))
        $0.bind(keys.map(\.role.stored))
        $0.bind(keys.map(\.name))
        $0.bindBytes(keys.map(\.secretHash))
        $0.bind(keys.map(\.createdAt))
        $0.bind(keys.map(\.revokedAt))
      }
    }
  }

  private func update(_ keys: [AccessKey]) {
    add { pipeline in
      pipeline.add(
        """
        UPDATE scrip.access_key AS a SET revoked_at = n.revoked_at
        FROM unnest($1, $2, $3) AS n(tenant, id, revoked_at) WHERE a.tenant = n.tenant AND a.id = n.id
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.id))
        $0.bind(keys.map(\.revokedAt))
      }
    }
  }

  /// The transaction has its number before it takes positions. Then the first transaction number that is not given yet is noted: once every transaction
  /// before it is over, nothing can appear in front of these events any more, and readers may go past them.
  func writeEvents(_ set: WorkingSet) {
    let chained = set.changes.events
    if chained.isEmpty { return }
    if enforcesLimits { checkHeads(Array(set.changes.continued)) }
    let events = chained.map(\.event)
    add { pipeline in
      pipeline.add(
        """
        WITH own AS MATERIALIZED (SELECT pg_current_xact_id()),
        taken AS MATERIALIZED (
          SELECT array_agg(nextval('scrip.event_position')) AS positions FROM own CROSS JOIN generate_series(1, $10)),
        following AS MATERIALIZED (
          SELECT taken.positions, scrip.next_transaction() AS number FROM taken WHERE taken.positions IS NOT NULL)
        INSERT INTO scrip.event (tenant, stream, sequence, type, at, actor, request_id, payload, hash, position,
          settled_after)
        SELECT n.tenant, n.stream, n.sequence, n.type, n.at, n.actor, n.request_id, n.payload, n.hash,
          following.positions[n.number], following.number
        FROM following CROSS JOIN unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) WITH ORDINALITY
          AS n(tenant, stream, sequence, type, at, actor, request_id, payload, hash, number)
        """
      ) {
        $0.bind(events.map(\.tenant))
        $0.bind(events.map(\.stream))
        $0.bind(events.map(\.sequence))
        $0.bind(events.map(\.fact.name))
        $0.bind(events.map(\.at))
        $0.bind(events.map(\.actor.stored))
        $0.bind(events.map(\.requestID))
        $0.bindBytes(chained.map(\.payload))
        $0.bind(chained.map(\.hash))
        $0.bind(chained.count)
      }
    }
  }

  /// A head that does not stand where the log of its stream ends was changed by somebody else. The other direction, an
  /// event behind the head, is refused by the key.
  private func checkHeads(_ heads: [(key: Owned<EventStream>, value: StreamHead)]) {
    if heads.isEmpty { return }
    add { pipeline in
      pipeline.add(
        """
        SELECT scrip.require((
          SELECT count(*) FROM unnest($1, $2, $3, $4) AS n(tenant, stream, sequence, hash) CROSS JOIN LATERAL (
            SELECT FROM scrip.event AS e
            WHERE e.tenant = n.tenant AND e.stream = n.stream AND e.sequence = n.sequence AND e.hash = n.hash) AS found
        ) = $5, 'a stream''s head is not where its log ends')
        """
      ) {
        $0.bind(heads.map(\.key.tenant))
        $0.bind(heads.map(\.key.value))
        $0.bind(heads.map(\.value.sequence))
        $0.bind(heads.map(\.value.hash))
        $0.bind(heads.count)
      }
    }
  }

  /// In the order of their keys, so that two nodes that answer the same retries wait for each other, not for ever.
  func writeAnswers(_ set: WorkingSet) {
    if set.changes.answers.isEmpty { return }
    let answers = set.changes.answers.sorted { $0.key < $1.key }
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.answer (tenant, key, fingerprint, kind, body, at)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        """
      ) {
        $0.bind(answers.map(\.key.tenant))
        $0.bind(answers.map(\.key.value))
        $0.bind(answers.map(\.value.fingerprint))
        $0.bind(answers.map(\.value.form.kind.stored))
        $0.bindBytes(answers.map(\.value.form.body))
        $0.bind(answers.map(\.value.at))
      }
    }
  }
}
