import Digest
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// What became of a transaction whose commit got no answer.
@Suite(.enabled(if: TestDatabase.server != nil)) struct LostTransactionTests {
  private static let tenant = Tenant.ID(1)
  private static let lost = StoreFailure.postgres("08006", "the connection broke")
  private let database: TestDatabase
  private let store: PostgresStore

  init() throws {
    database = try TestDatabase()
    store = try database.store()
  }

  private func answers(_ keys: [String], at microseconds: Int64 = 1) -> WorkingSet {
    var set = WorkingSet()
    for key in keys {
      let answer = StoredAnswer(
        fingerprint: SHA256.hash(Array(key.utf8)),
        form: KeptForm(kind: "tenant", body: Array("{}".utf8)),
        at: Instant(microseconds: microseconds))
      set.answers.insert(answer, for: Owned(Self.tenant, IdempotencyKey.Name(key)))
    }
    return set
  }

  private func events(_ streams: [UInt128]) -> WorkingSet {
    var set = WorkingSet()
    for stream in streams {
      let event = Event(
        tenant: Self.tenant, stream: .coupon(Coupon.ID(stream)), sequence: 1, at: Instant(microseconds: 1),
        actor: .system, requestID: nil, fact: CouponActivated())
      set.log.events.append(ChainedEvent(event, after: .empty))
    }
    return set
  }

  private func write(_ set: WorkingSet) throws {
    try store.transaction { (transaction) throws(StoreFailure) in try transaction.write(set) }
  }

  private func wasCommitted(_ set: WorkingSet) throws -> Bool {
    let trace = try #require(set.trace)
    return try store.wasCommitted(LostTransaction(number: 3, trace: trace), unless: Self.lost)
  }

  @Test func `one answer that another node has given says nothing about the others`() throws {
    let own = answers(["a", "b", "c"])
    #expect(try wasCommitted(own) == false)
    for key in ["a", "b"] {
      try write(answers([key]))
      #expect(try wasCommitted(own) == false)
    }
    try write(answers(["c"]))
    #expect(try wasCommitted(own))
  }

  @Test func `the same question answered at another moment is another transaction's`() throws {
    try write(answers(["a"], at: 2))
    #expect(try wasCommitted(answers(["a"], at: 1)) == false)
    #expect(try wasCommitted(answers(["a"], at: 2)))
  }

  @Test func `the last event alone says nothing about those before it`() throws {
    let own = events([1, 2])
    // Another node has taken the same step at the same moment.
    try write(events([2]))
    #expect(try wasCommitted(own) == false)
    try write(events([1]))
    #expect(try wasCommitted(own))
  }

  @Test func `events prove nothing about answers, nor answers about events`() throws {
    var own = events([1])
    own.answers = answers(["a"]).answers
    try write(events([1]))
    #expect(try wasCommitted(own) == false)
    try write(answers(["a"]))
    #expect(try wasCommitted(own))
  }
}
