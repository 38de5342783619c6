import Forms
import Ledger
import Scrip

/// Gives a subscription, or one of its line items, a coupon.
public struct AttachCoupon: PromotionAction {
  /// Which subscription.
  public var subscriptionID: SubscriptionID
  /// Which coupon.
  public var name: Invoice.DirectCoupon.Name
  /// The line item that it is for; nil for whole invoices.
  public var lineID: LineID?
  /// The phase that it is for; nil for all.
  public var phaseID: PhaseID?
  /// From which invoices on; nil for those from now on.
  public var startsAt: Instant?
  /// The first moment without it; nil for none.
  public var endsAt: Instant?
  /// Whether invoices of the period that is running have it, too.
  public var appliesNow: Bool
  /// Its place among those that began at the same moment; nil for the coupon's own.
  public var priority: Int64?
  /// The caller's own notes.
  public var metadata: [Note: Note]

  /// Makes an action.
  public init(
    subscriptionID: SubscriptionID, name: Invoice.DirectCoupon.Name, lineID: LineID? = nil,
    phaseID: PhaseID? = nil, startsAt: Instant? = nil, endsAt: Instant? = nil, appliesNow: Bool = false,
    priority: Int64? = nil, metadata: [Note: Note] = [:]
  ) {
    self.subscriptionID = subscriptionID
    self.name = name
    self.lineID = lineID
    self.phaseID = phaseID
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.appliesNow = appliesNow
    self.priority = priority
    self.metadata = metadata
  }

  /// About the subscription.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(subscriptionID) }

  /// Asks for the subscription with the terms of its coupons, and for everything behind the new one.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.add(subscriptionID, tenant)
    let key = Owned(tenant, Subscription.ID(of: subscriptionID))
    guard let row = set.shelf[SubscriptionRow.self][key] else {
      BillingOffer.askAlone(for: name, request: &request, of: tenant)
      return
    }
    BillingOffer.ask(
      for: name, customer: row.customer, currency: row.content.value.currency, now: now, request: &request,
      of: tenant, given: set)
    for association in row.associations where association.isOpen(at: now) {
      request.versions.insert(association.versionKey(of: tenant))
    }
  }

  /// Attaches it.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let row = try set.subscription(subscriptionID, of: context.tenant)
    if row.content.value.status == .cancelled { throw refusal(InvoiceHindrance(.subscriptionCancelled)) }
    try checkParts(of: row)
    let content = row.content.value
    let offer = try offer(row, set, context)
    let hindrance = offer.hindrance(for: row.customer, in: content.currency, at: context.now)
    let association = association(offer, row, set, context)
    if let end = association.endsAt, end <= association.start {
      throw Refusal(
        .windowOver, "It would end before it starts.",
        items: [
          Refusal.Item(
            pointer: "/ends_at", code: Refusal.Code.windowOver.rawValue,
            message: "It starts at \(association.start).", facts: ["starts_at": .instant(association.start)])
        ])
    }
    let conflict = row.subscription.hindrance(to: association, offer.coupon.terms, at: context.now) { other in
      set.terms(context.tenant, other.couponID, version: other.version)
    }
    // Whoever attaches again what is there, after a lost answer, hears that and not that the limit is reached.
    let reasons = [hindrance, conflict].compactMap(\.self)
    if let first = reasons.min(by: { $0.reason.goesBefore($1.reason) }) { throw refusal(first) }
    if row.associations.count(where: { $0.isOpen(at: context.now) }) >= SubscriptionRow.openMax {
      throw Refusal(
        .tooManyCoupons, "A subscription has at most \(SubscriptionRow.openMax) coupons at a time.")
    }
    return Decision(
      [
        (
          .coupon(offer.coupon.id),
          CouponAttached(
            subscriptionID: subscriptionID, association: association, currency: content.currency)
        )
      ],
      reply: .association(association.id, of: subscriptionID, context.tenant, isNew: true))
  }

  private func offer(
    _ row: SubscriptionRow, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> BillingOffer {
    do throws(InvoiceHindrance) {
      return try BillingOffer(
        name, customer: row.customer, currency: row.content.value.currency, now: context.now,
        of: context.tenant, in: set)
    } catch {
      if case .coupon(let id) = name, error.reason == .unknownCode {
        throw Refusal(
          .couponNotFound, "There is no coupon \(id).",
          items: [
            Refusal.Item(
              pointer: "/coupon_id", code: Refusal.Code.couponNotFound.rawValue, message: "No such coupon.",
              facts: [:])
          ])
      }
      throw refusal(error)
    }
  }

  private func association(
    _ offer: BillingOffer, _ row: SubscriptionRow, _ set: WorkingSet, _ context: DecisionContext
  ) -> Association {
    let terms = offer.coupon.terms
    let content = row.content.value
    let start = appliesNow ? content.periodStart : startsAt ?? context.now
    let rounding = set.settings(context.tenant).pricing.rounding
    return Association(
      id: context.newID(), couponID: offer.coupon.id, version: offer.coupon.version, code: offer.code,
      lineID: lineID, phaseID: phaseID, startsAt: start, endsAt: endsAt,
      priority: priority ?? terms.priority, metadata: metadata, attachedAt: context.now,
      counters: offer.counters, revocations: offer.coupon.revocations,
      carried: terms.carriedAmount(in: content.currency, rounding: rounding))
  }

  private func checkParts(of row: SubscriptionRow) throws(Refusal) {
    let content = row.content.value
    if let lineID, !content.lines.contains(where: { $0.id == lineID }) {
      throw Refusal(
        .lineItemNotFound, "The subscription has no line item \(lineID).",
        items: [
          Refusal.Item(
            pointer: "/line_item_id", code: Refusal.Code.lineItemNotFound.rawValue,
            message: "must name a line item of the subscription")
        ])
    }
    if let phaseID, !content.phases.contains(where: { $0.id == phaseID }) {
      throw Refusal(
        .phaseNotFound, "The subscription has no phase \(phaseID).",
        items: [
          Refusal.Item(
            pointer: "/phase_id", code: Refusal.Code.phaseNotFound.rawValue,
            message: "must name a phase of the subscription")
        ])
    }
  }

  private func refusal(_ hindrance: InvoiceHindrance) -> Refusal {
    let refused = RefusedCode(code: "", index: 0, reason: hindrance.reason, facts: hindrance.facts)
    let pointer = if case .code = name { "/code" } else { "/coupon_id" }
    return Refusal(
      .codeRefused(hindrance.reason), refused.message,
      items: [
        Refusal.Item(
          pointer: pointer, code: hindrance.reason.rawValue, message: refused.message,
          facts: hindrance.facts)
      ])
  }
}

extension SubscriptionRow {
  /// Who pays, as limits for each person see it.
  var customer: Customer { Customer(userID: content.value.customer) }
}

extension Association {
  /// Where its terms are found.
  func versionKey(of tenant: Tenant.ID) -> Owned<VersionKey> {
    Owned(tenant, VersionKey(couponID: couponID, version: version))
  }
}

/// Takes a coupon from a subscription, from the next invoice on.
public struct DetachCoupon: PromotionAction {
  /// Which subscription.
  public var subscriptionID: SubscriptionID
  /// Which association.
  public var associationID: Association.ID
  /// Whether its use goes back to the coupon.
  public var givesBack: Bool
  /// The caller's own words.
  public var reason: String?

  /// Makes an action.
  public init(
    subscriptionID: SubscriptionID, associationID: Association.ID, givesBack: Bool = false,
    reason: String? = nil
  ) {
    self.subscriptionID = subscriptionID
    self.associationID = associationID
    self.givesBack = givesBack
    self.reason = reason
  }

  /// About the subscription.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(subscriptionID) }

  /// Asks for the subscription, and for what its coupon is counted by.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.add(subscriptionID, tenant)
    let key = Owned(tenant, Subscription.ID(of: subscriptionID))
    guard let row = set.shelf[SubscriptionRow.self][key],
      let association = row.associations.first(where: { $0.id == associationID })
    else { return }
    request.coupons.insert(Owned(tenant, association.couponID))
    request.addUse(of: association.couponID, association.code, association.counters, tenant)
  }

  /// Detaches it. One that is detached stays so.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let row = try set.subscription(subscriptionID, of: context.tenant)
    guard let association = row.associations.first(where: { $0.id == associationID }) else {
      throw Refusal(.associationNotFound, "The subscription has no association \(associationID).")
    }
    let reply = ReplySubject.association(associationID, of: subscriptionID, context.tenant, isNew: false)
    if association.isGivenBack || (association.detachedAt != nil && !givesBack) {
      return Decision(reply: reply)
    }
    if givesBack, association.invoices > 0 {
      throw Refusal(
        .associationUsed,
        "\(association.invoices) invoices have a discount of it: void them first, or keep its use.")
    }
    if let failure = set.unreadableCoupon(Owned(context.tenant, association.couponID)) {
      throw .unreadable(failure)
    }
    let currency = row.content.value.currency
    return Decision(
      [association.detached(from: subscriptionID, currency, givesBack: givesBack, reason)], reply: reply)
  }
}

extension Association {
  /// What happens when it is detached.
  func detached(
    from subscriptionID: SubscriptionID, _ currency: Currency, givesBack: Bool, _ reason: String?
  ) -> (stream: StreamID, fact: any Fact<WorkingSet>) {
    let use = givesBack ? DirectUse(code: code, counters: counters, revocations: revocations) : nil
    return (
      .coupon(couponID),
      CouponDetached(
        subscriptionID: subscriptionID, associationID: id, couponID: couponID, use: use, currency: currency,
        isFirst: detachedAt == nil, reason: reason)
    )
  }
}
