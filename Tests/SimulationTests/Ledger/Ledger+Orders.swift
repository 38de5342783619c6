/// Orders that the engine keeps, with the coupons that they hold.
extension Ledger {
  enum OrderState: String {
    case pending, processing, authorized, paid, partlyRefunded, refunded, failed, cancelled
  }

  /// What a customer is written about.
  enum Mail: String { case orderPaid = "order_paid", paymentFailed = "payment_failed" }

  struct KeptOrder: Equatable {
    let name: Name
    let cart: Cart
    let customer: Customer
    let quote: Quote
    /// What holds its coupons; nil if no code applies.
    let application: Int?
    var state = OrderState.pending
    /// The units that were given back, by line, by their places.
    var returned: [Name: Set<Int>] = [:]
    /// The money that was given back, by charge.
    var returnedShipping: [Name: Int] = [:]
    var refunded = 0
    /// The payment through a provider that it was checked out with last.
    var payment: Int?
    /// How many things have happened to it.
    var version = 1
    /// The mails that are to be sent, each with the number of what it tells of.
    var mails: [Mail: Int] = [:]

    /// Something happens, of which the customer is written if there is an address.
    mutating func goOn(to state: OrderState, facts: Int = 1, _ mail: Mail? = nil) {
      self.state = state
      version += facts
      if let mail, customer.email != nil { mails[mail] = version }
    }

    /// Whether nothing can become of it any more.
    var isOver: Bool { state == .refunded || state == .cancelled }

    var total: Int { cart.goods + cart.shipping - quote.discount }

    /// What each unit of a line has cost.
    func paid(_ line: Line) -> [Int] {
      let parts = quote.applied.flatMap(\.parts).filter { $0.target == line.id }
      return line.units.enumerated().map { place, price in price - parts.map { $0.units[place] }.reduce(0, +)
      }
    }

    /// What a charge has cost.
    func paid(_ charge: Charge) -> Int {
      charge.amount
        - quote.applied.flatMap(\.parts).filter { $0.target == charge.id }.map(\.amount).reduce(0, +)
    }

    /// Whether there is anything that was not given back, also if it has cost nothing.
    var isGivenBack: Bool {
      cart.lines.allSatisfy { returned[$0.id, default: []].count == $0.quantity }
        && cart.charges.allSatisfy { returnedShipping[$0.id, default: 0] == paid($0) }
    }
  }

  /// Why an order can't take a step.
  static func hindrance(_ state: OrderState) -> String {
    switch state {
    case .pending: "order_not_checked_out"
    case .processing: "payment_processing"
    case .authorized: "payment_authorized"
    case .paid: "order_paid"
    case .partlyRefunded: "order_partly_refunded"
    case .refunded: "order_refunded"
    case .failed: "payment_failed"
    case .cancelled: "order_cancelled"
    }
  }

  mutating func create(
    _ name: Name, codes typed: [Name], _ customer: Customer, _ cart: Cart, seconds: Int, isAllOrNothing: Bool
  ) -> Verdict {
    var wanted = once(typed)
    var quote = price(wanted, customer, cart, isLock: true)
    if isAllOrNothing, let reason = Ledger.leading(quote.refused.map(\.reason)) { return .refused(reason) }
    while !quote.refused.isEmpty {
      let left = Set(quote.refused.map(\.index))
      wanted = wanted.indices.filter { !left.contains($0) }.map { wanted[$0] }
      quote = price(wanted, customer, cart, isLock: true)
    }
    if !quote.applied.isEmpty {
      lock(name, quote, customer, cart, seconds: seconds)
      applications[applications.count - 1].isKept = true
    }
    orders.append(
      KeptOrder(
        name: name, cart: cart, customer: customer, quote: quote,
        application: quote.applied.isEmpty ? nil : applications.count - 1))
    return .made
  }

  mutating func checkOut(_ index: Int, seconds: Int?) -> Verdict {
    let order = orders[index]
    guard order.state == .pending || order.state == .failed else {
      return .refused(Ledger.hindrance(order.state))
    }
    if order.quote.applied.contains(where: \.isPending) { return .refused("shipping_not_known") }
    if order.state == .pending, order.total == 0 {
      if let application = order.application, case .refused(let reason) = use(application, nil) {
        return .refused(reason)
      }
      orders[index].goOn(to: .paid, facts: 2, .orderPaid)
      return .done
    }
    // What a provider takes is held for as long as may be.
    if let application = order.application, let reason = hold(application, hasProvider ? nil : seconds) {
      return .refused(reason)
    }
    orders[index].goOn(to: .processing)
    if hasProvider { begin(index) }
    return .done
  }

  /// Holds coupons for a payment; says why not.
  private mutating func hold(_ index: Int, _ seconds: Int?) -> String? {
    let application = applications[index]
    let longest = application.lockedAt + 7 * 86_400
    let end = seconds.map { min(now + $0, longest) } ?? longest
    if application.state == .locked {
      if application.isDoomed { return "lock_revoked" }
      applications[index].expiresAt = max(application.expiresAt, end)
      return nil
    }
    if application.cause != "requested", application.isDoomed { return "lock_revoked" }
    let hasRoom =
      end > now && application.uses.allSatisfy { hasRoomAgain($0, isRepriced: false) }
      && found(by: [], for: application).haveRoomAgain(application.uses, isRepriced: false)
    if !hasRoom { return "lock_expired" }
    for use in application.uses {
      uses[use].state = .locked
      uses[use].isDoomed = false
    }
    for use in application.uses { audit(use) }
    applications[index].state = .locked
    applications[index].cause = ""
    applications[index].isDoomed = false
    applications[index].expiresAt = end
    return nil
  }

  mutating func pay(_ index: Int, isHonoured: Bool) -> Verdict {
    let order = orders[index]
    guard order.state == .processing || order.state == .authorized else {
      return .refused(Ledger.hindrance(order.state))
    }
    if paymentUnderWay(index) != nil { return .refused("payment_by_provider") }
    if let application = order.application,
      case .refused(let reason) = use(application, nil, isHonoured: isHonoured)
    {
      return .refused(reason)
    }
    orders[index].goOn(to: .paid, .orderPaid)
    return .done
  }

  mutating func fail(_ index: Int) -> Verdict {
    let order = orders[index]
    guard order.state == .processing || order.state == .authorized else {
      return .refused(Ledger.hindrance(order.state))
    }
    if let payment = paymentUnderWay(index) { return giveUp(payment, isForCancelling: false) }
    letGo(order)
    orders[index].goOn(to: .failed, .paymentFailed)
    return .done
  }

  /// A mail that tells of something was sent, or given up; of what is not waited for nothing happens.
  mutating func mail(_ index: Int, _ mail: Mail, _ number: Int) -> Verdict {
    if orders[index].mails[mail] == number {
      orders[index].mails[mail] = nil
      orders[index].goOn(to: orders[index].state)
    }
    return .done
  }

  mutating func letGo(_ order: KeptOrder) {
    guard let application = order.application, applications[application].state == .locked else { return }
    giveBack(application, cause: "requested")
  }

  mutating func cancel(_ index: Int) -> Verdict {
    let order = orders[index]
    switch order.state {
    case .pending, .failed: letGo(order)
    case .authorized:
      if let payment = paymentUnderWay(index) { return giveUp(payment, isForCancelling: true) }
    case .paid:
      returnRest(index)
      if let application = order.application { _ = undo(application, .canceled) }
    case .processing, .partlyRefunded, .refunded, .cancelled:
      return .refused(Ledger.hindrance(order.state))
    }
    orders[index].goOn(to: .cancelled)
    giveMoneyBack(orders[index].refunded - order.refunded, index)
    return .done
  }

  /// Gives back so many units of a line and so much of a charge, or all that is left.
  mutating func refund(_ index: Int, _ parts: (line: Line, count: Int, charge: Charge?, money: Int)?)
    -> Verdict
  {
    let order = orders[index]
    guard order.state == .paid || order.state == .partlyRefunded else {
      return .refused(Ledger.hindrance(order.state))
    }
    guard let parts else {
      returnRest(index)
      return refunded(index, since: order)
    }
    let gone = order.returned[parts.line.id, default: []]
    let units = (0..<parts.line.quantity).filter { !gone.contains($0) }.prefix(parts.count)
    if units.count < parts.count { return .refused("not_refundable") }
    if let charge = parts.charge {
      let before = order.returnedShipping[charge.id, default: 0]
      if before + parts.money > order.paid(charge) { return .refused("not_refundable") }
      orders[index].returnedShipping[charge.id] = before + parts.money
      orders[index].refunded += parts.money
    }
    orders[index].returned[parts.line.id] = gone.union(units)
    orders[index].refunded += units.map { order.paid(parts.line)[$0] }.reduce(0, +)
    return refunded(index, since: order)
  }

  private mutating func returnRest(_ index: Int) {
    let order = orders[index]
    for line in order.cart.lines {
      let left = Set(0..<line.quantity).subtracting(order.returned[line.id, default: []])
      orders[index].refunded += left.map { order.paid(line)[$0] }.reduce(0, +)
      orders[index].returned[line.id] = Set(0..<line.quantity)
    }
    for charge in order.cart.charges {
      orders[index].refunded += order.paid(charge) - order.returnedShipping[charge.id, default: 0]
      orders[index].returnedShipping[charge.id] = order.paid(charge)
    }
  }

  private mutating func refunded(_ index: Int, since order: KeptOrder) -> Verdict {
    let isRest = orders[index].isGivenBack
    orders[index].goOn(to: isRest ? .refunded : .partlyRefunded)
    giveMoneyBack(orders[index].refunded - order.refunded, index)
    if isRest, let application = orders[index].application { _ = undo(application, .refunded) }
    return .done
  }
}
