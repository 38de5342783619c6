import Ledger
import Promotions
import Scrip
import TestSupport

/// Invoices of subscriptions, and by themselves.
extension Simulation {
  mutating func draft(_ place: Int) -> Step {
    let ledger = shops[place].ledger
    let bills = ledger.billing.bills
    let drafts = bills.indices.suffix(25).filter { bills[$0].state == .draft }
    let isKnown = !bills.isEmpty && chance(50)
    let index =
      isKnown
      ? (chance(15) ? nil : drafts.randomElement(using: &random))
        ?? bills.indices.randomElement(using: &random) : nil
    guard let index else {
      let name = Ledger.Name("inv-\(shops[place].keys)")
      return draft(name, newContent(place), place)
    }
    return draft(bills[index].name, changed(bills[index], place), place)
  }

  private mutating func draft(
    _ name: Ledger.Name, _ content: Ledger.BillContent, _ place: Int
  ) -> Step {
    let shop = shops[place]
    var trial = shop.ledger
    let known: Int? =
      switch trial.draft(name, content, expected: nil) {
      case .made, .done: trial.bill(name).map { trial.billing.bills[$0].price.discount }
      case .refused: nil
      }
    let expected = chance(20) ? known.map { $0 + any(of: [0, 0, 0, 1]) } : nil
    let subscription = content.subscription.map { shop.ledger.billing.subscriptions[$0].name }
    let request = Translation.bill(
      content, of: subscription, expected: expected, start: start, coupons: shop.couponIDs)
    let action = PriceInvoice(invoiceID: Translation.exact(name), request: request)
    var drafted = step(action, place, "\(name) \(content), expecting \(expected ?? -1)") {
      $0.draft(name, content, expected: expected)
    }
    drafted.shown = Simulation.shown(name)
    return drafted
  }

  private static func shown(_ name: Ledger.Name) -> (Ledger) -> ShownBill? {
    { ledger in ledger.bill(name).map { ShownBill(ledger.billing.bills[$0], in: ledger) } }
  }

  private mutating func newContent(_ place: Int) -> Ledger.BillContent {
    let ledger = shops[place].ledger
    let subscription =
      chance(85) ? Int.random(in: 0..<ledger.billing.subscriptions.count, using: &random) : nil
    var content = Ledger.BillContent(
      subscription: subscription, currency: chance(80) ? "USD" : "EUR", lines: lines())
    if let subscription, chance(95) {
      content.currency = ledger.billing.subscriptions[subscription].plan.currency
    }
    let users = Simulation.customers.compactMap(\.user)
    if subscription == nil ? chance(75) : chance(8) { content.customer = any(of: users) }
    content.date = date(subscription, place)
    for _ in 0..<any(of: [0, 0, 0, 0, 1, 1, 2, 3]) { content.named.append(named(place)) }
    content.revision = maybe(1...3)
    return content
  }

  private mutating func named(_ place: Int) -> Ledger.Named {
    let (name, typed) = couponName(place)
    let line = chance(30) ? Ledger.Name("l\(Int.random(in: 0...3, using: &random))") : nil
    return Ledger.Named(coupon: name, typed: Ledger.Name(typed), line: line)
  }

  private mutating func lines() -> [Ledger.BillLine] {
    (0..<any(of: [1, 1, 2, 3, 4])).map { number in
      let whole = any(of: [0, 1, 333, 1999, 5000, 10_000])
      let part = any(of: [0, 0, Ledger.parts / 2, 34_567_812, Ledger.parts / 2 - 1])
      return Ledger.BillLine(
        id: Ledger.Name("l\(number)"), amount: (whole * Ledger.parts + part) * (chance(12) ? -1 : 1),
        item: chance(70) ? any(of: Simulation.items) : nil,
        product: chance(70) ? any(of: Simulation.products) : nil,
        categories: chance(70) ? [any(of: ["shoes", "hats"])] : nil, isDiscountable: chance(90))
    }
  }

  /// A moment near to now, or at which something begins or ends; nil for now.
  private mutating func date(_ subscription: Int?, _ place: Int) -> Int? {
    if chance(20) { return nil }
    let ledger = shops[place].ledger
    let own = ledger.billing.associations.filter { $0.subscription == subscription }
    guard chance(25), let one = own.randomElement(using: &random) else {
      return ledger.now + Int.random(in: -25 * Simulation.day...75 * Simulation.day, using: &random)
    }
    var moments = [one.start, one.ends, one.detachedAt].compactMap(\.self)
    if case .months(let months) = ledger.uses[one.use].terms.billing?.cadence {
      moments.append(Ledger.later(one.start, months: months))
    }
    return any(of: moments) + any(of: [0, 0, -1])
  }

  private mutating func changed(_ bill: Ledger.Bill, _ place: Int) -> Ledger.BillContent {
    var content = bill.content
    if content.subscription != nil, chance(70) { content.customer = nil }
    if chance(30) { return content }
    if chance(40) { content.date = nil }
    if chance(50) { content.lines = lines() }
    if chance(25) { content.date = date(content.subscription, place) }
    if chance(30) { changeNamed(&content, place) }
    if chance(50), let last = content.revision {
      content.revision = max(0, last + Int.random(in: -1...2, using: &random))
    }
    if chance(3) { content.subscription = chance(50) ? nil : 0 }
    return content
  }

  /// Coupons that are named come, go, change places or are for something else.
  private mutating func changeNamed(_ content: inout Ledger.BillContent, _ place: Int) {
    switch Int.random(in: 0..<5, using: &random) {
    case 0 where !content.named.isEmpty: content.named.removeFirst()
    case 1: content.named.reverse()
    case 2 where !content.named.isEmpty:
      content.named[0].line = content.named[0].line == nil ? "l0" : nil
    case 3 where !content.named.isEmpty && content.named.count < 5:
      var again = content.named[0]
      again.line = again.line == nil ? "l0" : nil
      content.named.insert(again, at: Int.random(in: 0...content.named.count, using: &random))
    default: if content.named.count < 5 { content.named.append(named(place)) }
    }
  }

  private mutating func anyBill(_ place: Int, _ states: [Ledger.BillState]) -> Ledger.Name {
    let bills = shops[place].ledger.billing.bills
    let likely = bills.suffix(30).filter { states.contains($0.state) }
    if chance(3) || bills.isEmpty { return "inv-nowhere" }
    return (chance(15) ? nil : likely.randomElement(using: &random)?.name) ?? any(of: bills).name
  }

  mutating func finalize(_ place: Int) -> Step {
    let name = anyBill(place, [.draft])
    let ledger = shops[place].ledger
    let total = ledger.bill(name).map { ledger.billing.bills[$0].price.total }
    let expected = chance(50) ? total.map { $0 + any(of: [0, 0, 0, 0, 1]) } : nil
    let action = FinalizeInvoice(
      invoiceID: Translation.exact(name), expectedTotal: expected.map(Int64.init))
    var frozen = step(action, place, "\(name), expecting \(expected ?? -1)") {
      $0.finalize(name, expected: expected)
    }
    frozen.shown = Simulation.shown(name)
    return frozen
  }

  mutating func void(_ place: Int) -> Step {
    let name = anyBill(place, [.draft, .finalized])
    let isGivingBack = chance(40)
    let action = VoidInvoice(invoiceID: Translation.exact(name), givesBack: isGivingBack)
    var voided = step(action, place, "\(name), giving back \(isGivingBack)") {
      $0.void(name, isGivingBack: isGivingBack)
    }
    voided.shown = Simulation.shown(name)
    return voided
  }
}
