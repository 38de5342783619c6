import Ledger
import Scrip

/// A use of a coupon that a lock holds.
public struct HeldUse: Hashable, Sendable {
  /// The lock.
  public let applicationID: DiscountApplication.ID
  /// The code.
  public let code: CouponCode
  /// What it takes off, in minor units of the order's currency.
  public let amount: Int64
  /// The counters that it took from.
  public let counters: [UsageCounter]
  /// When the lock ends.
  public let expiresAt: Instant

  /// Makes a use.
  public init(
    applicationID: DiscountApplication.ID, code: CouponCode, amount: Int64, counters: [UsageCounter],
    expiresAt: Instant
  ) {
    self.applicationID = applicationID
    self.code = code
    self.amount = amount
    self.counters = counters
    self.expiresAt = expiresAt
  }
}
