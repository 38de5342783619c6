/// What becomes of an order that is paid while the lock of its coupons was lost, and others have taken their place.
public enum WithoutRoom: String, CaseIterable, Sendable {
  /// The payment is not noted: whoever has the money gives it back, or finds room.
  case refuse
  /// The order keeps its discount: what has no room is redeemed outside of all counts, and says so.
  case honour
}
