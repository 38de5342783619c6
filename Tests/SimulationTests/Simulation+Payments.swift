import Ledger
import Promotions
import Scrip
import TestSupport

/// Payments through a provider: what it says, late, twice and in any order, and what the shop wants meanwhile.
extension Simulation {
  /// Another way to pay.
  mutating func choosePayments(_ place: Int) -> Step {
    let (hasProvider, isByHand, isHonouring) = (chance(70), chance(50), chance(50))
    var change = PaymentSettingsChange()
    change.service = hasProvider ? .stripe : .manual
    change.capture = isByHand ? .manual : .automatic
    change.withoutRoom = isHonouring ? .honour : .refund
    change.secretKey = "00ff"
    var choosing = step(ChangePaymentSettings(change), place, "\(hasProvider), honouring \(isHonouring)") {
      $0.choose(hasProvider: hasProvider, isHonouring: isHonouring)
    }
    // Orders take the tenant's settings as they find them.
    choosing.isReadUnlocked = true
    return choosing
  }

  /// News of an order's payment, or of an earlier one that is long over; nil if it has none, or nothing is heard.
  mutating func paymentStep(_ index: Int, _ place: Int) throws -> Step? {
    let ledger = shops[place].ledger
    guard let last = ledger.orders[index].payment,
      chance(ledger.orders[index].state == .authorized ? 30 : 70)
    else { return nil }
    let isLate = chance(10)
    let known = shops[place].paymentIDs.keys.sorted()
    let payment = isLate ? known.randomElement(using: &random) ?? last : last
    try learnPayments([index], place)
    guard let id = shops[place].paymentIDs[payment] else { return nil }
    let name: OrderID = Translation.exact(ledger.orders[ledger.payments[payment].order].name)
    if let number = ledger.payments[payment].refunds.indices.randomElement(using: &random), chance(60) {
      let action = ReportRefund(
        orderID: name, paymentID: id, number: Int64(number + 1),
        amount: Int64(ledger.payments[payment].refunds[number]), reference: "re_1")
      return step(action, place, "\(payment) \(number)") { $0.refunded(number, of: payment) }
    }
    let news = likely(after: ledger.payments[payment].state)
    let problem: String? = news != .begun && chance(40) ? any(of: ["card_declined", "expired_card"]) : nil
    let report = ReportPayment(orderID: name, paymentID: id, Translation.report(news, problem))
    return step(report, place, "\(payment) \(news) \(problem ?? "")") {
      $0.hear(news, of: payment, problem: problem)
    }
  }

  private mutating func likely(after state: Ledger.PaymentState) -> Ledger.News {
    if state == .starting, chance(70) { return .begun }
    if state == .open || state == .processing, chance(30) { return .setAside }
    if state != .starting, chance(30) { return .taken }
    return any(of: Ledger.News.allCases)
  }

  /// Asks the engine what payments are called.
  private mutating func learnPayments(_ indexes: [Int], _ place: Int) throws {
    let shop = shops[place]
    let unknown = indexes.filter {
      shop.ledger.orders[$0].payment.map { shop.paymentIDs[$0] == nil } ?? false
    }
    if unknown.isEmpty { return }
    let keys = unknown.map {
      Owned(shop.tenant, Order.ID(of: Translation.exact(shop.ledger.orders[$0].name)))
    }
    let set = try load { $0.keptOrders = Set(keys) }
    for (index, key) in zip(unknown, keys) {
      guard let payment = shop.ledger.orders[index].payment else { continue }
      shops[place].paymentIDs[payment] = set.keptOrders[key]?.paymentID
    }
  }

  private func load(_ ask: (inout LoadRequest) -> Void) throws -> WorkingSet {
    var request = LoadRequest()
    ask(&request)
    let wanted = request
    return try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      try reader.load(wanted, into: &set)
      return set
    }
  }

  /// Payments in the engine's tables against the ledger's, with the work that they wait for.
  mutating func comparePayments(of orders: some Collection<Ledger.KeptOrder>, _ shop: Shop) throws {
    guard let place = shops.firstIndex(where: { $0.tenant == shop.tenant }) else { return }
    let numbers = orders.compactMap(\.payment)
    try learnPayments(numbers.map { shop.ledger.payments[$0].order }, place)
    let known = numbers.compactMap { number in shops[place].paymentIDs[number].map { (number, $0) } }
    same(known.count, numbers.count, "payments of \(shop.tenant)")
    let set = try load { request in
      for (number, id) in known {
        request.shelf[PaymentRow.self].insert(Owned(shop.tenant, id))
        request.dueWork.formUnion(
          Simulation.work(of: shop.ledger.payments[number], id).map { Owned(shop.tenant, $0) })
      }
    }
    for (number, id) in known { compare(shop.ledger.payments[number], id, shop.tenant, set) }
  }

  /// All work that a payment may wait for.
  private static func work(of payment: Ledger.Payment, _ id: Payment.ID) -> [DueKey] {
    PaymentAction.allCases.filter { $0 != .none }.map { .payment(id, $0) }
      + payment.refunds.indices.map { .refund(Int64($0 + 1), of: id) }
  }

  private mutating func compare(
    _ expected: Ledger.Payment, _ id: Payment.ID, _ tenant: Tenant.ID, _ set: WorkingSet
  ) {
    let name = "of payment \(id)"
    let payment = set.shelf[PaymentRow.self][Owned(tenant, id)]?.payment
    let returned = expected.refunded.map { expected.refunds[$0] }.reduce(0, +)
    same(payment?.state.rawValue, expected.state.rawValue, "state \(name)")
    same(payment?.amount.minorUnits, Int64(expected.amount), "amount \(name)")
    same(payment?.problem?.text, expected.problem, "problem \(name)")
    same(payment?.refundDue, Int64(expected.refunds.reduce(0, +)), "what is to be given back \(name)")
    same(payment?.refunded, Int64(returned), "what was given back \(name)")
    var waiting: Set<String> = []
    if let action = Simulation.asked(in: expected.state) { waiting.insert(action) }
    for number in expected.refunds.indices where !expected.refunded.contains(number) {
      waiting.insert("refund \(number + 1)")
    }
    let found = Simulation.work(of: expected, id).filter { set.dueWork[Owned(tenant, $0)] != nil }
    let names = found.map { key in
      key.refundNumber.map { "refund \($0)" } ?? String(key.name.text.drop { $0 != "/" }.dropFirst())
    }
    same(Set(names), waiting, "what is to be asked \(name)")
  }

  private static func asked(in state: Ledger.PaymentState) -> String? {
    switch state {
    case .starting: "create"
    case .open, .processing, .authorized: "look"
    case .capturing: "capture"
    case .cancelling: "cancel"
    case .succeeded, .canceled, .failed: nil
    }
  }
}

extension Translation {
  static func report(_ news: Ledger.News, _ problem: String?) -> ReportPayment.Report {
    let heard: PaymentNews =
      switch news {
      case .begun: .begun
      case .refused: .refused
      case .waits: .waits
      case .works: .works
      case .setAside: .setAside
      case .taken: .taken
      case .letGo: .letGo
      case .timeIsOver: .giveUp
      }
    if heard == .begun { return .begun("pi_1", clientSecret: "00aa") }
    return .news(heard, problem: problem.map { PaymentProblem($0) })
  }
}
