import Forms
import Ledger
import Scrip

/// A code was refused when somebody tried to lock it.
public struct CouponRejected: PromotionFact {
  /// `CouponRejected`
  public static let formName = "CouponRejected"

  /// The caller's order.
  public var orderID: OrderID
  /// The code as typed, cut to 80 characters.
  @Exact public var code: String
  /// Why.
  public var reason: RefusalReason
  /// What was thought of whoever asked; nil where nobody looked.
  public var screening: FraudRecord?

  /// Makes the fact.
  public init(orderID: OrderID, code: String, reason: RefusalReason, screening: FraudRecord? = nil) {
    self.orderID = orderID
    self.code = code
    self.reason = reason
    self.screening = screening
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let code = walk.required("code", fact?.code, .text())
    let reason = walk.required("reason", fact?.reason, .choice())
    let screening = walk.sparse(
      "screening", fact?.screening, .object(), "What was thought of whoever asked; absent: nobody looked.")
    guard let orderID, let code, let reason, let screening else { return nil }
    return Self(orderID: orderID, code: code, reason: reason, screening: screening)
  }

  /// It is only told.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {}
}
