import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct ProjectionSettlingTests {
  @Test func `a projection waits for an event that commits late`() throws {
    let database = try TestDatabase()
    let store = try database.store()
    defer { store.shutDown() }
    let (one, other) = (try EventWriter(database), try EventWriter(database))
    try other.run(
      """
      INSERT INTO scrip.tenant (tenant, name, lock_seconds, rounding, percent_base, head_sequence, head_hash)
      VALUES (1, 'Shop', 900, 'half_up', 'original', 0, '')
      """)
    let runner = ProjectionRunner(store: store)
    let key = CouponUses.cursor(of: Tenant.ID(1))
    func position() throws -> Int64? {
      try store.projectionCursors()[key]?.position
    }
    try one.begin()
    let first = try one.append(coupon: 1)
    try other.begin()
    let second = try other.append(coupon: 2)
    try other.commit()
    try runner.catchUpNow()
    #expect(try position() == nil)
    try one.commit()
    let deadline = Deadline.after(milliseconds: 20_000)
    while try position() != second, !deadline.hasPassed { try runner.catchUpNow() }
    #expect(try position() == second && first < second)
  }
}
