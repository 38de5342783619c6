import Forms
import Ledger
import Scrip

/// A subscription with its coupons and its stream's head.
public struct SubscriptionRow: Hashable, Sendable {
  /// What it is called.
  public let subscriptionID: SubscriptionID
  /// What the caller says.
  public var content: Kept<Subscription.Content>
  /// The coupons that it has and had, in the order in which they were attached.
  public var associations: [Association]
  /// When it was told of first.
  public let createdAt: Instant
  /// When it last changed.
  public var updatedAt: Instant
  /// Where its stream stands.
  public var head: StreamHead
  /// Counts everything that happened to it or its coupons.
  public var version: Int64

  /// Makes the row of a new subscription.
  public init(subscriptionID: SubscriptionID, content: Kept<Subscription.Content>, createdAt: Instant) {
    self.init(
      subscriptionID: subscriptionID, content: content, associations: [], createdAt: createdAt,
      updatedAt: createdAt, head: .empty, version: 1)
  }

  private init(
    subscriptionID: SubscriptionID, content: Kept<Subscription.Content>, associations: [Association],
    createdAt: Instant, updatedAt: Instant, head: StreamHead, version: Int64
  ) {
    self.subscriptionID = subscriptionID
    self.content = content
    self.associations = associations
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.head = head
    self.version = version
  }

  /// The subscription.
  public var subscription: Subscription {
    Subscription(
      id: subscriptionID, content: content.value, associations: associations, version: version,
      createdAt: createdAt, updatedAt: updatedAt)
  }
}

extension SubscriptionRow: StreamOwner, DatedRow {
  /// `subscription`
  public static let shape = TableShape(
    Self.self, "subscription", noun: "subscription", endsOf: .subscription)

  /// The subscription's own stream ends in its row.
  public static func key(of stream: StreamID, _ tenant: Tenant.ID) -> Owned<Subscription.ID> {
    Owned(tenant, Subscription.ID(stream.id))
  }

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Subscription.ID>?
  ) throws(StoreFailure) -> Owned<Subscription.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order. What an invoice changes leaves alone what the caller says.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Subscription.ID>
  ) throws(StoreFailure) -> Self {
    let subscriptionID = try walk.column("subscription_id", .fixed, row?.subscriptionID)
    let createdAt = try walk.column("created_at", .fixed, row?.createdAt)
    let content = try walk.column("content", .plain, row?.content)
    try walk.derived("customer", row?.content.value.customer)
    try walk.derived("status", row?.content.value.status)
    let associations = try walk.column(
      "associations", .hot, row.map { StoredAssociations($0.associations) })
    let updatedAt = try walk.column("updated_at", .hot, row?.updatedAt)
    let version = try walk.count("version", .hot, row?.version)
    return Self(
      subscriptionID: subscriptionID, content: content, associations: associations.list,
      createdAt: createdAt, updatedAt: updatedAt, head: try walk.head(row?.head), version: version)
  }

  /// What people call it.
  public static func label(of key: Owned<Subscription.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension Identifier where Subject == SubscriptionSubject {
  /// The identifier that a subscription is found by.
  public init(of subscriptionID: SubscriptionID) {
    self.init(hashOf: subscriptionID.text, kind: SubscriptionSubject.prefix)
  }
}

extension StreamID {
  /// What concerns one subscription.
  public static func subscription(_ id: SubscriptionID) -> StreamID {
    .subscription(Subscription.ID(of: id))
  }
}

extension LoadRequest {
  /// Asks for a subscription.
  mutating func add(_ id: SubscriptionID, _ tenant: Tenant.ID) {
    shelf[SubscriptionRow.self].insert(Owned(tenant, Subscription.ID(of: id)))
  }
}

extension WorkingSet {
  /// A subscription of the tenant.
  func subscription(_ id: SubscriptionID, of tenant: Tenant.ID) throws(Refusal) -> SubscriptionRow {
    let key = Owned(tenant, Subscription.ID(of: id))
    let rows = shelf[SubscriptionRow.self]
    if let failure = rows.unreadable[key] { throw .unreadable(failure) }
    if let row = rows[key] { return row }
    throw Refusal(.notFound(.subscription), "There is no subscription \(id).")
  }

  /// Changes a subscription's coupons.
  ///
  /// - Parameter change: `update` if the subscription has another coupon from now on, which leads to its terms.
  mutating func changeSubscription(
    _ id: SubscriptionID, at place: EventPlace, _ change: RowChange = .count,
    _ body: (inout SubscriptionRow) -> Void
  ) {
    shelf[SubscriptionRow.self].change(Owned(place.tenant, Subscription.ID(of: id)), change) { row in
      row.updatedAt = place.at
      row.version += 1
      body(&row)
    }
  }
}

extension SubscriptionRow {
  /// How many associations are kept in the row, those that are over included.
  static let associationsMax = 200
  /// How many coupons a subscription may have at a time.
  static let openMax = 50

  /// Adds an association. The oldest ones that are over make room: the log tells of them.
  mutating func attach(_ association: Association) {
    associations.append(association)
    guard associations.count > Self.associationsMax,
      let oldest = associations.firstIndex(where: { !$0.isOpen(at: association.attachedAt) })
    else { return }
    associations.remove(at: oldest)
  }

  /// Changes an association, if it is there.
  mutating func withAssociation(_ id: Association.ID, _ change: (inout Association) -> Void) {
    guard let place = associations.firstIndex(where: { $0.id == id }) else { return }
    change(&associations[place])
  }

  /// Notes what an invoice takes of the coupons, or gives back of them.
  mutating func count(_ applied: [InvoiceApplication], by sign: Int64) {
    for application in applied {
      guard case .association(let id) = application.source else { continue }
      withAssociation(id) { association in
        association.invoices += sign
        association.given += sign * application.discount
      }
    }
  }
}
