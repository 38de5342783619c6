import Ledger
import Promotions
import Scrip

/// The log.
extension WriteTransaction {
  /// The transaction has its number before it takes positions. Then the first transaction number that is not given yet is noted: once every transaction
  /// before it is over, nothing can appear in front of these events any more, and readers may go past them.
  func writeEvents(_ set: WorkingSet) {
    let chained = set.log.events
    if chained.isEmpty { return }
    if enforcesLimits { checkHeads(Array(set.log.continued)) }
    let events = chained.map(\.event)
    add { pipeline in
      pipeline.add(
        """
        WITH own AS MATERIALIZED (SELECT pg_current_xact_id()),
        taken AS MATERIALIZED (
          SELECT array_agg(nextval('scrip.event_position')) AS positions FROM own CROSS JOIN generate_series(1, $11)),
        following AS MATERIALIZED (
          SELECT taken.positions, scrip.next_transaction() AS number FROM taken WHERE taken.positions IS NOT NULL)
        INSERT INTO scrip.event (tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind,
          position, settled_after)
        SELECT n.tenant, n.stream, n.sequence, n.type, n.at, n.actor, n.request_id, n.payload, n.hash,
          n.stream_kind, following.positions[n.number], following.number
        FROM following CROSS JOIN unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) WITH ORDINALITY
          AS n(tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind, number)
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
        $0.bind(events.map(\.stream.kind))
        $0.bind(chained.count)
      }
    }
  }

  /// A head that does not stand where the log of its stream ends was changed by somebody else. The other direction, an
  /// event behind the head, is refused by the key.
  private func checkHeads(_ heads: [(key: Owned<StreamID>, value: StreamHead)]) {
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
}
