import Forms
import JSON
import Ledger
import Promotions
import Scrip
import TestSupport

/// What is in the engine's tables of billing against what the ledgers count.
extension Simulation {
  /// What an answer shows of an invoice against the ledger's.
  mutating func compareAnswer(_ step: Step, _ outcome: CommandOutcome) throws {
    guard let shown = step.shown else { return }
    if case .refused(let refusal) = Simulation.verdict(outcome) {
      invoiced["\(type(of: step.command.action)) \(refusal)", default: 0] += 1
      return
    }
    let answer = try ShownBill(outcome.answer.body)
    same(answer, shown(shops[step.shop].ledger), "what is shown after \(step.title)")
    same(answer.faults, [], "laws of \(step.title)")
    for reason in answer.refused.values { invoiced["invoice without \(reason)", default: 0] += 1 }
    for one in answer.applied {
      invoiced[one.origin.hasPrefix("#") ? "named applied" : "attached applied", default: 0] += 1
      if one.position > 1 { invoiced["a later position", default: 0] += 1 }
      if one.balance != nil { invoiced["carried over", default: 0] += 1 }
    }
  }

  mutating func compareBilling(_ shop: Shop, thoroughly: Bool) throws {
    let billing = shop.ledger.billing
    let recent = thoroughly ? billing.bills[...] : billing.bills.suffix(12)
    let plans = billing.subscriptions.map { key(of: $0.name, shop) }
    let invoices = recent.map { bill -> Owned<Invoice.ID> in
      Owned(shop.tenant, Invoice.ID(of: Translation.exact(bill.name)))
    }
    let set = try store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var (set, request) = (WorkingSet(), LoadRequest())
      for key in plans { request.shelf[SubscriptionRow.self].insert(key) }
      for key in invoices { request.shelf[InvoiceRow.self].insert(key) }
      try reader.load(request, into: &set)
      return set
    }
    for (expected, key) in zip(billing.subscriptions, plans) {
      let content = set.shelf[SubscriptionRow.self][key]?.content.value
      same(content, Translation.plan(expected.plan, start: start), "what is told of \(expected.name)")
    }
    for index in shop.associationIDs.indices { compareAssociation(index, shop, set) }
    for (bill, key) in zip(recent, invoices) {
      let invoice = set.shelf[InvoiceRow.self][key]?.invoice
      let body = JSONWriter.bytes { writer in invoice?.write(to: &writer) }
      let shown = try ShownBill(body)
      same(shown, ShownBill(bill, in: shop.ledger), "invoice \(bill.name) of \(shop.tenant)")
      for one in invoice?.price.applied ?? [] {
        same(one.recomputed(in: Translation.currency(bill.content.currency)), one.discount, "computed again")
      }
    }
  }

  private func key(of name: Ledger.Name, _ shop: Shop) -> Owned<Subscription.ID> {
    Owned(shop.tenant, Subscription.ID(of: Translation.exact(name)))
  }

  private mutating func compareAssociation(_ index: Int, _ shop: Shop, _ set: WorkingSet) {
    let expected = shop.ledger.billing.associations[index]
    let name = "of association \(index) of \(shop.tenant)"
    let row = set.shelf[SubscriptionRow.self][
      key(of: shop.ledger.billing.subscriptions[expected.subscription].name, shop)]
    let association = row?.associations.first { $0.id == shop.associationIDs[index] }
    let given = shop.ledger.deductions(of: index)
    let money = given.map(\.amount).reduce(0, +)
    let use = shop.ledger.uses[expected.use]
    same(association?.couponID, shop.couponIDs[use.coupon], "coupon \(name)")
    same(association?.code?.canonical ?? "", use.code.text, "code \(name)")
    same(association?.invoices, Int64(given.count), "invoices \(name)")
    same(association?.given, Int64(money), "discount \(name)")
    same(association?.balance, expected.carried.map { Int64(max(0, $0 - money)) }, "balance \(name)")
    same(association?.isGivenBack, expected.isGivenBack, "whether its use was given back \(name)")
    same(association?.startsAt, expected.starts.map { Translation.moment($0, since: start) }, "start \(name)")
    let detached = expected.detachedAt.map { Translation.moment($0, since: start) }
    same(association?.detachedAt, detached, "end \(name)")
    if let most = given.first?.most {
      same(given.count <= most, true, "\(given.count) of \(most) invoices \(name)")
    }
  }

  /// What statistics tell of a coupon's billing against what the ledger counts.
  mutating func compareBillingStatistics(_ index: Int, _ shop: Shop) throws {
    try ProjectionRunner(store: store.base, pageSize: 1 + past.count % 20).catchUpNow()
    let found = try store.find(BillingOfCoupon(of: Owned(shop.tenant, shop.couponIDs[index])))
    let ledger = shop.ledger
    for currency in ["USD", "EUR"] {
      let row = found.first { $0.key.value.currency == Translation.currency(currency) }?.row
      let own = ledger.billing.associations.filter { association in
        let use = ledger.uses[association.use]
        return use.coupon == index && use.currency == currency
      }
      let bills = ledger.billing.bills.filter { $0.state != .voided && $0.content.currency == currency }
      let parts = bills.flatMap(\.price.applied).filter { $0.coupon == index }
      let name = "of coupon \(index) in \(currency)"
      same(row?.attached ?? 0, Int64(own.count), "attached \(name)")
      same(row?.detached ?? 0, Int64(own.count { $0.detachedAt != nil }), "detached \(name)")
      same(row?.givenBack ?? 0, Int64(own.count { $0.isGivenBack }), "given back \(name)")
      same(row?.invoices ?? 0, Int64(parts.count), "invoices \(name)")
      same(row?.discount ?? 0, Int128(parts.map(\.amount).reduce(0, +)), "discount \(name)")
    }
  }
}
