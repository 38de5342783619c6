import Ledger
import Promotions

/// A row of `coupon` that can't be read.
struct UnreadableCoupon {
  let failure: StoreFailure
  /// An archived coupon's codes open nothing, whatever else is wrong with it.
  let isArchived: Bool
}
