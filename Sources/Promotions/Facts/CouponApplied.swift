import Forms
import Ledger
import Scrip

/// A coupon was locked by an order.
public struct CouponApplied: PromotionFact {
  /// `CouponApplied`
  public static let formName = "CouponApplied"

  /// The application's identifier.
  public var applicationID: DiscountApplication.ID
  /// The caller's order.
  public var orderID: OrderID
  /// When the lock ends.
  public var expiresAt: Instant
  /// The usage, in state locked.
  public var usage: Usage
  /// What the application's usages share, with the first of them only.
  public var agreement: Agreement?
  /// What the usage shares with those that were there before; nil for the first of a new application.
  public var joins: ApplicationShare?
  /// Whether it takes the place of a usage of the coupon that was given back.
  public var isAgain: Bool

  /// Makes the fact.
  public init(
    applicationID: DiscountApplication.ID, orderID: OrderID, expiresAt: Instant, usage: Usage,
    agreement: Agreement?, joins: ApplicationShare? = nil, isAgain: Bool = false
  ) {
    self.applicationID = applicationID
    self.orderID = orderID
    self.expiresAt = expiresAt
    self.usage = usage
    self.agreement = agreement
    self.joins = joins
    self.isAgain = isAgain
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let applicationID = walk.required("application_id", fact?.applicationID, .id(DiscountApplication.ID.self))
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let expiresAt = walk.required("expires_at", fact?.expiresAt, .instant())
    let usage = walk.required("usage", fact.map { StoredUsage(usage: $0.usage) }, .object())
    let agreement = walk.optional("agreement", fact?.agreement, .object())
    let joins = walk.sparse("joins", fact?.joins, .object())
    let isAgain = walk.sparse("again", fact.flatMap { $0.isAgain ? true : nil }, .flag())
    guard let applicationID, let orderID, let expiresAt, let usage, let agreement, let joins, let isAgain
    else { return nil }
    return Self(
      applicationID: applicationID, orderID: orderID, expiresAt: expiresAt, usage: usage.usage,
      agreement: agreement, joins: joins, isAgain: isAgain ?? false)
  }

  /// What the usage shares with the others of its application; nil for one that belongs to none.
  public func share(at moment: Instant) -> ApplicationShare? {
    joins
      ?? agreement.map { ApplicationShare(lockedAt: moment, currency: $0.currency, buyer: $0.buyer) }
  }

  /// With its snapshot.
  public var lengthHint: Int { 1024 + (agreement?.encodedLength ?? 0) }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.applications.insert(Owned(tenant, applicationID))
    request.codes.insert(Owned(tenant, usage.code))
    for counter in usage.counters {
      request.add(counter, of: usage.couponID, tenant)
    }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    let application = Owned(key.tenant, applicationID)
    var usage = usage
    usage.revocations = set.life(of: key)?.revocations ?? 0
    if set.applications[application] != nil {
      join(usage, in: &set, at: place)
    } else if let agreement {
      let record = ApplicationRecord(
        application: DiscountApplication(
          id: applicationID, orderID: orderID, buyer: agreement.buyer, state: .locked, lockedAt: place.at,
          expiresAt: expiresAt, currency: agreement.currency, discount: agreement.discount,
          total: agreement.total, snapshot: agreement.snapshot, usages: [usage]),
        agreedIn: EventReference(couponID: key.value, sequence: place.sequence))
      set.applications.insert(record, for: application)
      set.found.applicationOfOrder[Owned(key.tenant, orderID)] = applicationID
    }
    set.coupons.count(key) { $0.life.uses.locked += 1 }
    set.count(usage, by: 1, key)
  }

  /// Another usage of an application: of the same lock, or of a later change, which may bring a coupon back and takes a
  /// lock again that ran out or had nothing left.
  private func join(_ usage: Usage, in set: inout WorkingSet, at place: EventPlace) {
    set.update(applicationID, of: place.tenant) { record in
      record.application.usages.put(usage)
      record.application.expiresAt = expiresAt
      record.application.state = .locked
      record.application.settledAt = nil
      record.application.releaseCause = nil
      if let agreement { record.agree(on: agreement, at: place) }
    }
    set.found.applicationOfOrder[Owned(place.tenant, orderID)] = applicationID
  }
}

extension [Usage] {
  /// Adds a usage at its place by coupon. A coupon that comes back takes the place of its usage that was given back: the
  /// log tells of both.
  fileprivate mutating func put(_ usage: Usage) {
    let place = firstIndex { $0.couponID >= usage.couponID } ?? endIndex
    if place < endIndex, self[place].couponID == usage.couponID {
      self[place] = usage
    } else {
      insert(usage, at: place)
    }
  }
}
