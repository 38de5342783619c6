extension Candidate {
  /// Why a coupon can't be given to a subscription, or to an invoice by itself; nil if it can. What it takes off is not
  /// known yet, and no rule but the ones for lines looks at it.
  ///
  /// - Parameters:
  ///   - customer: who pays.
  ///   - currency: what the subscription's invoices are in.
  public func hindranceToBilling(
    for customer: Customer, in currency: Currency, at now: Instant
  ) -> InvoiceHindrance? {
    guard let billing = terms.billing else {
      return state.hindrance.map { InvoiceHindrance($0) } ?? InvoiceHindrance(.checkoutOnly)
    }
    let window =
      state.hindrance ?? terms.validity.hindrance(at: now) ?? billing.hindrance(at: now)
      ?? used.campaign?.windowHindrance(at: now)
    if let window { return InvoiceHindrance(window) }
    if let owner {
      guard let userID = customer.userID else {
        return InvoiceHindrance(.identityRequired, ["needs": .list(["customer_id"])])
      }
      if userID != owner { return InvoiceHindrance(.ownerMismatch) }
    }
    if perUserLimit != nil, customer.identityKeys.isEmpty {
      return InvoiceHindrance(.identityRequired, ["needs": .list(["customer_id"])])
    }
    if !terms.kind.isKnown(in: currency) || !terms.minimum.isKnown(in: currency) {
      return InvoiceHindrance(.currencyMismatch, ["currency": .text(currency.code)])
    }
    if let useHindrance { return InvoiceHindrance(useHindrance) }
    if used.campaign?.limits.budget.isEmpty == false { return InvoiceHindrance(.budgetOfCheckouts) }
    return nil
  }

  private var useHindrance: Hindrance? {
    let one =
      Hindrance.used(used.total, of: terms.limits.total, .usageLimitReached)
      ?? used.campaign?.useHindrance
      ?? .used(used.byCode, of: perCodeLimit, .codeLimitReached)
      ?? .used(used.byUser, of: perUserLimit, .userLimitReached)
    if let one { return one }
    for limit in terms.limits.perPeriod {
      let count = used.byPeriod[limit.period, default: 0]
      guard var full = Hindrance.used(count, of: limit.total, .periodLimitReached) else { continue }
      full.facts["period"] = .text(limit.period.rawValue)
      return full
    }
    return nil
  }
}

extension BillingTerms {
  /// Whether the moment lies outside of the time in which the coupon can be attached.
  fileprivate func hindrance(at now: Instant) -> Hindrance? {
    if let redeemAfter, now < redeemAfter {
      return Hindrance(reason: .notStarted, facts: ["starts_at": .instant(redeemAfter)])
    }
    if let redeemBefore, now >= redeemBefore {
      return Hindrance(reason: .expired, facts: ["ends_at": .instant(redeemBefore)])
    }
    return nil
  }
}

extension CouponTerms {
  /// The whole amount that is carried over from one invoice to the next, in minor units; nil if none is.
  public func carriedAmount(in currency: Currency, rounding: Rounding) -> Int64? {
    billing?.carriesOver == true ? share(of: 0, in: currency, rounding: rounding) : nil
  }
}

extension Subscription {
  /// Why a coupon can't be attached beside those that the subscription has; nil if it can.
  ///
  /// - Parameters:
  ///   - new: the association that it would be.
  ///   - terms: the coupon's terms.
  ///   - others: the terms of those that are there; nil for terms that can't be read, beside which everything stands.
  public func hindrance(
    to new: Association, _ terms: CouponTerms, at now: Instant, others: (Association) -> CouponTerms?
  ) -> InvoiceHindrance? {
    if content.status == .cancelled { return InvoiceHindrance(.subscriptionCancelled) }
    for old in associations where !old.isGivenBack {
      let isOpen = old.isOpen(at: now)
      if old.couponID == new.couponID {
        // One that was used once does not begin anew by being detached.
        guard isOpen || old.invoices > 0, old.lineID == new.lineID, terms.billing?.attachesAgain != true
        else {
          continue
        }
        return InvoiceHindrance(.alreadyAttached, ["association_id": .text(old.id.description)])
      }
      guard isOpen, new.meets(old), let known = others(old), !old.isUsedUp(known.billing, at: now) else {
        continue
      }
      if Combinations.combine(terms, new.discountClass, known, old.discountClass) { continue }
      return InvoiceHindrance(.combinationDisallowed, ["association_id": .text(old.id.description)])
    }
    return nil
  }
}

extension InvoiceCoupon {
  /// Whether it may stand beside another one. Those that a subscription has were judged when they were attached.
  func combines(_ terms: CouponTerms, with other: InvoiceCoupon, _ otherTerms: CouponTerms) -> Bool {
    if isOfSubscription, other.isOfSubscription { return true }
    return Combinations.combine(terms, discountClass, otherTerms, other.discountClass)
  }

  private var isOfSubscription: Bool { if case .association = source { true } else { false } }

  private var discountClass: DiscountClass { lineID == nil ? .order : .line }
}

extension Association {
  /// Whether some invoice may have both.
  fileprivate func meets(_ other: Association) -> Bool {
    if let phaseID, let otherPhase = other.phaseID, phaseID != otherPhase { return false }
    if let endsAt, let begins = other.startsAt, endsAt <= begins { return false }
    if let ends = other.endsAt, let startsAt, ends <= startsAt { return false }
    return true
  }

  fileprivate var discountClass: DiscountClass { lineID == nil ? .order : .line }

  /// Whether it gives nothing to any invoice to come.
  fileprivate func isUsedUp(_ billing: BillingTerms?, at now: Instant) -> Bool {
    if let most = billing?.invoicesMax, invoices >= most { return true }
    if let balance, balance == 0 { return true }
    return billing?.end(from: start).map { now >= $0 } ?? false
  }

  /// Why it is of no use for an invoice of a moment, whatever the invoice bills; nil if it may be.
  public func hindrance(
    on date: Instant, of subscription: Subscription, _ billing: BillingTerms?
  ) -> InvoiceHindrance? {
    if let startsAt, date < startsAt {
      return InvoiceHindrance(.associationNotStarted, ["starts_at": .instant(startsAt)])
    }
    // Those dated before keep what was detached later.
    if let end = [endsAt, detachedAt].compactMap(\.self).min(), date >= end {
      return InvoiceHindrance(.associationEnded, ["ends_at": .instant(end)])
    }
    if let end = billing?.end(from: start), date >= end {
      return InvoiceHindrance(.repeatedLimitReached, ["ends_at": .instant(end)])
    }
    if let phaseID {
      let phase = subscription.content.phases.first { $0.id == phaseID }
      if phase?.contains(date) != true {
        return InvoiceHindrance(.phaseNotCurrent, ["phase_id": .text(phaseID.text)])
      }
    }
    return nil
  }
}
