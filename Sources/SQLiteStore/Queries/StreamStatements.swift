import Ledger
import Promotions
import Scrip

/// The statements about the streams of one kind, whose heads stand in the rows of a declared table.
final class StreamStatements: Sendable {
  /// A page of one stream's events.
  let events: StatementText
  /// A page of heads of one tenant; nil for the tenant's own, of which there is one.
  let heads: StatementText?

  private static let made = Dictionary(
    uniqueKeysWithValues: StreamKind.declared.map { ($0, StreamStatements($0)) })
  private static let tenants = StreamStatements(.tenant)

  /// The statements about streams of a kind; for a kind that this version does not know, those that find nothing.
  static func of(_ kind: StreamKind) -> StreamStatements { made[kind] ?? tenants }

  private init(_ kind: StreamKind) {
    events = StatementText(made: StreamStatements.events(kind))
    heads = kind.table.flatMap { table in
      kind == .tenant
        ? nil
        : StatementText(
          made: """
            SELECT id, head_sequence, head_hash FROM \(table.name) WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3
            """)
    }
  }

  /// Where a stream ends, as a part of a statement.
  private static func head(_ kind: StreamKind) -> String {  // String: SQL of ours
    let table = kind.table?.name ?? TenantRecord.shape.name
    let id = kind == .tenant ? "" : " AND id = ?2"
    return "(SELECT head_sequence FROM \(table) WHERE tenant = ?1\(id))"
  }

  /// Numbers and positions rise together: where the page begins is found by the number of the event that the last page
  /// ended with. Events whose number is damaged are below all others or beyond the stream's last one: they are read
  /// beside the page and put in their place, and no page begins with them.
  private static func events(_ kind: StreamKind) -> String {  // String: SQL of ours
    """
      WITH head (last) AS (
        SELECT max(ifnull(\(head(kind)), 0), 0)
      )
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind FROM (
        SELECT * FROM (
          SELECT * FROM event
          WHERE tenant = ?1 AND stream = ?2 AND +position > ?3 AND sequence <= (SELECT last FROM head)
            AND sequence > ifnull(
              (SELECT sequence FROM event WHERE position = ?3 AND tenant = ?1 AND stream = ?2
                AND sequence BETWEEN 1 AND (SELECT last FROM head)), 0)
          ORDER BY sequence LIMIT ?4)
        UNION ALL
        SELECT * FROM event WHERE tenant = ?1 AND stream = ?2 AND +position > ?3 AND sequence < 1
        UNION ALL
        SELECT * FROM event
        WHERE tenant = ?1 AND stream = ?2 AND +position > ?3 AND sequence > (SELECT last FROM head)
      )
      ORDER BY position LIMIT ?4
    """
  }
}
