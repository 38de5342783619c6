import Forms
import Ledger
import Scrip

/// What coupons take off an invoice, and what that changes: the same for a draft and for a preview.
struct InvoiceComputation {
  /// What the caller says, with everything that may be left out.
  let content: Invoice.Content
  /// What coupons make of it.
  let price: InvoicePrice
  /// The uses of coupons that are named for the invoice alone and that it takes now.
  let taken: [(couponID: Coupon.ID, version: Int64, use: DirectUse)]
  /// Those that it gives back.
  let returned: [(couponID: Coupon.ID, use: DirectUse)]

  /// Asks for everything behind the invoice's coupons.
  static func ask(
    for content: Invoice.Content, before: InvoiceRow?, request: inout LoadRequest, of tenant: Tenant.ID,
    given set: WorkingSet, now: Instant
  ) {
    if let id = content.subscriptionID {
      request.add(id, tenant)
      for association in set.associations(of: id, tenant) {
        request.versions.insert(association.versionKey(of: tenant))
        request.revocationsOf.insert(Owned(tenant, association.couponID))
      }
    }
    let customer = Customer(userID: content.customer ?? set.customer(of: content.subscriptionID, tenant))
    for coupon in content.coupons {
      BillingOffer.ask(
        for: coupon.name, customer: customer, currency: content.currency, now: now, request: &request,
        of: tenant, given: set)
    }
    for application in before?.price.value.price.applied ?? [] {
      guard let use = application.use else { continue }
      request.coupons.insert(Owned(tenant, application.couponID))
      request.versions.insert(
        Owned(tenant, VersionKey(couponID: application.couponID, version: application.version)))
      request.addUse(of: application.couponID, use.code, use.counters, tenant)
    }
  }

  /// Computes the invoice.
  ///
  /// - Parameters:
  ///   - told: what the caller says.
  ///   - subscription: the one that it bills; its counts are those of all invoices, this one included.
  ///   - row: what it was so far; nil for a new one.
  /// - Throws: `amount_overflow`.
  init(
    _ told: Invoice.Content, of subscription: Subscription?, before row: InvoiceRow?, in set: WorkingSet,
    now: Instant, of tenant: Tenant.ID
  ) throws(Refusal) {
    var content = told
    content.customer = told.customer ?? subscription?.content.customer
    self.content = content
    let before = row?.price.value.price
    var builder = InvoiceCoupons(
      content: content, before: row?.content.value, beforePrice: before, set: set, now: now, tenant: tenant)
    if let subscription { builder.add(subscription) }
    builder.addNamed()
    let pricing = InvoicePricing(rounding: set.settings(tenant).pricing.rounding)
    do throws(MoneyOverflow) {
      price = try pricing.price(lines: content.lines, currency: content.currency, builder.coupons)
    } catch {
      throw Refusal(
        .amountOverflow, "The invoice's lines come to more than \(Money.minorUnitsMax) minor units.")
    }
    let kept = price.applied.filter { $0.use != nil }
    taken = kept.filter { !builder.held.contains($0.source) }.compactMap { application in
      application.use.map { (application.couponID, application.version, $0) }
    }
    let stillHeld = Set(kept.compactMap { builder.heldBy[$0.source] })
    returned = (before?.applied ?? []).filter { !stillHeld.contains($0.source) }.compactMap { application in
      application.use.map { (application.couponID, $0) }
    }
  }
}

/// The coupons that want to take part in an invoice.
private struct InvoiceCoupons {
  let content: Invoice.Content
  let before: InvoicePrice?
  let set: WorkingSet
  let now: Instant
  let tenant: Tenant.ID
  private(set) var coupons: [InvoiceCoupon] = []
  /// Those that hold their use already.
  private(set) var held: Set<InvoiceCouponSource> = []
  /// Under what name each of those held it before.
  private(set) var heldBy: [InvoiceCouponSource: InvoiceCouponSource] = [:]
  // What was named before, if it was for the same customer: another one's uses are not this one's to keep.
  private let kept: [Invoice.DirectCoupon]
  private var associations: [Association] = []
  // What the named coupons so far would take, of which those after them leave as much.
  private var claims = ClaimedUses()

  init(
    content: Invoice.Content, before: Invoice.Content?, beforePrice: InvoicePrice?, set: WorkingSet,
    now: Instant, tenant: Tenant.ID
  ) {
    self.content = content
    self.before = beforePrice
    kept = before.map { $0.customer == content.customer ? $0.coupons : [] } ?? []
    self.set = set
    self.now = now
    self.tenant = tenant
    for application in beforePrice?.applied ?? [] {
      guard let use = application.use else { continue }
      if let name = Self.name(of: application.source, in: kept), content.coupons.contains(name) { continue }
      // What the invoice is about to give back is there for it to take.
      claims.add(use, of: application.couponID, -1)
    }
  }

  private static func name(
    of source: InvoiceCouponSource, in coupons: [Invoice.DirectCoupon]
  ) -> Invoice.DirectCoupon? {
    guard case .direct(let place) = source, coupons.indices.contains(place) else { return nil }
    return coupons[place]
  }

  /// Adds what a subscription has, but for what was taken from it before the invoice's date.
  mutating func add(_ subscription: Subscription) {
    for association in subscription.associations {
      if association.isGivenBack || association.detachedAt.map({ content.date >= $0 }) ?? false { continue }
      associations.append(association)
      coupons.append(coupon(association, of: subscription))
    }
  }

  private func coupon(_ association: Association, of subscription: Subscription) -> InvoiceCoupon {
    let source = InvoiceCouponSource.association(association.id)
    let own = before?.applied.first { $0.source == source }
    return InvoiceCoupon(
      source: source, couponID: association.couponID, terms: terms(association, of: subscription),
      lines: association.lineID.map { lineID in
        content.lines.indices.filter { content.lines[$0].subscriptionLineID == lineID }
      },
      lineID: association.lineID, start: association.start, priority: association.priority,
      otherInvoices: association.invoices - (own == nil ? 0 : 1),
      otherDiscount: association.given - (own?.discount ?? 0), carried: association.carried,
      position: own?.position)
  }

  private func terms(
    _ association: Association, of subscription: Subscription
  ) -> Result<(terms: CouponTerms, version: Int64), InvoiceHindrance> {
    let key = Owned(tenant, association.couponID)
    guard let terms = set.terms(tenant, association.couponID, version: association.version) else {
      return .failure(InvoiceHindrance(.couponUnreadable))
    }
    if set.isRevoked(since: association.revocations, key) {
      return .failure(InvoiceHindrance(.couponRevoked))
    }
    if content.currency != subscription.content.currency {
      return .failure(
        InvoiceHindrance(
          .currencyMismatch,
          [
            "currency": .text(content.currency.code),
            "subscription_currency": .text(subscription.content.currency.code),
          ]))
    }
    if let hindrance = association.hindrance(on: content.date, of: subscription, terms.billing) {
      return .failure(hindrance)
    }
    return .success((terms, association.version))
  }

  /// Adds the coupons that are named for the invoice alone. What the invoice holds already is not judged again.
  mutating func addNamed() {
    var seen: Set<NamedUse> = []
    for (place, named) in content.coupons.enumerated() {
      let held = held(named, place)
      var coupon = held ?? offered(named, place)
      if let id = coupon.couponID {
        if !seen.insert(NamedUse(couponID: id, lineID: named.lineID)).inserted {
          coupon.terms = .failure(InvoiceHindrance(.alreadyApplied))
        } else if case .success(let known) = coupon.terms, let taken = coupon.use {
          // Also of what the invoice holds: it may have been attached since.
          if known.terms.billing?.attachesAgain != true, let same = association(of: id, named) {
            coupon.terms = .failure(
              InvoiceHindrance(.alreadyAttached, ["association_id": .text(same.id.description)]))
          } else if held == nil {
            claims.add(taken, of: id, 1)
          }
        }
      }
      coupon.lines = named.lineID.map { id in content.lines.indices.filter { content.lines[$0].id == id } }
      coupon.lineID = named.lineID
      coupons.append(coupon)
    }
  }

  /// The association by which the invoice has a coupon already for what it is named for.
  private func association(of couponID: Coupon.ID, _ named: Invoice.DirectCoupon) -> Association? {
    let line = named.lineID.flatMap { id in content.lines.first { $0.id == id } }
    if named.lineID != nil, line?.subscriptionLineID == nil { return nil }
    return associations.first { $0.couponID == couponID && $0.lineID == line?.subscriptionLineID }
  }

  private mutating func held(_ named: Invoice.DirectCoupon, _ place: Int) -> InvoiceCoupon? {
    let claimed = Set(heldBy.values)
    guard
      let application = before?.applied.first(where: { application in
        !claimed.contains(application.source)
          && Self.name(of: application.source, in: kept) == named
      }), let use = application.use
    else { return nil }
    let source = InvoiceCouponSource.direct(place)
    held.insert(source)
    heldBy[source] = application.source
    let known = set.terms(tenant, application.couponID, version: application.version)
    var coupon = InvoiceCoupon(
      source: source, couponID: application.couponID,
      terms: .failure(InvoiceHindrance(known == nil ? .couponUnreadable : .couponRevoked)),
      start: content.date, priority: known?.priority ?? 0, use: use)
    if let known, !set.isRevoked(since: use.revocations, Owned(tenant, application.couponID)) {
      coupon.terms = .success((known, application.version))
    }
    return coupon
  }

  private func offered(_ named: Invoice.DirectCoupon, _ place: Int) -> InvoiceCoupon {
    let source = InvoiceCouponSource.direct(place)
    do throws(InvoiceHindrance) {
      let customer = Customer(userID: content.customer)
      var offer = try BillingOffer(
        named.name, at: place, customer: customer, currency: content.currency, now: now, of: tenant, in: set)
      claims.count(in: &offer)
      let hindrance = offer.hindrance(for: customer, in: content.currency, at: now)
      return InvoiceCoupon(
        source: source, couponID: offer.coupon.id,
        terms: hindrance.map { .failure($0) } ?? .success((offer.coupon.terms, offer.coupon.version)),
        start: content.date, priority: offer.coupon.terms.priority, use: offer.use())
    } catch {
      let id: Coupon.ID? = if case .coupon(let id) = named.name { id } else { nil }
      return InvoiceCoupon(source: source, couponID: id, terms: .failure(error), start: content.date)
    }
  }
}

/// A coupon with what it is for.
private struct NamedUse: Hashable {
  let couponID: Coupon.ID
  let lineID: LineID?
}

extension WorkingSet {
  /// The coupons of a subscription, as far as they are here.
  func associations(of id: SubscriptionID, _ tenant: Tenant.ID) -> [Association] {
    shelf[SubscriptionRow.self][Owned(tenant, Subscription.ID(of: id))]?.associations ?? []
  }

  /// Who pays for a subscription, as far as it is here.
  func customer(of id: SubscriptionID?, _ tenant: Tenant.ID) -> UserID? {
    id.flatMap { shelf[SubscriptionRow.self][Owned(tenant, Subscription.ID(of: $0))]?.content.value.customer }
  }
}
