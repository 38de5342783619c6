import Engine
import Scrip

extension ReadTransaction {
  /// The coupons that rows tell of, with their terms. Those that nobody has asked for lately take one round trip more.
  ///
  /// - Parameter rows: the columns of `FoundCoupon`, and maybe others behind them.
  func coupons(_ rows: Rows) throws(StoreFailure) -> [Coupon] {
    var found: [FoundCoupon] = []
    for row in rows { found.append(try FoundCoupon(row, from: 0)) }
    let terms = try terms(of: found)
    var set = WorkingSet()
    var coupons: [Coupon] = []
    for coupon in found {
      guard let terms = terms[coupon.versionKey] else { throw .corrupt("the version of a coupon") }
      coupon.put(terms, into: &set)
      if let record = set.coupons[coupon.key] { coupons.append(record.coupon) }
    }
    return coupons
  }

  private func terms(
    of found: [FoundCoupon]
  ) throws(StoreFailure) -> [Owned<VersionKey>: CouponTerms] {
    var known: [Owned<VersionKey>: CouponTerms] = [:]
    var request = LoadRequest()
    for coupon in found {
      known[coupon.versionKey] = terms.find(coupon.versionKey)
      if known[coupon.versionKey] == nil { request.versions.insert(coupon.versionKey) }
    }
    if request.versions.isEmpty { return known }
    var set = WorkingSet()
    try load(request, into: &set)
    for (key, loaded) in set.versions {
      terms.insert(loaded, for: key)
      known[key] = loaded
    }
    return known
  }
}
