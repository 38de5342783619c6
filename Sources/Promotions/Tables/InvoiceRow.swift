import Forms
import Ledger
import Scrip

/// An invoice with its stream's head.
public struct InvoiceRow: Hashable, Sendable {
  /// What it is called.
  public let invoiceID: InvoiceID
  /// Where it stands.
  public var state: Invoice.State
  /// What the caller says.
  public var content: Kept<Invoice.Content>
  /// What coupons make of it.
  public var price: Kept<StoredInvoicePrice>
  /// When it was told of first.
  public let createdAt: Instant
  /// When it last changed.
  public var updatedAt: Instant
  /// When it was frozen.
  public var finalizedAt: Instant?
  /// When it was called off.
  public var voidedAt: Instant?
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes the row of a new draft.
  public init(
    invoiceID: InvoiceID, content: Kept<Invoice.Content>, price: Kept<StoredInvoicePrice>, createdAt: Instant
  ) {
    self.init(
      invoiceID: invoiceID, state: .draft, content: content, price: price, createdAt: createdAt,
      updatedAt: createdAt, finalizedAt: nil, voidedAt: nil, head: .empty)
  }

  private init(
    invoiceID: InvoiceID, state: Invoice.State, content: Kept<Invoice.Content>,
    price: Kept<StoredInvoicePrice>, createdAt: Instant, updatedAt: Instant, finalizedAt: Instant?,
    voidedAt: Instant?, head: StreamHead
  ) {
    self.invoiceID = invoiceID
    self.state = state
    self.content = content
    self.price = price
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.finalizedAt = finalizedAt
    self.voidedAt = voidedAt
    self.head = head
  }

  /// The invoice.
  public var invoice: Invoice {
    Invoice(
      id: invoiceID, state: state, content: content.value, price: price.value.price, version: head.sequence,
      createdAt: createdAt, updatedAt: updatedAt, finalizedAt: finalizedAt, voidedAt: voidedAt)
  }
}

extension InvoiceRow: StreamOwner, DatedRow {
  /// `invoice`
  public static let shape = TableShape(Self.self, "invoice", noun: "invoice", endsOf: .invoice)

  /// The invoice's own stream ends in its row.
  public static func key(of stream: StreamID, _ tenant: Tenant.ID) -> Owned<Invoice.ID> {
    Owned(tenant, Invoice.ID(stream.id))
  }

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Invoice.ID>?
  ) throws(StoreFailure) -> Owned<Invoice.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order. What a step changes is short, and leaves alone what the invoice is about.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Invoice.ID>
  ) throws(StoreFailure) -> Self {
    let invoiceID = try walk.column("invoice_id", .fixed, row?.invoiceID)
    let createdAt = try walk.column("created_at", .fixed, row?.createdAt)
    let content = try walk.column("content", .plain, row?.content)
    let price = try walk.column("price", .plain, row?.price)
    let told = row?.content.value
    try walk.derived("subscription_id", told?.subscriptionID.map { Subscription.ID(of: $0) })
    try walk.derived("customer", told?.customer)
    try walk.derived("currency", told?.currency)
    try walk.derived("discount", row?.price.value.price.discount)
    try walk.derived("total", row?.price.value.price.total)
    let state = try walk.column("state", .hot, row?.state)
    let updatedAt = try walk.column("updated_at", .hot, row?.updatedAt)
    let finalizedAt = try walk.optional("finalized_at", .hot, row?.finalizedAt)
    let voidedAt = try walk.optional("voided_at", .hot, row?.voidedAt)
    return Self(
      invoiceID: invoiceID, state: state, content: content, price: price, createdAt: createdAt,
      updatedAt: updatedAt, finalizedAt: finalizedAt, voidedAt: voidedAt, head: try walk.head(row?.head))
  }

  /// What people call it.
  public static func label(of key: Owned<Invoice.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension Identifier where Subject == InvoiceSubject {
  /// The identifier that an invoice is found by.
  public init(of invoiceID: InvoiceID) { self.init(hashOf: invoiceID.text, kind: InvoiceSubject.prefix) }
}

extension StreamID {
  /// What concerns one invoice.
  public static func invoice(_ id: InvoiceID) -> StreamID { .invoice(Invoice.ID(of: id)) }
}

extension LoadRequest {
  /// Asks for an invoice.
  mutating func add(_ id: InvoiceID, _ tenant: Tenant.ID) {
    shelf[InvoiceRow.self].insert(Owned(tenant, Invoice.ID(of: id)))
  }
}

extension WorkingSet {
  /// An invoice of the tenant; nil if there is none.
  func invoiceIfThere(_ id: InvoiceID, of tenant: Tenant.ID) throws(Refusal) -> InvoiceRow? {
    let key = Owned(tenant, Invoice.ID(of: id))
    let rows = shelf[InvoiceRow.self]
    if let failure = rows.unreadable[key] { throw .unreadable(failure) }
    return rows[key]
  }

  /// An invoice of the tenant.
  func invoice(_ id: InvoiceID, of tenant: Tenant.ID) throws(Refusal) -> InvoiceRow {
    if let row = try invoiceIfThere(id, of: tenant) { return row }
    throw Refusal(.notFound(.invoice), "There is no invoice \(id).")
  }

  /// Changes an invoice in whose stream something has happened.
  mutating func changeInvoice(at place: EventPlace, _ change: (inout InvoiceRow) -> Void) {
    shelf[InvoiceRow.self].count(InvoiceRow.key(of: place.stream, place.tenant)) { row in
      row.updatedAt = place.at
      change(&row)
    }
  }
}
