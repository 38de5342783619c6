import Forms
import Ledger
import Scrip

/// What is to be done next for an order that messages tell of: an action of the API, decided as for any caller.
struct InboxPlan {
  let orderID: OrderID
  var facts: InboxOrderFacts
  let application: DiscountApplication?
  let isRefunded: Bool
  let step: InboxStep?
  private let action: (any PromotionAction)?

  /// - Parameters:
  ///   - facts: what was told, the newest message included.
  ///   - topic: the words that a release gives as its reason.
  ///   - screening: what was seen in the customer beforehand; nil where nobody looks.
  init(
    _ orderID: OrderID, _ facts: InboxOrderFacts, _ tenant: Tenant.ID, screening: FraudScreening? = nil,
    in set: WorkingSet
  ) {
    self.orderID = orderID
    self.facts = facts
    let found = set.found.applicationOfOrder[Owned(tenant, orderID)].flatMap {
      set.applications[Owned(tenant, $0)]?.application
    }
    application = found
    let lines = facts.isPaid ? found?.basis?.context.cart.lines ?? [] : []
    isRefunded = facts.refundsCover(total: found?.total ?? .max, lines: lines)
    step = facts.nextStep(found.map(InboxUse.init), isRefunded: isRefunded)
    action = step.flatMap { InboxPlan.action($0, orderID, facts, found, screening, set, tenant) }
  }

  private static func action(
    _ step: InboxStep, _ orderID: OrderID, _ facts: InboxOrderFacts, _ application: DiscountApplication?,
    _ screening: FraudScreening?, _ set: WorkingSet, _ tenant: Tenant.ID
  ) -> (any PromotionAction)? {
    switch step {
    case .lock:
      guard let order = facts.order, let cart = order.cart else { return nil }
      var action = ApplyCodes(
        orderID: orderID, codes: order.codes.map(\.text), customer: order.customer, cart: cart)
      action.screening = screening
      return action
    case .change:
      guard let order = facts.order, let cart = order.cart, let application else { return nil }
      var action = ChangeApplication(
        applicationID: application.id, codes: order.codes.map(\.text), customer: order.customer, cart: cart)
      action.screening = screening
      return action
    case .release:
      let reason: InboxReason =
        facts.isCancelled ? .orderCancelled : facts.isFailed ? .checkoutFailed : .noCodes
      return application.map { ReleaseApplication(applicationID: $0.id, reason: reason.text) }
    case .redeem:
      return application.map {
        RedeemApplication(applicationID: $0.id, withoutRoom: set.inboxMapping(tenant).withoutRoom)
      }
    case .restore(let cause):
      return application.map { RestoreApplication(applicationID: $0.id, cause: cause) }
    }
  }

  /// Asks for what the next step needs.
  func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    action?.ask(for: &request, of: tenant, given: set, now: now)
  }

  /// What came of the next step.
  struct Result {
    var plan: InboxPlan
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = []
    var use: InboxUse?
    var applicationID: DiscountApplication.ID?
    var refusal: Refusal?
    var isShort = false
    /// Whether there is more to be done at once.
    var goesOn = false
  }

  /// Decides the next step, if there is one.
  func decide(_ set: WorkingSet, _ context: DecisionContext) -> Result {
    var result = Result(plan: self, use: application.map(InboxUse.init), applicationID: application?.id)
    guard let step, let action else { return result }
    do throws(Refusal) {
      let decision = try action.decide(set, context)
      result.facts = decision.facts
      result.isShort = decision.isShort
      if case .application(let id, _) = decision.reply { result.applicationID = id }
      if case .refused(let refusal) = decision.reply { result.refusal = refusal }
    } catch {
      result.refusal = error
    }
    if let refusal = result.refusal {
      if refusal.isKept { result.plan.facts.refused(step, InboxReason(refusal.code.rawValue)) }
    } else {
      result.plan.facts.did(step)
      result.use = step.leadsTo
      result.goesOn = result.plan.facts.nextStep(step.leadsTo, isRefunded: isRefunded) != nil
    }
    return result
  }
}

extension InboxUse {
  init(_ application: DiscountApplication) {
    self.init(state: application.state, cause: application.releaseCause)
  }
}

extension InboxPlan.Result {
  /// Has messages that waited stand as they do now, and says when the order is looked at again.
  ///
  /// - Parameter isLast: whether those that still wait have waited for long enough.
  mutating func settleWaiting(
    _ notes: inout InboxNotes, in set: WorkingSet, _ context: DecisionContext, isLast: Bool = false
  ) {
    var waiting: [InboxWaiting] = []
    for entry in plan.facts.waiting {
      let standing = plan.facts.standing(
        of: entry.topic, use, counts: true, saysNoCodes: false, isRefunded: plan.isRefunded)
      guard let row = notes.messages[entry.message] ?? set.inboxMessage(entry.message, context.tenant) else {
        continue
      }
      let known = row.standing(standing, self, at: context.now, isLast: isLast && !goesOn)
      notes.messages[entry.message] = known
      if known.state == .waiting { waiting.append(entry) }
    }
    plan.facts.waiting = waiting
    let moment: Instant? =
      goesOn
      ? context.moment
      : waiting.isEmpty
        ? nil : context.moment.adding(seconds: InboxOrderFacts.pauseSeconds(after: plan.facts.attempts))
    notes.due[plan.orderID] = moment
    notes.orders[Order.ID(of: plan.orderID)] = InboxOrderRow(
      orderID: plan.orderID, facts: plan.facts, updatedAt: context.now)
  }
}

extension InboxOrderFacts {
  /// How often an order is looked at for a message that waits: within about an hour.
  static let attemptsMax: Int64 = 14

  /// The pause before the order is looked at again: 1 s, 2 s, 4 s … and at most 10 minutes.
  static func pauseSeconds(after attempts: Int64) -> Int64 { min(600, 1 << min(attempts, 10)) }
}

extension InboxMessageRow {
  /// The row once the message stands somewhere. What it said is kept while somebody may want it.
  func standing(
    _ standing: InboxStanding, _ result: InboxPlan.Result, at now: Instant, isLast: Bool = false
  ) -> InboxMessageRow {
    var row = self
    row.updatedAt = now
    row.detail = nil
    row.pointer = nil
    row.applicationID = result.applicationID
    switch standing {
    case .done:
      row.state = .done
      row.reason = nil
      row.body = nil
    case .ignored(let reason):
      row.state = .ignored
      row.reason = reason
      row.body = nil
    case .waiting(let reason):
      row.state = isLast ? .dead : .waiting
      row.reason = reason
    case .refused(let reason):
      row.state = .refused
      row.reason = reason
      if let refusal = result.refusal, refusal.code.rawValue.hasSameBytes(as: reason.text) {
        row.detail = ExactText(refusal.detail)
        row.pointer = refusal.items.first.map { ExactText($0.pointer) }
      }
    }
    return row
  }
}

extension WorkingSet {
  /// A message that is kept; nil if it is not here.
  func inboxMessage(_ id: Identifier<InboxMessage>, _ tenant: Tenant.ID) -> InboxMessageRow? {
    guard !shelf.isEmpty, let row = shelf[InboxMessageRow.self][Owned(tenant, id)], !row.isForgotten else {
      return nil
    }
    return row
  }

  /// What was told of an order.
  func inboxOrder(_ id: OrderID, _ tenant: Tenant.ID) -> InboxOrderFacts? {
    shelf[InboxOrderRow.self][Owned(tenant, Order.ID(of: id))]?.facts
  }
}

extension LoadRequest {
  /// Asks for everything that messages have told of an order.
  mutating func addInboxOrder(_ id: OrderID, of tenant: Tenant.ID, given set: WorkingSet) {
    tenants.insert(tenant)
    // The lock of an order is also what keeps what was told of it from being changed elsewhere.
    addOrder(id, of: tenant)
    shelf[InboxMappingRow.self].insert(tenant)
    shelf[InboxOrderRow.self].insert(Owned(tenant, Order.ID(of: id)))
    dueWork.insert(Owned(tenant, DueKey(.inboxOrder, ExactText(id.text))))
    for entry in set.inboxOrder(id, tenant)?.waiting ?? [] {
      shelf[InboxMessageRow.self].insert(Owned(tenant, entry.message))
    }
  }
}
