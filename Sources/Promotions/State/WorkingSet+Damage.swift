import Ledger
import Scrip

extension WorkingSet {
  /// Tells of terms that can't be read, and of codes that were looked for by their looks.
  public func noteDamage(in rows: UnreadableRows) {
    for (key, row) in coupons.all {
      if case .failure(let failure) = row.terms {
        rows.note("coupon", CouponRow.label(of: key), key.tenant, failure)
      }
    }
    for (key, row) in versions.all {
      if case .failure(let failure) = row.decoded {
        rows.note("coupon version", VersionRow.label(of: key), key.tenant, failure)
      }
    }
    if codes.areReadable, found.unreadableSkeletons.isEmpty { return }
    let named = Set(codes.unreadable.keys.map { Owned($0.tenant, $0.value.skeleton) })
    for (key, failure) in found.unreadableSkeletons where !named.contains(key) {
      rows.note("code", "like \(key.value.text)", key.tenant, failure)
    }
  }
}
