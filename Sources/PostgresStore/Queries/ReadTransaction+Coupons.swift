import Engine
import Scrip

extension ReadTransaction {
  /// The coupons that rows tell of, with their terms. Those that nobody has asked for lately take one round trip more.
  ///
  /// - Parameter rows: the columns of `FoundCoupon`, and maybe others behind them.
  /// - Returns: a coupon for each row; nil where one can't be read, which is noted.
  func coupons(_ rows: Rows, noting unreadable: UnreadableRows) throws(StoreFailure) -> [Coupon?] {
    var found: [FoundCoupon?] = []
    for row in rows {
      let key = try FoundCoupon.key(row, from: 0)
      found.append(
        try unreadable.read("coupon", key.value.description, of: key.tenant) { () throws(StoreFailure) in
          try FoundCoupon(row, from: 0)
        })
    }
    let terms = try terms(of: found.compactMap { $0 })
    var coupons: [Coupon?] = []
    for coupon in found {
      guard let coupon else {
        coupons.append(nil)
        continue
      }
      let key = coupon.key
      coupons.append(
        try unreadable.read("coupon", key.value.description, of: key.tenant) { () throws(StoreFailure) in
          guard let terms = try terms[coupon.versionKey]?.get() else {
            throw .corrupt("the version of a coupon")
          }
          var set = WorkingSet()
          coupon.put(terms, into: &set)
          return set.coupons[key]?.coupon
        } ?? nil)
    }
    return coupons
  }

  private func terms(
    of found: [FoundCoupon]
  ) throws(StoreFailure) -> [Owned<VersionKey>: Result<CouponTerms, StoreFailure>] {
    var known: [Owned<VersionKey>: Result<CouponTerms, StoreFailure>] = [:]
    var missing: Set<Owned<VersionKey>> = []
    for coupon in found {
      if let cached = terms.find(coupon.versionKey) {
        known[coupon.versionKey] = .success(cached.terms)
      } else {
        missing.insert(coupon.versionKey)
      }
    }
    if missing.isEmpty { return known }
    var request = LoadRequest()
    request.versions = missing
    var set = WorkingSet()
    try load(request, into: &set)
    for (key, loaded) in set.versions {
      terms.insert(DecodedTerms(terms: loaded, isWhole: !set.partlyKnownVersions.contains(key)), for: key)
      known[key] = .success(loaded)
    }
    for (key, failure) in set.unreadableVersions { known[key] = .failure(failure) }
    return known
  }
}
