import Forms
import Ledger
import Scrip

/// Makes an order that is kept here: prices its cart, and locks its codes' coupons.
public struct CreateOrder: PromotionAction {
  /// What the caller calls it; nil has a name made.
  public var orderID: OrderID?
  /// The codes as typed, at most 10. One that is given again changes nothing.
  public var codes: [TypedCode]
  /// Who buys.
  public let customer: Customer
  /// What is bought; no product stands in it twice.
  public let cart: Cart
  /// The language in which the customer is written to.
  public var locale: LanguageTag?
  /// Whether an address was told with it, to which the customer is written.
  public var isReachable: Bool
  /// The caller's own notes.
  public var metadata: [Note: Note]
  /// What the caller believes the order to cost, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// How long the lock lasts in seconds; nil for the tenant's default.
  public var lockSeconds: Int64?
  /// Whether a code that does not apply refuses the order, instead of being left out.
  public var isAllOrNothing: Bool
  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?
  private let encodedOrder: QuoteSnapshot.EncodedOrder

  /// Makes an action.
  public init(
    orderID: OrderID? = nil, codes: [String] = [], customer: Customer, cart: Cart, locale: LanguageTag? = nil,
    isReachable: Bool = false, metadata: [Note: Note] = [:], expectedTotal: Int64? = nil,
    lockSeconds: Int64? = nil,
    isAllOrNothing: Bool = true
  ) {
    self.orderID = orderID
    self.codes = codes.map(TypedCode.init)
    self.customer = customer
    self.cart = cart
    self.locale = locale
    self.isReachable = isReachable
    self.metadata = metadata
    self.expectedTotal = expectedTotal
    self.lockSeconds = lockSeconds
    self.isAllOrNothing = isAllOrNothing
    encodedOrder = QuoteSnapshot.EncodedOrder(cart: cart, customer: customer)
  }

  /// About the first code.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(codes.first?.code) }

  /// Asks for what has the order's name already, and for everything behind the codes.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    if let orderID { request.addOrder(orderID, of: tenant) }
    CodeResolution.ask(
      for: codes, customer: customer, currency: cart.currency, now: now, request: &request, of: tenant,
      given: set)
    Suspicion.ask(for: codes, screening, request: &request, of: tenant, given: set)
  }

  /// Makes the order. The very same order again is answered as it is.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let made: Order.ID = context.newID()
    let orderID = orderID ?? OrderID(made.description)
    let key = Owned(context.tenant, Order.ID(of: orderID))
    if set.keptOrders.holds(key) { return try keep(orderID, set, context) }
    if let held = Holding.application(ofOrder: orderID, context.tenant, set) {
      throw Refusal(
        .orderHasApplication,
        "The order has a \(held.state.rawValue) application, which was made without keeping the order here.")
    }
    let price = try OrderPrice(
      codes, customer: customer, cart: cart, screening: screening, in: set, context)
    let suspicion = price.proposal.suspicion
    if isAllOrNothing, !price.refused.isEmpty {
      return Decision(rejecting: price.refused, orderID: orderID, suspicion, in: set, context)
    }
    let rejection = Decision<WorkingSet>(rejecting: price.refused, orderID: orderID, suspicion?.record)
    try Refusal.check(expectedTotal: expectedTotal, price.quote.total)
    let applicationID: DiscountApplication.ID? = price.quote.applied.isEmpty ? nil : context.newID()
    let seconds = lockSeconds ?? set.settings(context.tenant).lockSeconds
    let locks =
      applicationID.map {
        price.proposal.lock(
          $0, for: orderID, until: context.now.adding(seconds: seconds), order: encodedOrder, context)
      } ?? []
    let created = OrderCreated(
      orderID: orderID,
      content: price.content(
        locale: locale, metadata: metadata,
        isMailed: isReachable && set.mails(customer, of: context.tenant)),
      applicationID: applicationID)
    let suspicions = price.proposal.suspicions(
      orderID: orderID, applicationID: applicationID, in: set, context)
    return Decision(
      price.proposal.endings(in: set, context) + rejection.facts + locks + suspicions + [
        (.order(orderID), created)
      ],
      reply: .order(orderID, of: context.tenant, isNew: true), isShort: price.isShort)
  }

  /// An order of that name is there: it is given if it is this very one, and nothing has become of it yet.
  private func keep(
    _ orderID: OrderID, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    let content = order.row.content.content
    let asked = try order.quote().askedCodes
    let isSame =
      content.cart == cart && content.customer.isSame(as: customer) && content.locale == locale
      && content.metadata == metadata && asked == Set(codes.map { $0.stored(context.tenant, set) })
    guard isSame, order.row.state == .pending else {
      throw Refusal(
        .orderExists, "There is an order \(orderID) already.",
        items: [
          Refusal.Item(
            pointer: "/id", code: Refusal.Code.orderExists.rawValue,
            message: "Change that order, or give this one another name.",
            facts: ["state": .text(order.row.state.rawValue)])
        ])
    }
    try order.check(expectedTotal: expectedTotal)
    return order.decision([], [], context)
  }
}

extension WorkingSet {
  /// Whether a customer whose address was told is written to.
  func mails(_ customer: Customer, of tenant: Tenant.ID) -> Bool {
    settings(tenant).mail.isOn && customer.recipient != nil
  }
}

extension Quote {
  /// Every code that was asked for, whether it applies or not.
  fileprivate var askedCodes: Set<ExactText<CouponCode>> {
    let refused = notApplied.map { CouponCode($0.code)?.canonical ?? $0.code }
    return Set((applied.map(\.code.canonical) + refused).map { ExactText($0) })
  }
}

extension TypedCode {
  /// The code as it is stored, or as it was typed if there is none.
  fileprivate func stored(_ tenant: Tenant.ID, _ set: WorkingSet) -> ExactText<CouponCode> {
    guard let code else { return ExactText(text) }
    return ExactText((set.code(code, of: tenant)?.grant.code ?? code).canonical)
  }
}
