import Ledger
import Scrip

/// A payment of an order through a provider. Its history is the order's, so whoever changes it has the order's lock.
public struct PaymentRow: Hashable, Sendable {
  /// The payment.
  public var payment: Payment

  /// Makes a row.
  public init(_ payment: Payment) { self.payment = payment }
}

extension PaymentRow: StoredRow {
  /// `payment`
  public static let shape = TableShape(Self.self, "payment", noun: "payment")

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Payment.ID>?
  ) throws(StoreFailure) -> Owned<Payment.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Payment.ID>
  ) throws(StoreFailure) -> Self {
    let old = row?.payment
    let orderID = try walk.column("order_id", .fixed, old?.orderID)
    let service = try walk.column("provider", .fixed, old?.service)
    let capture = try walk.column("capture", .fixed, old?.capture)
    let currency = try walk.column("currency", .fixed, old?.amount.currency)
    let amount = try walk.count("amount", .fixed, old?.amount.minorUnits)
    let payBy = try walk.column("pay_by", .fixed, old?.payBy)
    let createdAt = try walk.column("created_at", .fixed, old?.createdAt)
    var payment = Payment(
      id: key.value, orderID: orderID, service: service, capture: capture,
      amount: Money(minorUnits: amount, currency: currency), payBy: payBy, createdAt: createdAt)
    payment.state = try walk.column("state", .hot, old?.state)
    payment.intent = try walk.optional("intent", .hot, old?.intent)
    payment.clientSecret = try walk.optional("client_secret", .hot, old?.clientSecret)
    payment.end = try walk.optional("given_up_for", .hot, old?.end)
    payment.endReason = try walk.optional("given_up_reason", .hot, old?.endReason)
    payment.problem = try walk.optional("problem", .hot, old?.problem)
    payment.refundCount = try walk.count("refund_count", .hot, old?.refundCount)
    payment.refundDue = try walk.count("refund_due", .hot, old?.refundDue)
    payment.refunded = try walk.count("refunded", .hot, old?.refunded)
    payment.updatedAt = try walk.column("updated_at", .hot, old?.updatedAt)
    return Self(payment)
  }

  /// What people call it.
  public static func label(of key: Owned<Payment.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension PaymentState: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .starting: 0
    case .open: 1
    case .processing: 2
    case .authorized: 3
    case .capturing: 4
    case .cancelling: 5
    case .succeeded: 6
    case .canceled: 7
    case .failed: 8
    }
  }
}

extension PaymentService: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .manual: 0
    case .stripe: 1
    }
  }
}

extension PaymentCapture: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .automatic: 0
    case .manual: 1
    }
  }
}

extension PaymentEnd: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .failed: 0
    case .cancelled: 1
    }
  }
}

extension DueWork.Kind {
  /// A step of a payment through a provider.
  public static let payment: DueWork.Kind = "payment"
  /// Money that a provider is to give back.
  public static let refund: DueWork.Kind = "refund"
}

extension DueKey {
  /// What is to be asked of the provider about a payment next.
  ///
  /// Each step is work of its own, so that a step that somebody wants does not wait for the pause of the one before it.
  public static func payment(_ id: Payment.ID, _ action: PaymentAction) -> DueKey {
    DueKey(.payment, ExactText("\(id)/\(action.rawValue)"))
  }

  /// Money that a provider is to give back.
  public static func refund(_ number: Int64, of id: Payment.ID) -> DueKey {
    DueKey(.refund, ExactText("\(id)/\(number)"))
  }

  /// Which payment it is about; nil for other work.
  public var paymentID: Payment.ID? {
    guard kind == .payment || kind == .refund else { return nil }
    return Payment.ID(name.text.prefix { $0 != "/" })
  }

  /// Which refund it is about; nil for other work.
  public var refundNumber: Int64? {
    guard kind == .refund, let slash = name.text.lastIndex(of: "/") else { return nil }
    return Int64(name.text[name.text.index(after: slash)...])
  }
}

extension LoadRequest {
  /// Asks for a payment, and for the work that it waits for.
  mutating func addPayment(_ id: Payment.ID, of tenant: Tenant.ID) {
    shelf[PaymentRow.self].insert(Owned(tenant, id))
    for action in PaymentAction.allCases where action != .none {
      dueWork.insert(Owned(tenant, .payment(id, action)))
    }
  }
}

extension WorkingSet {
  /// Changes a payment of the order in whose stream something has happened, and the work that it waits for.
  mutating func changePayment(
    _ id: Payment.ID, at place: EventPlace, _ change: (inout Payment) -> Void
  ) {
    let key = Owned(place.tenant, id)
    guard let before = shelf[PaymentRow.self][key]?.payment else { return }
    shelf[PaymentRow.self].count(key) { row in
      row.payment.updatedAt = place.at
      change(&row.payment)
    }
    guard let after = shelf[PaymentRow.self][key]?.payment, before.state.action != after.state.action else {
      return
    }
    if before.state.action != .none { dueWork.end(Owned(place.tenant, .payment(id, before.state.action))) }
    if after.state.action != .none {
      dueWork.schedule(Owned(place.tenant, .payment(id, after.state.action)), at: place.at)
    }
  }
}
