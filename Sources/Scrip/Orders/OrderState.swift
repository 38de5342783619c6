/// Where an order stands.
public enum OrderState: String, CaseIterable, Hashable, Sendable {
  /// Not checked out yet: items and codes can be changed, and are priced again.
  case pending
  /// Its payment is under way.
  case processing
  /// Its money is set aside and not taken yet: with capture by hand.
  case authorized
  /// Paid.
  case paid
  /// Paid, and a part was given back.
  case partlyRefunded = "partly_refunded"
  /// Paid, and everything was given back.
  case refunded
  /// Its payment failed; it can be tried again.
  case failed
  /// It will never be paid, or everything that was paid was given back because of that.
  case cancelled
}

/// What may happen to an order.
public enum OrderStep: String, CaseIterable, Hashable, Sendable {
  /// Items or codes are changed.
  case change
  /// The customer wants to pay.
  case checkOut = "check_out"
  /// The same for an order that costs nothing.
  case checkOutFree = "check_out_free"
  /// The customer wants to pay after a payment failed.
  case retry
  /// The provider has set the money aside.
  case authorize
  /// The money that was set aside is taken.
  case capture
  /// The provider has the money.
  case pay
  /// The provider will not have the money from this try.
  case fail
  /// A part is given back.
  case refundPart = "refund_part"
  /// Everything that is left is given back.
  case refundRest = "refund_rest"
  /// The order is called off.
  case cancel
  /// Items of a paid order are changed.
  case amend
}

/// What has to be done once a step was taken. Each is done once, outside of the step itself where it reaches others.
public enum OrderAction: String, CaseIterable, Hashable, Sendable {
  /// Nothing.
  case none
  /// Price items and codes, and lock what applies.
  case price
  /// Have the provider take the money, while the locks are held.
  case takePayment = "take_payment"
  /// Lock the codes again, which were given back, and have the provider take the money.
  case lockAndTakePayment = "lock_and_take_payment"
  /// Redeem the usages.
  case redeem
  /// Give the usages back.
  case release
  /// Have the provider let go of the money, and give the usages back.
  case voidAndRelease = "void_and_release"
  /// Give money back.
  case refund
  /// Give all money back, and the usages whose coupons restore them after that.
  case refundAndRestore = "refund_and_restore"
  /// Price the items again, and charge or give back the difference.
  case settleDifference = "settle_difference"
}

/// Where a step leads.
public struct OrderTransition: Hashable, Sendable {
  /// Where the order stands then.
  public let state: OrderState
  /// What has to be done then.
  public let action: OrderAction

  /// Makes a transition.
  public init(_ state: OrderState, _ action: OrderAction) {
    self.state = state
    self.action = action
  }
}

/// A step that an order can't take from where it stands.
public struct ForbiddenStep: Error, Hashable, Sendable {
  /// Why, by the name of what has happened already, or has not.
  public enum Reason: String, CaseIterable, Hashable, Sendable {
    /// Nobody has checked it out.
    case notCheckedOut = "order_not_checked_out"
    /// A payment is under way, and its outcome is not known.
    case paymentProcessing = "payment_processing"
    /// Money is set aside: it is to be taken or let go.
    case paymentAuthorized = "payment_authorized"
    /// It is paid.
    case paid = "order_paid"
    /// A part was given back.
    case partlyRefunded = "order_partly_refunded"
    /// Everything was given back.
    case refunded = "order_refunded"
    /// The last payment failed: it is to be tried again, or the order called off.
    case paymentFailed = "payment_failed"
    /// It was called off.
    case cancelled = "order_cancelled"
  }

  /// Where the order stands.
  public let state: OrderState
  /// What it can't do.
  public let step: OrderStep

  /// Makes an error.
  public init(_ state: OrderState, _ step: OrderStep) {
    self.state = state
    self.step = step
  }

  /// Why.
  public var reason: Reason {
    switch state {
    case .pending: .notCheckedOut
    case .processing: .paymentProcessing
    case .authorized: .paymentAuthorized
    case .paid: .paid
    case .partlyRefunded: .partlyRefunded
    case .refunded: .refunded
    case .failed: .paymentFailed
    case .cancelled: .cancelled
    }
  }
}

extension OrderState {
  /// Whether nothing can happen to it any more.
  public var isFinal: Bool { OrderStep.allCases.allSatisfy { transition($0) == nil } }

  /// Whether the customer's money is with the shop, all of it or what refunds have left.
  public var isPaid: Bool { self == .paid || self == .partlyRefunded }

  /// Where a step leads, and what has to be done then.
  ///
  /// - Throws: `ForbiddenStep` for a step that can't be taken from here.
  public func after(_ step: OrderStep) throws(ForbiddenStep) -> OrderTransition {
    guard let transition = transition(step) else { throw ForbiddenStep(self, step) }
    return transition
  }

  private func transition(_ step: OrderStep) -> OrderTransition? {
    switch (self, step) {
    case (.pending, .change): OrderTransition(.pending, .price)
    case (.pending, .checkOut): OrderTransition(.processing, .takePayment)
    case (.pending, .checkOutFree): OrderTransition(.paid, .redeem)
    case (.pending, .cancel): OrderTransition(.cancelled, .release)
    case (.processing, .authorize): OrderTransition(.authorized, .none)
    case (.processing, .pay), (.authorized, .capture): OrderTransition(.paid, .redeem)
    case (.processing, .fail), (.authorized, .fail): OrderTransition(.failed, .release)
    case (.authorized, .cancel): OrderTransition(.cancelled, .voidAndRelease)
    case (.failed, .retry): OrderTransition(.processing, .lockAndTakePayment)
    // Its usages went back when the payment failed.
    case (.failed, .cancel): OrderTransition(.cancelled, .none)
    case (.paid, .refundPart), (.partlyRefunded, .refundPart): OrderTransition(.partlyRefunded, .refund)
    case (.paid, .refundRest), (.partlyRefunded, .refundRest): OrderTransition(.refunded, .refundAndRestore)
    case (.paid, .cancel): OrderTransition(.cancelled, .refundAndRestore)
    case (.paid, .amend): OrderTransition(.paid, .settleDifference)
    case (.pending, _), (.processing, _), (.authorized, _), (.failed, _), (.paid, _), (.partlyRefunded, _),
      (.refunded, _), (.cancelled, _):
      nil
    }
  }
}
