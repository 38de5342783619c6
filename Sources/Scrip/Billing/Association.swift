/// Marks associations.
public enum AssociationSubject: Identified {
  /// `association`
  public static var prefix: String { "association" }
}

/// A coupon that a subscription, or one of its lines, has. It counts once against the coupon's limits, when it is attached,
/// and keeps the version that it was attached with: what becomes of the coupon later does not touch it.
public struct Association: Hashable, Sendable {
  /// `association_…`
  public typealias ID = Identifier<AssociationSubject>

  /// Its identifier.
  public let id: ID
  /// The coupon.
  public let couponID: Coupon.ID
  /// The version of its terms.
  public let version: Int64
  /// The code that opened it; nil if the coupon was named itself.
  public var code: CouponCode?
  /// The line of the subscription that it is for; nil for the whole invoice.
  public var lineID: LineID?
  /// The part of the subscription's time that it is for; nil for all.
  public var phaseID: PhaseID?
  /// Invoices of this moment on have it; nil for any, however old.
  public var startsAt: Instant?
  /// Invoices of this moment on have it no more; nil for none.
  public var endsAt: Instant?
  /// Its place among those that began at the same moment; lower is applied first.
  public var priority: Int64
  /// The caller's own notes.
  public var metadata: [Note: Note]
  /// When it was attached.
  public let attachedAt: Instant
  /// When it was detached; nil while it is not.
  public var detachedAt: Instant?
  /// Whether its use was given back when it was detached.
  public var isGivenBack: Bool
  /// The counters that its use holds.
  public var counters: [UsageCounter]
  /// How often the coupon's uses had been revoked when it was attached.
  public var revocations: Int64
  /// The invoices that it takes something off, voided ones left out.
  public var invoices: Int64
  /// What it takes off all of them, in minor units of the subscription's currency.
  public var given: Int64
  /// The whole amount that is carried over from one invoice to the next, in minor units; nil if none is.
  public var carried: Int64?

  /// Makes an association that nothing has used yet.
  public init(
    id: ID, couponID: Coupon.ID, version: Int64, code: CouponCode? = nil, lineID: LineID? = nil,
    phaseID: PhaseID? = nil, startsAt: Instant?, endsAt: Instant? = nil, priority: Int64 = 0,
    metadata: [Note: Note] = [:], attachedAt: Instant, counters: [UsageCounter] = [], revocations: Int64 = 0,
    carried: Int64? = nil
  ) {
    self.id = id
    self.couponID = couponID
    self.version = version
    self.code = code
    self.lineID = lineID
    self.phaseID = phaseID
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.priority = priority
    self.metadata = metadata
    self.attachedAt = attachedAt
    detachedAt = nil
    isGivenBack = false
    self.counters = counters
    self.revocations = revocations
    self.carried = carried
    invoices = 0
    given = 0
  }

  /// What is left of an amount that is carried over; nil if none is.
  public var balance: Int64? { carried.map { max(0, $0 - given) } }

  /// From when on it is told to be: what months are counted from.
  public var start: Instant { startsAt ?? attachedAt }

  /// Whether an invoice of a moment is one that has it, as far as its own time says.
  public func covers(_ date: Instant) -> Bool {
    if isGivenBack { return false }
    if let startsAt, date < startsAt { return false }
    if let endsAt, date >= endsAt { return false }
    return detachedAt.map { date < $0 } ?? true
  }

  /// Whether it may still take something off an invoice to come.
  public func isOpen(at now: Instant) -> Bool {
    detachedAt == nil && endsAt.map { now < $0 } ?? true
  }
}
