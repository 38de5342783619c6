import Ledger
import Scrip

/// What a store answers statistics from, all in one consistent view.
public protocol CouponUsesReader {
  /// Loads what a request names.
  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure)

  /// Every day of a coupon's uses.
  func couponDays(of key: Owned<Coupon.ID>) throws(StoreFailure) -> [(Owned<CouponDayKey>, CouponDayRow)]

  /// How many buyers a coupon has.
  func couponUserCount(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64

  /// A page of one stream behind a position, oldest first, with rows that can't be read.
  func tail(
    of stream: StreamID, _ tenant: Tenant.ID, after position: Int64, limit: Int
  ) throws(StoreFailure) -> [LoggedRow]
}

extension CouponUsesReader {
  /// How a coupon was used: what the projection has, and the events of the coupon that it has not read yet.
  public func statistics(of key: Owned<Coupon.ID>) throws(StoreFailure) -> CouponStatistics {
    let cursor = CouponUses.cursor(of: key.tenant)
    var set = WorkingSet()
    var request = LoadRequest()
    request.cursors.insert(cursor)
    try load(request, into: &set)
    // Rows that an older version of the fold has made are as good as none.
    let found = set.cursors[cursor].flatMap { $0.version < CouponUses.version ? nil : $0 }
    let tail = UnreadTail(
      try self.tail(
        of: .coupon(key.value), key.tenant, after: found?.position ?? 0, limit: UnreadTail.eventsMax + 1))
    var users: Int64 = 0
    if found != nil {
      for (day, row) in try couponDays(of: key) { set.couponDays.load(row, for: day) }
      users = try couponUserCount(of: key)
      request = LoadRequest()
      for change in tail.changes { CouponUses().addNeeds(of: change, to: &request) }
      request.couponDays = []
      if !request.isEmpty { try load(request, into: &set) }
    }
    users -= Int64(set.couponUsers.all.count)
    for change in tail.changes { CouponUses().fold(change, into: &set) }
    users += Int64(set.couponUsers.all.values.count { !$0.isVoid })
    return CouponStatistics(days: set.couponDays.all, uniqueUsers: users, asOf: tail.asOf)
  }
}

/// What the events of one coupon change that the projection has not read yet, as far as they are few and can be read.
private struct UnreadTail {
  /// How many are folded for one answer.
  static let eventsMax = 2000

  var changes: [UsageChange] = []
  /// When the first event happened that is left out, or the last one before it if that can't be read; nil if none is.
  var asOf: Instant?

  init(_ rows: [LoggedRow]) {
    var (read, last) = (0, Instant.earliest)
    for row in rows {
      guard case .success(let stored) = row.event else {
        asOf = last
        return
      }
      if read == UnreadTail.eventsMax {
        asOf = stored.envelope.at
        return
      }
      read += 1
      last = stored.envelope.at
      // Behind one that can't be understood nothing is told. The projection stops there as well, and says so.
      do throws(StoreFailure) {
        if let change = try CouponUses().change(by: stored) { changes.append(change) }
      } catch {
        asOf = last
        return
      }
    }
  }
}

extension CouponStatistics {
  fileprivate init(days: [Owned<CouponDayKey>: CouponDayRow], uniqueUsers: Int64, asOf: Instant?) {
    var uses: [Usage.State: Int64] = [:]
    var daily: [DailyUses] = []
    var overLimit: Int64 = 0
    for (key, row) in days {
      overLimit += row.overLimit
      for state in Usage.State.allCases where row[state] > 0 { uses[state, default: 0] += row[state] }
      let live = row.locked + row.redeemed
      guard live > 0 else { continue }
      daily.append(
        DailyUses(
          day: key.value.day, currency: key.value.currency, uses: live, discount: BoundedSum(row.discount)))
    }
    self.init(uses: uses, overLimit: overLimit, uniqueUsers: uniqueUsers, daily: daily)
    self.asOf = asOf
  }
}
