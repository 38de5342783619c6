/// Why usages are given back.
public enum ReleaseCause: String, CaseIterable, Sendable {
  /// The caller gave it back: the payment failed, the cart was abandoned.
  case requested
  /// The lock's time ran out.
  case expired
  /// The coupon was disabled together with its locks.
  case revoked
  /// The paid order was canceled and the coupon restores then.
  case canceled
  /// The paid order was refunded in full and the coupon restores then.
  case fullyRefunded = "fully_refunded"
  /// The order was paid with a cart to which the code no longer applied.
  case noLongerApplies = "no_longer_applies"
}
