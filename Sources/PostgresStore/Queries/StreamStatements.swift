import Ledger
import Promotions
import Scrip

/// The statements about streams, whose heads stand in the rows of declared tables.
enum StreamStatements {
  private static let pages = Dictionary(
    uniqueKeysWithValues: StreamKind.declared.map {
      ($0, ReadTransaction.bounded(page($0), by: "$5", settledAfter: false))
    })
  private static let ofTenants = ReadTransaction.bounded(page(.tenant), by: "$5", settledAfter: false)

  /// A page of one stream's events. Of a kind that this version does not know it finds nothing.
  static func events(_ kind: StreamKind) -> StatementText { pages[kind] ?? ofTenants }

  /// A page of the heads of all streams, by tenant and stream. A tenant's own stream is the nil UUID, which is before
  /// every other one.
  static let heads = StatementText(
    made: StreamKind.declared.compactMap { kind in
      kind.table.map { table in
        kind == .tenant
          ? """
          (SELECT tenant, '00000000-0000-0000-0000-000000000000'::uuid AS stream, \(kind.number)::bigint AS kind,
            head_sequence, head_hash
          FROM scrip.\(table.name) WHERE tenant > $1 ORDER BY tenant LIMIT $3)
          """
          : """
          (SELECT tenant, id, \(kind.number)::bigint, head_sequence, head_hash
          FROM scrip.\(table.name) WHERE (tenant, id) > ($1, $2) ORDER BY tenant, id LIMIT $3)
          """
      }
    }.joined(separator: " UNION ALL ") + " ORDER BY tenant, stream LIMIT $3")

  /// Where a stream ends, as a part of a statement.
  private static func head(_ kind: StreamKind) -> String {  // String: SQL of ours
    let table = kind.table?.name ?? TenantRecord.shape.name
    let id = kind == .tenant ? "" : " AND id = $2"
    return "(SELECT head_sequence FROM scrip.\(table) WHERE tenant = $1\(id))"
  }

  /// One stream is written by one transaction at a time, so its numbers and positions rise together and all of it is
  /// settled. Where the page begins is found by the number of the event that the last page ended with. Events whose
  /// number is damaged are below all others or beyond the stream's last one: they are read beside the page and put in
  /// their place, and no page begins with them. The sum keeps the planner from walking along the positions, between
  /// which all other streams' lie.
  private static func page(_ kind: StreamKind) -> String {  // String: SQL of ours
    """
    WITH head AS (
      SELECT greatest(0, \(head(kind))) AS last
    )
    SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash,
      stream_kind::bigint FROM (
      (SELECT * FROM scrip.event
        WHERE tenant = $1 AND stream = $2 AND position + 0 > $3 AND sequence <= (SELECT last FROM head)
          AND sequence > (SELECT coalesce(max(sequence), 0)
            FROM scrip.event WHERE tenant = $1 AND position = $3 AND stream = $2
              AND sequence BETWEEN 1 AND (SELECT last FROM head))
        ORDER BY sequence LIMIT $4)
      UNION ALL
      SELECT * FROM scrip.event WHERE tenant = $1 AND stream = $2 AND position + 0 > $3 AND sequence < 1
      UNION ALL
      SELECT * FROM scrip.event
      WHERE tenant = $1 AND stream = $2 AND position + 0 > $3 AND sequence > (SELECT last FROM head)
    ) AS page
    ORDER BY position LIMIT $4
    """
  }
}
