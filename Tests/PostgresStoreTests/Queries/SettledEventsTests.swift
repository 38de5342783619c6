import Foundation
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct SettledEventsTests {
  private let database: TestDatabase
  private let store: PostgresStore
  /// Two nodes.
  private let one: EventWriter
  private let other: EventWriter

  init() throws {
    database = try TestDatabase()
    store = try database.store()
    one = try EventWriter(database)
    other = try EventWriter(database)
  }

  @Test func `an event is not missed whose transaction commits behind that of a later one`() throws {
    try one.begin()
    let first = try one.append(coupon: 1)
    try other.begin()
    let second = try other.append(coupon: 2)
    try other.commit()
    #expect(try store.positions() == [])
    #expect(try store.positions(nil) == [])
    try one.commit()
    #expect(try store.positions(upTo: 2) == [first, second])
    #expect(try store.positions(nil, upTo: 2) == [first, second])
  }

  @Test func `a page ends before the first place where an event may still appear`() throws {
    try other.begin()
    let before = try other.append()
    try other.commit()
    #expect(try store.positions(upTo: 1) == [before])
    try one.begin()
    let open = try one.append(coupon: 2)
    try other.begin()
    let behind = [try other.append(), try other.append(2)]
    try other.commit()
    #expect(try store.positions() == [before])
    #expect(try store.positions(nil) == [before])
    try one.commit()
    #expect(try store.positions(after: before, upTo: 2) == [open, behind[0]])
    #expect(try store.positions(nil, after: before, upTo: 3) == [open] + behind)
  }

  @Test func `a settled event settles those before it`() throws {
    // The first one's writer took its position first, and looked at the transactions last.
    try other.begin()
    try other.append()
    try one.run(
      """
      INSERT INTO scrip.event (tenant, position, sequence, at, settled_after, stream_kind, stream, type, actor, payload, hash)
      SELECT 1, position - 5, position, 0, settled_after::text::xid8, 1, gen_random_uuid(), 'CouponActivated', 'system', '{}',
        decode(repeat('00', 32), 'hex')
      FROM (VALUES (1, '9000000000000000000'), (2, '3'), (3, '9000000000000000000')) AS given (position, settled_after)
      """)
    #expect(try store.positions(after: -5) == [-4, -3])
    #expect(try store.positions(nil, after: -5) == [-4, -3])
    #expect(try store.positions(after: -5, limit: 1) == [])
    try other.rollback()
  }

  @Test func `positions that were rolled back hold nobody up`() throws {
    try one.begin()
    for _ in 1...50 { try one.append(coupon: 1) }
    try other.begin()
    let kept = try other.append(coupon: 2)
    try other.commit()
    try one.rollback()
    #expect(try store.positions(limit: 1, upTo: 1) == [kept])
    #expect(try store.positions(nil, limit: 1, upTo: 1) == [kept])
  }

  @Test func `an empty page is given in time while an older event's transaction stays open`() throws {
    try one.begin()
    try one.append()
    try other.begin()
    let position = try other.append(coupon: 2)
    try other.commit()
    let began = ContinuousClock.now
    #expect(try store.positions() == [])
    let waited = began.duration(to: .now)
    #expect(waited >= .milliseconds(PostgresStore.settlingMillisecondsMax))
    #expect(waited < .seconds(20))
    try one.rollback()
    #expect(try store.positions(upTo: 1) == [position])
  }

  @Test func `an old transaction that writes no events holds nobody up`() throws {
    try one.begin()
    try one.run("CREATE TABLE scrip.unrelated (id bigint)")
    try other.begin()
    let position = try other.append()
    try other.commit()
    #expect(try store.positions() == [position])
    #expect(try store.positions(nil) == [position])
    try one.rollback()
  }

  @Test func `at the end of the log an empty page is given at once`() throws {
    try other.begin()
    let position = try other.append()
    try other.commit()
    try one.begin()
    let began = ContinuousClock.now
    for _ in 1...10 { #expect(try store.positions(after: position) == []) }
    #expect(began.duration(to: .now) < .milliseconds(10 * PostgresStore.settlingMillisecondsMax))
    try one.commit()
  }

  @Test func `a page that is about to settle is waited for`() throws {
    try one.begin()
    let first = try one.append(coupon: 1)
    try other.begin()
    let second = try other.append(coupon: 2)
    try other.commit()
    let ending = Thread { [one] in
      Thread.sleep(forTimeInterval: 0.1)
      do { try one.commit() } catch { Issue.record(error) }
    }
    ending.start()
    #expect(try store.positions().first == first)
    #expect(try store.positions(upTo: 2) == [first, second])
  }

  @Test func `of one coupon's stream nothing is held back, because it has one writer at a time`() throws {
    try one.begin()
    try one.append(coupon: 1)
    try other.begin()
    let position = try other.append(coupon: 2)
    try other.commit()
    #expect(try store.positions(coupon: 2) == [position])
    try one.rollback()
  }
}
