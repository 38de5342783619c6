import Ledger
import Promotions
import Scrip
import TestSupport

/// Orders that the engine keeps, from the cart to the payment and back.
extension Simulation {
  mutating func orderStep() throws -> Step {
    let place = Int.random(in: 0..<shops.count, using: &random)
    if chance(4) { return choosePayments(place) }
    let count = shops[place].ledger.orders.count
    if count == 0 || chance(35) { return create(place) }
    // Mostly one of which something can become.
    let open = shops[place].ledger.orders.indices.suffix(30).filter { !shops[place].ledger.orders[$0].isOver }
    let index =
      chance(10) ? Int.random(in: 0..<count, using: &random) : open.randomElement(using: &random) ?? count - 1
    let order = shops[place].ledger.orders[index]
    let id: OrderID = Translation.exact(order.name)
    if let step = try paymentStep(index, place) { return step }
    // Mostly what can be done next.
    let wanted = chance(25) ? any(of: Ledger.orderStates) : order.state
    switch wanted {
    case .pending, .failed:
      if chance(20) { return cancel(id, index, place) }
      let seconds = chance(50) ? Int.random(in: 60...4000, using: &random) : nil
      return step(
        CheckOutOrder(orderID: id, lockSeconds: seconds.map(Int64.init)), place, "\(index) \(seconds ?? -1) s"
      ) { $0.checkOut(index, seconds: seconds) }
    case .authorized where chance(50):
      return step(CaptureOrder(orderID: id), place, "\(index)") { $0.capture(index) }
    case .processing, .authorized:
      if chance(8) { return cancel(id, index, place) }
      if chance(35) { return step(FailOrder(orderID: id), place, "\(index)") { $0.fail(index) } }
      let isHonoured = index % 2 == 0
      let action = PayOrder(orderID: id, withoutRoom: isHonoured ? .honour : .refuse)
      return step(action, place, "\(index), honoured \(isHonoured)") {
        $0.pay(index, isHonoured: isHonoured)
      }
    case .paid where chance(25): return cancel(id, index, place)
    case .paid, .partlyRefunded, .refunded, .cancelled: return refund(id, index, order, place)
    }
  }

  private mutating func create(_ place: Int) -> Step {
    let codes = chance(15) ? [] : someCodes(place)
    let (customer, cart) = (customer(for: codes, place), cart())
    let seconds = Int.random(in: 60...1800, using: &random)
    let isAllOrNothing = chance(50)
    let name = Ledger.Name("kept-\(shops[place].keys)")
    let action = CreateOrder(
      orderID: Translation.exact(name), codes: codes.map { typed($0) },
      customer: Translation.customer(customer), cart: Translation.cart(cart),
      isReachable: customer.email != nil,
      lockSeconds: Int64(seconds), isAllOrNothing: isAllOrNothing)
    var made = step(
      action, place, "\(name), \(codes), \(customer), \(cart), all or nothing \(isAllOrNothing)"
    ) {
      $0.create(name, codes: codes, customer, cart, seconds: seconds, isAllOrNothing: isAllOrNothing)
    }
    made.learn = { shop, id in
      if let id = DiscountApplication.ID(id) { shop.applicationIDs.append(id) }
    }
    return made
  }

  /// Mails of orders are sent or given up. History takes no other course by that: what is drawn for it is drawn again.
  mutating func recordMails() async throws {
    let before = random
    defer { random = before }
    for place in shops.indices where chance(40) {
      let orders = shops[place].ledger.orders
      let waiting = orders.indices.suffix(30).filter { !orders[$0].mails.isEmpty }
      guard let index = waiting.randomElement(using: &random),
        let (mail, number) = orders[index].mails.min(by: { $0.value < $1.value })
      else { continue }
      try await run([record(mail, number, Translation.exact(orders[index].name), index, place)])
    }
  }

  private mutating func record(
    _ mail: Ledger.Mail, _ number: Int, _ id: OrderID, _ index: Int, _ place: Int
  ) -> Step {
    let task = MailTask(Translation.mail(mail), orderID: id, number: Int64(number))
    let outcome: RecordMail.Outcome = chance(70) ? .sent("de") : .givenUp(.refused, reply: "550 5.1.1")
    return step(RecordMail(task, outcome, attempts: 1), place, "\(index) \(mail) \(number)") {
      $0.mail(index, mail, number)
    }
  }

  private mutating func cancel(_ id: OrderID, _ index: Int, _ place: Int) -> Step {
    step(CancelOrder(orderID: id), place, "\(index)") { $0.cancel(index) }
  }

  private mutating func refund(
    _ id: OrderID, _ index: Int, _ order: Ledger.KeptOrder, _ place: Int
  ) -> Step {
    if chance(30) {
      return step(RefundOrder(orderID: id, .rest), place, "\(index)") { $0.refund(index, nil) }
    }
    let line = any(of: order.cart.lines)
    let count = Int.random(in: 1...line.quantity, using: &random)
    let charge = chance(50) ? order.cart.charges.first { order.paid($0) > 0 } : nil
    let money = charge.map { Int.random(in: 1...order.paid($0), using: &random) } ?? 0
    let charges = charge.map { [(id: Translation.exact($0.id) as LineID, amount: Int64(money))] } ?? []
    let action = RefundOrder(
      orderID: id,
      .parts(lines: [(id: Translation.exact(line.id), units: .count(Int64(count)))], charges: charges))
    return step(action, place, "\(index), \(count) of \(line), \(money) of \(String(describing: charge))") {
      $0.refund(index, (line, count, charge, money))
    }
  }

  /// The orders in the engine's tables against the ledger's.
  mutating func compareOrders(_ shop: Shop, thoroughly: Bool) throws {
    let orders = thoroughly ? shop.ledger.orders[...] : shop.ledger.orders.suffix(15)
    if orders.isEmpty { return }
    let keys = orders.map { Owned(shop.tenant, Order.ID(of: Translation.exact($0.name))) }
    let set = try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      request.keptOrders = Set(keys)
      for order in orders {
        for mail in MailKind.allCases { request.dueWork.insert(due(mail, order, shop)) }
      }
      try reader.load(request, into: &set)
      return set
    }
    try comparePayments(of: orders, shop)
    for (key, expected) in zip(keys, orders) {
      let order = set.keptOrders[key]?.order
      compareMails(of: expected, shop, in: set)
      let name = "of order \(expected.name) of \(shop.tenant)"
      same(order?.state.rawValue, Translation.state(expected.state).rawValue, "state \(name)")
      same(order?.version, Int64(expected.version), "version \(name)")
      same(order?.content.total, Int64(expected.total), "total \(name)")
      same(order?.content.discount, Int64(expected.quote.discount), "discount \(name)")
      same(order?.refunded, Int64(expected.refunded), "what was given back \(name)")
      let application = expected.application.map { shop.applicationIDs[$0] }
      same(order?.applicationID, application, "application \(name)")
      if expected.state == .refunded {
        same(expected.refunded, expected.total, "all that was given back \(name)")
      }
      // A paid order is never left without its coupons, nor the other way round.
      let held = expected.application.map { shop.ledger.applications[$0].state }
      let isPaid = expected.state == .paid || expected.state == .partlyRefunded
      same(held.map { ($0 == .redeemed) || !isPaid } ?? true, true, "coupons \(name)")
      let mayHold = isPaid || expected.state == .refunded || expected.state == .cancelled
      same(held.map { $0 != .redeemed || mayHold } ?? true, true, "order of the coupons \(name)")
    }
  }
}

/// Mails that are due.
extension Simulation {
  private func due(_ mail: MailKind, _ order: Ledger.KeptOrder, _ shop: Shop) -> Owned<DueKey> {
    Owned(shop.tenant, .mail(mail, of: Translation.exact(order.name)))
  }

  private mutating func compareMails(of order: Ledger.KeptOrder, _ shop: Shop, in set: WorkingSet) {
    for mail in MailKind.allCases {
      let payload = set.dueWork[due(mail, order, shop)]?.payload
      let number = payload.flatMap { try? DueMail(payload: $0).task.number }
      let expected = order.mails.first { Translation.mail($0.key) == mail }.map { Int64($0.value) }
      same(number, expected, "mail \(mail) of order \(order.name) of \(shop.tenant)")
    }
  }
}

extension Ledger {
  /// The states in which an order can be.
  static let orderStates: [OrderState] = [
    .pending, .processing, .authorized, .paid, .partlyRefunded, .refunded, .failed, .cancelled,
  ]
}

extension Translation {
  static func mail(_ mail: Ledger.Mail) -> MailKind {
    switch mail {
    case .orderPaid: .orderPaid
    case .paymentFailed: .paymentFailed
    }
  }

  static func state(_ state: Ledger.OrderState) -> OrderState {
    switch state {
    case .pending: .pending
    case .processing: .processing
    case .authorized: .authorized
    case .paid: .paid
    case .partlyRefunded: .partlyRefunded
    case .refunded: .refunded
    case .failed: .failed
    case .cancelled: .cancelled
    }
  }
}
