import Digest
import Forms
import Ledger
import Scrip

/// An order that is kept here, with its stream's head.
public struct OrderRow: Hashable, Sendable {
  /// What it is called.
  public let orderID: OrderID
  /// Where it stands.
  public var state: OrderState
  /// What it is about, and what it costs.
  public var content: KeptOrder
  /// The application that holds, or has used, its codes' coupons.
  public var applicationID: DiscountApplication.ID?
  /// What was given back of it.
  public var returned: ReturnedParts
  /// What that comes to, in minor units.
  public var refunded: Int64
  /// What whoever has told of the payment calls it.
  public var paymentReference: PaymentReference?
  /// The payment through a provider that it was last checked out with.
  public var paymentID: Payment.ID?
  /// When it was made.
  public let createdAt: Instant
  /// When something last happened to it.
  public var updatedAt: Instant
  /// When it was paid.
  public var paidAt: Instant?
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes the row of a new order.
  public init(
    orderID: OrderID, content: KeptOrder, applicationID: DiscountApplication.ID?, createdAt: Instant
  ) {
    self.init(
      orderID: orderID, state: .pending, content: content, applicationID: applicationID,
      returned: ReturnedParts(), refunded: 0, paymentReference: nil, paymentID: nil, createdAt: createdAt,
      updatedAt: createdAt, paidAt: nil, head: .empty)
  }

  private init(
    orderID: OrderID, state: OrderState, content: KeptOrder, applicationID: DiscountApplication.ID?,
    returned: ReturnedParts, refunded: Int64, paymentReference: PaymentReference?,
    paymentID: Payment.ID?, createdAt: Instant, updatedAt: Instant, paidAt: Instant?, head: StreamHead
  ) {
    self.orderID = orderID
    self.state = state
    self.content = content
    self.applicationID = applicationID
    self.returned = returned
    self.refunded = refunded
    self.paymentReference = paymentReference
    self.paymentID = paymentID
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.paidAt = paidAt
    self.head = head
  }

  /// The order.
  public var order: Order {
    Order(
      id: orderID, state: state, version: head.sequence, content: content.content,
      applicationID: applicationID, returned: returned, refunded: refunded,
      paymentReference: paymentReference, paymentID: paymentID, createdAt: createdAt,
      updatedAt: updatedAt, paidAt: paidAt)
  }

  /// Notes what is given back now.
  mutating func giveBack(_ refund: Refund) {
    returned.add(refund)
    refunded += refund.amount
  }
}

extension OrderRow: StreamOwner {
  /// `shop_order`. A row is guarded by its order's lock, which every command about an order takes.
  public static let shape = TableShape(Self.self, "shop_order", noun: "order", endsOf: .order)

  /// The order's own stream ends in its row.
  public static func key(of stream: StreamID, _ tenant: Tenant.ID) -> Owned<Order.ID> {
    Owned(tenant, Order.ID(stream.id))
  }

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Order.ID>?
  ) throws(StoreFailure) -> Owned<Order.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order. What a step changes is short, and leaves alone what the order is about.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Order.ID>
  ) throws(StoreFailure) -> Self {
    let orderID = try walk.column("order_id", .fixed, row?.orderID)
    let createdAt = try walk.column("created_at", .fixed, row?.createdAt)
    let content = try walk.column("content", .plain, row?.content)
    let told = row?.content.content
    try walk.derived("buyer", told?.customer.buyer)
    try walk.derived("currency", told?.cart.currency)
    try walk.derived("discount", told?.discount)
    try walk.derived("total", told?.total)
    let state = try walk.column("state", .hot, row?.state)
    let applicationID = try walk.optional("application_id", .hot, row?.applicationID)
    let refunded = try walk.count("refunded", .hot, row?.refunded)
    let returned = try walk.optional("returned", .hot, row.flatMap { StoredReturns($0.returned) })
    let reference = try walk.optional("payment_reference", .hot, row?.paymentReference)
    let paymentID = try walk.optional("payment_id", .hot, row?.paymentID)
    let updatedAt = try walk.column("updated_at", .hot, row?.updatedAt)
    let paidAt = try walk.optional("paid_at", .hot, row?.paidAt)
    return Self(
      orderID: orderID, state: state, content: content, applicationID: applicationID,
      returned: returned?.parts ?? ReturnedParts(), refunded: refunded, paymentReference: reference,
      paymentID: paymentID, createdAt: createdAt, updatedAt: updatedAt, paidAt: paidAt,
      head: try walk.head(row?.head))
  }

  /// What people call it.
  public static func label(of key: Owned<Order.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension Identifier where Subject == OrderSubject {
  /// The identifier that an order is found by. A name that was made here tells it, in the order of time.
  public init(of orderID: OrderID) {
    if let made = Self(orderID.text), made.isMadeHere {
      self.init(made.value & ~(UInt128(0xF) << 76) | UInt128(8) << 76 | UInt128(0x3) << 62)
    } else {
      self.init(hashOf: orderID.text)
    }
  }

  /// Whether it is one that this service gives out: with a time in front, and the variant of RFC 9562.
  private var isMadeHere: Bool { value >> 76 & 0xF == 7 && value >> 62 & 0x3 == 2 }
}

extension Identifier {
  /// The identifier of something that callers name: a hash of the name, so that nobody has to search for it, and no two of a
  /// kind have one name.
  ///
  /// Streams of all kinds share their identifiers. So what is no order's is hashed behind its kind and a character that is
  /// in no name; and the version and the variant tell the identifiers of orders that were named here, of hashes and of all
  /// that was made here apart (RFC 9562: 7 has a time in front, 8 is whatever its maker says).
  init(hashOf name: String, kind: String? = nil) {  // String: bytes are hashed
    let text = (kind.map { Array($0.utf8) + [0] } ?? []) + Array(name.utf8)
    let number = SHA256.hash(text).leadingHalf
    let plain = number & ~(UInt128(0xF) << 76 | UInt128(0x3) << 62)
    self.init(plain | UInt128(8) << 76 | UInt128(0x2) << 62)
  }
}

extension StreamID {
  /// What concerns one order that is kept here.
  public static func order(_ id: OrderID) -> StreamID { StreamID(.order, Order.ID(of: id).value) }
}

extension WorkingSet {
  /// Changes an order in whose stream something has happened.
  mutating func changeOrder(at place: EventPlace, _ change: (inout OrderRow) -> Void) {
    keptOrders.count(OrderRow.key(of: place.stream, place.tenant)) { row in
      row.updatedAt = place.at
      change(&row)
    }
  }
}

extension LoadRequest {
  /// Asks for an order that may be kept here, and for its application.
  mutating func addOrder(_ id: OrderID, of tenant: Tenant.ID) {
    addOrder(id, Order.ID(of: id), of: tenant)
  }

  /// The same for whoever knows already what it would be found by.
  mutating func addOrder(_ id: OrderID, _ keptID: Order.ID, of tenant: Tenant.ID) {
    orders.insert(Owned(tenant, id))
    keptOrders.insert(Owned(tenant, keptID))
  }
}
