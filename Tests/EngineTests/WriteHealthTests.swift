import Scrip
import Testing

@testable import Ledger
@testable import Promotions

/// What commits and trials tell of a store's writing.
@Suite struct WriteHealthTests {
  private static let full = StoreFailure(kind: .full, code: "53100", message: "no space")
  private static let disk = StoreFailure(kind: .unavailable, code: "58030", message: "I/O", isOfDisk: true)
  private static let away = StoreFailure(kind: .unavailable, code: "08006", message: "gone")

  @Test(arguments: [full, disk])
  func `what a commit found full or broken counts until its tables are written`(failure: StoreFailure) {
    let health = WriteHealth(memory: .seconds(3600))
    health.failed(failure, writing: [.coupon, .usage, .event])
    health.probeSucceeded()
    #expect(health.failure?.code == failure.code)
    health.succeeded(writing: [.tenant, .accessKey, .event])
    #expect(health.failure?.code == failure.code, "others were written")
    health.succeeded(writing: [.usage])
    #expect(health.failure?.code == failure.code)
    health.succeeded(writing: [.coupon, .code])
    #expect(health.failure == nil)
  }

  @Test func `of several failures what all of them wanted to write is to blame`() {
    let health = WriteHealth(memory: .seconds(3600))
    health.failed(Self.full, writing: [.coupon, .usage, .event])
    health.failed(Self.full, writing: [.coupon, .code])
    health.succeeded(writing: [.coupon])
    #expect(health.failure == nil)
    health.failed(Self.full, writing: [.coupon])
    health.failed(Self.full, writing: [.tenant])
    health.succeeded(writing: [.coupon])
    #expect(health.failure != nil)
    health.succeeded(writing: [.tenant])
    #expect(health.failure == nil)
  }

  @Test func `what is not found again is forgotten, unless a trial finds it`() {
    let health = WriteHealth(memory: .zero)
    health.failed(Self.full, writing: [.coupon])
    #expect(health.failure != nil, "nothing was tried yet")
    health.probeSucceeded()
    #expect(health.failure == nil)
    health.failed(Self.full, writing: [.coupon])
    health.probeFailed(Self.full)
    #expect(health.failure != nil)
  }

  @Test func `a trial proves that a database is back that was away as a whole`() {
    let health = WriteHealth(memory: .seconds(3600))
    health.failed(Self.away, writing: [.coupon])
    #expect(health.failure != nil)
    health.probeSucceeded()
    #expect(health.failure == nil)
  }
}

extension StoredTable {
  fileprivate static let coupon = StoredTable(CouponRow.shape)
  fileprivate static let usage = StoredTable(UsageRow.shape)
  fileprivate static let tenant = StoredTable(TenantRecord.shape)
  fileprivate static let code = StoredTable(CodeRecord.shape)
  fileprivate static let accessKey = StoredTable(AccessKey.shape)
}
