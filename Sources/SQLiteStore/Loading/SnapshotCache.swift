import Digest
import Ledger
import Promotions
import Scrip

/// What one connection has read in its current snapshot, absences included, so that a hot code costs no statement.
final class SnapshotCache {
  var tenants = GenerationCache<Tenant.ID, TenantRecord?>(generationMax: 256)
  var coupons = GenerationCache<Owned<Coupon.ID>, CouponRow?>(generationMax: 512)
  var codes = GenerationCache<Owned<CouponCode>, CodeRecord?>(generationMax: 1024)
  var skeletons = GenerationCache<Owned<CodeSkeleton>, CodeRecord?>(generationMax: 1024)
  var accessKeys = GenerationCache<Hash256, AccessKey?>(generationMax: 512)

  func removeAll() {
    tenants.removeAll()
    coupons.removeAll()
    codes.removeAll()
    skeletons.removeAll()
    accessKeys.removeAll()
  }
}
