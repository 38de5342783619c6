import Forms
import Ledger
import Scrip

extension Topic {
  /// Orders that are kept here.
  static let orders = Topic(
    facts: [
      OrderCreated.self, OrderChanged.self, CheckoutStarted.self, OrderPaid.self, CheckoutFailed.self,
      OrderCancelled.self, OrderRefunded.self, OrderAmended.self, MailSent.self, MailGivenUp.self,
    ], entities: [Order.self, OrderRefund.self, OrderAmendment.self], cancellableWork: [.mail])

  /// Payments of orders through a provider.
  static let payments = Topic(
    facts: [
      PaymentSettingsChanged.self, PaymentStarted.self, PaymentIntentCreated.self, PaymentStateChanged.self,
      OrderAuthorized.self, RefundStarted.self, RefundCompleted.self, RefundFailed.self,
    ], tables: [PaymentRow.self, PaymentSettingsRow.self], entities: [ShownPaymentSettings.self])
}

extension Order: Entity {
  /// `order`
  public static let topic = "order"

  /// Where it is found.
  public var path: String { "/v1/orders/\(id.pathSegment)" }
}

extension OrderRefund: Entity {
  /// `order_refund`
  public static let topic = "order_refund"

  /// Where the order is found.
  public var path: String { "/v1/orders/\(orderID.pathSegment)" }
}

extension OrderAmendment: Entity {
  /// `order_amendment`
  public static let topic = "order_amendment"

  /// Where the order is found.
  public var path: String { "/v1/orders/\(orderID.pathSegment)" }
}

extension ExactText {
  /// The name as a path has it: whatever means something there is escaped.
  var pathSegment: String {  // String: a path of ours
    var path = ""
    for byte in text.utf8 {
      let scalar = Unicode.Scalar(byte)
      if byte < 0x80,
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "-_.~".unicodeScalars.contains(scalar)
      {
        path.unicodeScalars.append(scalar)
      } else {
        path += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return path
  }
}

/// An order as a step finds it, with the application that stands for it.
struct StandingOrder {
  let row: OrderRow
  let application: DiscountApplication?

  /// Finds an order.
  ///
  /// - Throws: `order_not_found`, or `coupon_unreadable` for something that can't be read.
  init(_ id: OrderID, in set: WorkingSet, of tenant: Tenant.ID) throws(Refusal) {
    let rows = set.keptOrders
    let key = Owned(tenant, Order.ID(of: id))
    if let failure = rows.unreadable[key] { throw .unreadable(failure) }
    guard let row = rows[key] else { throw Refusal(.notFound(.order), "There is no order \(id).") }
    self.row = row
    application = if let id = row.applicationID { try set.application(id, of: tenant) } else { nil }
  }

  /// Asks for an order with everything behind its application.
  static func ask(
    for id: OrderID, request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet
  ) {
    request.tenants.insert(tenant)
    request.addOrder(id, of: tenant)
    if set.keptOrders[Owned(tenant, Order.ID(of: id))]?.content.content.isMailed == true {
      for mail in MailKind.allCases { request.addMail(mail, of: id, tenant) }
    }
    guard let application = set.found.applicationOfOrder[Owned(tenant, id)],
      let held = set.applications[Owned(tenant, application)]?.application
    else { return }
    Repricing.ask(for: held, request: &request, of: tenant, given: set)
  }

  /// The quote that says what the order costs.
  ///
  /// - Throws: `coupon_unreadable` for one in a form that this program does not know.
  func quote() throws(Refusal) -> Quote {
    do throws(StoredFormError) { return try Quote(stored: row.content.content.quote) } catch {
      throw .unreadable("the quote of the order \(row.orderID)")
    }
  }

  /// Where a step leads from here.
  ///
  /// - Throws: the refusal that is named for what has happened to the order already, or has not.
  func after(_ step: OrderStep) throws(Refusal) -> OrderTransition {
    do throws(ForbiddenStep) { return try row.state.after(step) } catch {
      throw Refusal(
        .forbiddenStep(error.reason), error.detail,
        items: [
          Refusal.Item(
            pointer: "", code: error.reason.rawValue, message: error.detail,
            facts: ["state": .text(error.state.rawValue), "step": .text(error.step.request)])
        ])
    }
  }

  /// Refuses a total that the caller did not expect.
  func check(expectedTotal: Int64?) throws(Refusal) {
    try Refusal.check(expectedTotal: expectedTotal, row.content.content.total)
  }

  /// What happens in the order's stream, and what is answered.
  func decision(
    _ coupons: [(stream: StreamID, fact: any Fact<WorkingSet>)], _ own: [any Fact<WorkingSet>],
    _ context: DecisionContext
  ) -> Decision<WorkingSet> {
    Decision(
      coupons + own.map { (.order(row.orderID), $0) },
      reply: .order(row.orderID, of: context.tenant, isNew: false),
      isShort: coupons.contains { ($0.fact as? CouponRedeemed)?.isOverLimit ?? false })
  }
}

extension ReplySubject {
  /// The order as it is after the command.
  static func order(_ id: OrderID, of tenant: Tenant.ID, isNew: Bool) -> ReplySubject {
    .entity(isNew: isNew) { $0.keptOrders[Owned(tenant, Order.ID(of: id))]?.order }
  }
}

extension OrderStep {
  /// The last word of the path of the request that asks for it; its own word where no request does.
  var request: String {  // String: words of ours
    switch self {
    case .checkOut, .checkOutFree, .retry: "checkout"
    case .pay: "confirm"
    case .capture: "capture"
    case .refundPart: "refund"
    case .refundRest: "refund-rest"
    case .change, .authorize, .fail, .cancel, .amend: rawValue
    }
  }
}

extension ForbiddenStep {
  fileprivate var detail: String {
    switch reason {
    case .notCheckedOut: "The order was not checked out."
    case .paymentProcessing: "A payment of the order is under way: say whether it has come or failed."
    case .paymentAuthorized: "Money for the order is set aside: take it or let it go."
    case .paid: "The order is paid."
    case .partlyRefunded: "A part of the order was given back."
    case .refunded: "The whole order was given back."
    case .paymentFailed: "The last payment of the order failed: check it out again or call it off."
    case .cancelled: "The order was called off."
    }
  }
}

extension Refusal {
  /// Refuses a total that the caller did not expect, with the right one.
  static func check(expectedTotal: Int64?, _ total: Int64) throws(Refusal) {
    guard let expectedTotal, expectedTotal != total else { return }
    throw Refusal(
      .totalChanged, "The total is not the one that was expected.",
      items: [
        Refusal.Item(
          pointer: "/expected_total", code: Refusal.Code.totalChanged.rawValue,
          message: "Look at what it comes to now, and show the customer that.",
          facts: ["expected": .integer(expectedTotal), "actual": .integer(total)])
      ])
  }
}

extension WorkingSet {
  /// Refuses what is asked of an application by itself if its order is kept here: what the order costs and where it stands
  /// would not know of it.
  func checkNotKept(_ id: OrderID, _ tenant: Tenant.ID) throws(Refusal) {
    try checkNotKept(id, Order.ID(of: id), tenant)
  }

  /// The same for whoever knows already what the order would be found by.
  func checkNotKept(_ id: OrderID, _ keptID: Order.ID, _ tenant: Tenant.ID) throws(Refusal) {
    guard keptOrders.holds(Owned(tenant, keptID)) else { return }
    throw Refusal(
      .orderKeptHere, "The order \(id) is kept here: its codes change, are used and are given back with it.",
      items: [
        Refusal.Item(
          pointer: "/order_id", code: Refusal.Code.orderKeptHere.rawValue,
          message: "Use the steps of the order.", facts: ["order_id": .text(id.text)])
      ])
  }
}
