/// Payments through a provider, told by what is known of the money.
extension Ledger {
  enum PaymentState: String {
    case starting, open, processing, authorized, capturing, cancelling, succeeded, canceled, failed
  }

  /// What a provider says of a payment, or time makes of it.
  enum News: CaseIterable { case begun, refused, waits, works, setAside, taken, letGo, timeIsOver }

  struct Payment: Equatable {
    let order: Int
    let amount: Int
    var state = PaymentState.starting
    /// Whether its order is to be called off when the money is let go of; nil if nobody has given it up.
    var isForCancelling: Bool?
    var problem: String?
    /// What is to be given back, refund by refund.
    var refunds: [Int] = []
    /// Which of the refunds the provider has made.
    var refunded: Set<Int> = []

    /// The provider may still take money, or has it in its hands.
    var isUnderWay: Bool { state != .succeeded && state != .canceled && state != .failed }

    /// An intent exists, and nothing is asked of it.
    var isWaiting: Bool { state == .open || state == .processing || state == .authorized }
  }

  /// How orders are paid that are checked out from now on, and what becomes of all that are paid without room.
  mutating func choose(hasProvider: Bool, isHonouring: Bool) -> Verdict {
    self.hasProvider = hasProvider
    self.isHonouring = isHonouring
    return .done
  }

  /// The payment of an order that is not over.
  func paymentUnderWay(_ index: Int) -> Int? {
    orders[index].payment.flatMap { payments[$0].isUnderWay ? $0 : nil }
  }

  mutating func begin(_ index: Int) {
    payments.append(Payment(order: index, amount: orders[index].total))
    orders[index].payment = payments.count - 1
    orders[index].goOn(to: .processing)
  }

  /// What becomes of a payment, and of its order.
  mutating func hear(_ news: News, of payment: Int, problem: String?) -> Verdict {
    let before = payments[payment]
    let (index, order) = (before.order, orders[before.order])
    guard before.isUnderWay else { return .done }
    let isOpen = before.state == .open || before.state == .processing
    // Whoever has given it up has the say why.
    let mayTell = before.state != .cancelling || before.problem == nil
    if mayTell, problem != nil, news != .begun, changes(news, before, isOpen) {
      payments[payment].problem = problem
    }
    switch news {
    case .begun where before.state == .starting: move(payment, to: .open)
    case .waits where before.state == .processing: move(payment, to: .open)
    case .waits where before.state == .open && problem != nil && problem != before.problem:
      payments[payment].problem = problem
      move(payment, to: .open)
    case .works where before.state == .open: move(payment, to: .processing)
    case .setAside where isOpen:
      move(payment, to: .authorized)
      orders[index].goOn(to: .authorized)
    case .taken where before.state != .starting: return take(payment)
    case .refused where before.state == .starting, .timeIsOver where before.state == .starting:
      payments[payment].isForCancelling = payments[payment].isForCancelling ?? false
      move(payment, to: .failed)
      end(order, index, isCancelled: false)
    case .letGo where before.state != .starting:
      move(payment, to: .canceled)
      end(order, index, isCancelled: before.isForCancelling == true && order.state == .authorized)
    case .timeIsOver where before.isWaiting:
      payments[payment].isForCancelling = before.isForCancelling ?? false
      move(payment, to: .cancelling)
    default: break
    }
    return .done
  }

  /// Whether news lead a payment to another state.
  private func changes(_ news: News, _ payment: Payment, _ isOpen: Bool) -> Bool {
    switch news {
    case .begun, .refused: payment.state == .starting
    case .waits: payment.state == .processing
    case .works: payment.state == .open
    case .setAside: isOpen
    case .taken, .letGo: payment.state != .starting
    case .timeIsOver: payment.state == .starting || payment.isWaiting
    }
  }

  private mutating func move(_ payment: Int, to state: PaymentState) {
    payments[payment].state = state
    orders[payments[payment].order].goOn(to: orders[payments[payment].order].state)
  }

  /// The money is there: coupons are used, or it goes back.
  private mutating func take(_ payment: Int) -> Verdict {
    let index = payments[payment].order
    let order = orders[index]
    var verdict = Verdict.done
    if let application = order.application { verdict = use(application, nil, isHonoured: isHonouring) }
    move(payment, to: .succeeded)
    guard case .refused = verdict else {
      orders[index].goOn(to: .paid, .orderPaid)
      return .done
    }
    end(order, index, isCancelled: false)
    giveMoneyBack(orders[index].total, index)
    return .done
  }

  private mutating func end(_ order: KeptOrder, _ index: Int, isCancelled: Bool) {
    letGo(order)
    if isCancelled {
      orders[index].goOn(to: .cancelled)
    } else {
      orders[index].goOn(to: .failed, .paymentFailed)
    }
  }

  /// The shop wants a payment given up.
  mutating func giveUp(_ payment: Int, isForCancelling: Bool) -> Verdict {
    let order = orders[payments[payment].order]
    if payments[payment].state == .cancelling {
      // To call an order off is more than to fail it, and can't be taken back.
      if payments[payment].isForCancelling == isForCancelling { return .done }
      if !isForCancelling { return .refused("payment_processing") }
      payments[payment].isForCancelling = true
      payments[payment].problem = "requested"
      move(payment, to: .cancelling)
      return .done
    }
    if payments[payment].state == .capturing { return .refused("payment_processing") }
    let isNew = payments[payment].state == .starting
    payments[payment].isForCancelling = isForCancelling
    payments[payment].problem = "requested"
    move(payment, to: isNew ? .failed : .cancelling)
    if isNew { end(order, payments[payment].order, isCancelled: false) }
    return .done
  }

  mutating func capture(_ index: Int) -> Verdict {
    guard orders[index].state == .authorized else { return .refused(Ledger.hindrance(orders[index].state)) }
    guard let payment = paymentUnderWay(index) else { return .refused("payment_processing") }
    switch payments[payment].state {
    case .capturing: return .done
    case .authorized:
      payments[payment].isForCancelling = nil
      payments[payment].problem = nil
      move(payment, to: .capturing)
      return .done
    default: return .refused("payment_processing")
    }
  }

  /// The provider is to give back money that it has taken, and not more than that.
  mutating func giveMoneyBack(_ amount: Int, _ index: Int) {
    guard let payment = orders[index].payment, payments[payment].state == .succeeded else { return }
    let money = min(amount, payments[payment].amount - payments[payment].refunds.reduce(0, +))
    guard money > 0 else { return }
    payments[payment].refunds.append(money)
    orders[index].goOn(to: orders[index].state)
  }

  /// The provider has made a refund.
  mutating func refunded(_ number: Int, of payment: Int) -> Verdict {
    if payments[payment].refunds.indices.contains(number), payments[payment].refunded.insert(number).inserted
    {
      orders[payments[payment].order].goOn(to: orders[payments[payment].order].state)
    }
    return .done
  }
}
