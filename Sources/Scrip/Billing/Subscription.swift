/// Marks subscription identifiers.
public enum SubscriptionSubject: Identified {
  /// `subscription`
  public static var prefix: String { "subscription" }
}

/// A subscription as a billing system tells of it: what coupons can be attached to. Plans, usage and tax are its own affair.
public struct Subscription: Hashable, Sendable {
  /// `subscription_…`
  public typealias ID = Identifier<SubscriptionSubject>

  /// What the caller says of it.
  public enum Status: String, CaseIterable, Sendable {
    /// Not paid for yet.
    case trialing
    /// Running.
    case active
    /// Running, with an invoice that was not paid.
    case pastDue = "past_due"
    /// Not running at the moment.
    case paused
    /// Over for good: it takes no new coupon, and nothing leaves this.
    case cancelled
  }

  /// What is billed by itself.
  public struct Line: Hashable, Sendable {
    /// The caller's name for it, unique in the subscription.
    public var id: LineID
    /// The caller's product id.
    public var productID: ProductID?

    /// Makes a line.
    public init(id: LineID, productID: ProductID? = nil) {
      self.id = id
      self.productID = productID
    }
  }

  /// A part of its time, such as a trial, which coupons can be bound to.
  public struct Phase: Hashable, Sendable {
    /// The caller's name for it, unique in the subscription.
    public var id: PhaseID
    /// Its first moment.
    public var startsAt: Instant
    /// The first moment after it; nil for none.
    public var endsAt: Instant?

    /// Makes a phase; nil unless it has a moment.
    public init?(id: PhaseID, startsAt: Instant, endsAt: Instant? = nil) {
      if let endsAt, endsAt <= startsAt { return nil }
      self.id = id
      self.startsAt = startsAt
      self.endsAt = endsAt
    }

    /// Whether a moment lies in it.
    public func contains(_ moment: Instant) -> Bool {
      moment >= startsAt && endsAt.map { moment < $0 } ?? true
    }
  }

  /// What the caller says, and may say anew.
  public struct Content: Hashable, Sendable {
    /// Who pays, as a pseudonym where it is stored.
    public var customer: UserID
    /// What its invoices are in.
    public var currency: Currency
    /// Where it stands.
    public var status: Status
    /// What is billed by itself.
    public var lines: [Line]
    /// The parts of its time.
    public var phases: [Phase]
    /// When the period began that is running; nil if nobody said.
    public var periodStart: Instant?
    /// The caller's number of this state: one below the last is an old message, and changes nothing.
    public var revision: Int64?
    /// The caller's own notes.
    public var metadata: [Note: Note]

    /// Makes a content.
    public init(
      customer: UserID, currency: Currency, status: Status = .active, lines: [Line] = [],
      phases: [Phase] = [],
      periodStart: Instant? = nil, revision: Int64? = nil, metadata: [Note: Note] = [:]
    ) {
      self.customer = customer
      self.currency = currency
      self.status = status
      self.lines = lines
      self.phases = phases
      self.periodStart = periodStart
      self.revision = revision
      self.metadata = metadata
    }
  }

  /// What the caller calls it.
  public let id: SubscriptionID
  /// What the caller says.
  public var content: Content
  /// The coupons that it has and had, in the order in which they were attached.
  public var associations: [Association]
  /// The number of its state, from 1 on.
  public var version: Int64
  /// When it was told of first.
  public let createdAt: Instant
  /// When it last changed.
  public var updatedAt: Instant

  /// Makes a subscription.
  public init(
    id: SubscriptionID, content: Content, associations: [Association] = [], version: Int64,
    createdAt: Instant,
    updatedAt: Instant
  ) {
    self.id = id
    self.content = content
    self.associations = associations
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
