import Ledger
import Promotions
import Scrip

extension ReadTransaction {
  /// The coupons that rows tell of, with their terms. Those that nobody has asked for lately take one round trip more.
  ///
  /// - Parameter rows: the columns of `coupon`, and maybe others behind them.
  /// - Returns: a coupon for each row; nil where one can't be read, which is noted.
  func coupons(_ rows: ResultRows, noting unreadable: UnreadableRows) throws(StoreFailure) -> [Coupon?] {
    var found: [(key: Owned<Coupon.ID>, row: CouponRow?)] = []
    for row in rows {
      let key = try row.key(CouponRow.self)
      let read = try unreadable.read("coupon", key.value.description, of: key.tenant) {
        () throws(StoreFailure) in try row.row(CouponRow.self).row
      }
      found.append((key, read))
    }
    let versions = try terms(of: found.compactMap { key, row in row?.versionKey(of: key.tenant) })
    return try found.map { (key, row) throws(StoreFailure) -> Coupon? in
      guard var row else { return nil }
      return try unreadable.read("coupon", key.value.description, of: key.tenant) { () throws(StoreFailure) in
        if let known = versions[row.versionKey(of: key.tenant)] { row.terms = known }
        return try row.readable()
      }
    }
  }

  private func terms(
    of keys: [Owned<VersionKey>]
  ) throws(StoreFailure) -> [Owned<VersionKey>: Result<DecodedTerms, StoreFailure>] {
    var known: [Owned<VersionKey>: Result<DecodedTerms, StoreFailure>] = [:]
    var request = LoadRequest()
    for key in keys {
      if let cached = terms.find(key) { known[key] = .success(cached) } else { request.versions.insert(key) }
    }
    if request.isEmpty { return known }
    var set = WorkingSet()
    try load(request, into: &set)
    terms.insert(set.versions)
    for (key, row) in set.versions.all { known[key] = row.decoded }
    return known
  }
}
