import Scrip
import TestSupport

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// A connection that writes events by itself, statement by statement, as several nodes would at once.
struct EventWriter {
  private let connection: PostgresConnection
  private static var deadline: Deadline { .after(milliseconds: 20_000) }

  init(_ database: TestDatabase) throws {
    connection = try PostgresConnection(try PostgresAddress(database.url), deadline: EventWriter.deadline)
  }

  func begin() throws { try run("BEGIN; SELECT pg_current_xact_id()") }

  func commit() throws { try run("COMMIT") }

  func rollback() throws { try run("ROLLBACK") }

  func run(_ script: String) throws { try connection.execute(script: script, EventWriter.deadline) }

  func rows(_ sql: StatementText) throws -> ResultRows {
    try connection.roundTrip(EventWriter.deadline) { $0.add(sql) }[0]
  }

  /// Appends an event to a stream in the open transaction and says its position. Whoever appends to a stream has it to
  /// itself until the transaction ends.
  @discardableResult
  func append(_ tenant: Int64 = 1, coupon: UInt128 = 1) throws -> Int64 {
    let results = try connection.roundTrip(EventWriter.deadline) { pipeline in
      pipeline.add("SELECT pg_advisory_xact_lock($1)") { $0.bind(tenant << 32 | Int64(coupon)) }
      pipeline.add(
        """
        WITH taken AS MATERIALIZED (SELECT nextval('scrip.event_position') AS position),
        following AS MATERIALIZED (
          SELECT scrip.next_transaction() AS number FROM (SELECT count(*) FROM taken) AS counted (count)
          WHERE counted.count > 0
        )
        INSERT INTO scrip.event (tenant, position, sequence, at, settled_after, stream_kind, stream, type, actor, payload, hash)
        SELECT $1, taken.position, 1 + coalesce(
            (SELECT max(sequence) FROM scrip.event WHERE tenant = $1 AND stream = $2), 0),
          0, following.number, 1, $2, 'CouponActivated', 'system', '{}', $3
        FROM taken CROSS JOIN following
        RETURNING position
        """
      ) {
        $0.bind(tenant)
        $0.bind(Coupon.ID(coupon))
        $0.bind([UInt8](repeating: 0, count: 32))
      }
    }
    return results[1][0].int64(0)
  }
}

extension PostgresStore {
  /// The positions of one page.
  func positions(
    _ tenant: Int64? = 1, coupon: UInt128? = nil, after: Int64 = 0, limit: Int = 100
  ) throws -> [Int64] {
    let filter = EventFilter(
      tenant: tenant.map { Tenant.ID($0) }, stream: coupon.map { .coupon(Coupon.ID($0)) }, after: after,
      limit: limit
    )
    return try events(filter).map(\.position)
  }

  /// The positions of one page, once it has so many: what other tests do on the same server holds events back, too.
  func positions(
    _ tenant: Int64? = 1, after: Int64 = 0, limit: Int = 100, upTo count: Int
  ) throws -> [Int64] {
    let deadline = Deadline.after(milliseconds: 20_000)
    while true {
      let page = try positions(tenant, after: after, limit: limit)
      if page.count >= count || deadline.hasPassed { return page }
    }
  }
}
