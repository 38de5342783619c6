/// Marks orders that are kept here.
public enum OrderSubject: Identified {
  /// `order`
  public static var prefix: String { "order" }
}

/// An order that is kept here from the cart to the payment, with what it costs and what became of it.
public struct Order: Hashable, Sendable {
  /// `order_…`, what its history is called. The order itself is called what its caller calls it; one that nobody has
  /// named is called by this.
  public typealias ID = Identifier<OrderSubject>

  /// What it is called.
  public let id: OrderID
  /// Where it stands.
  public var state: OrderState
  /// How many things have happened to it.
  public var version: Int64
  /// What is bought, by whom, and what it costs.
  public var content: OrderContent
  /// The application that holds, or has used, its codes' coupons; nil if no code applies.
  public var applicationID: DiscountApplication.ID?
  /// What was given back of it.
  public var returned: ReturnedParts
  /// What that comes to, in minor units.
  public var refunded: Int64
  /// What whoever has told of the payment calls it.
  public var paymentReference: PaymentReference?
  /// The payment through a provider that it was last checked out with; nil if it is paid outside.
  public var paymentID: Payment.ID?
  /// When it was made.
  public let createdAt: Instant
  /// When something last happened to it.
  public var updatedAt: Instant
  /// When it was paid; nil if it was not.
  public var paidAt: Instant?

  /// Makes an order.
  public init(
    id: OrderID, state: OrderState = .pending, version: Int64, content: OrderContent,
    applicationID: DiscountApplication.ID? = nil, returned: ReturnedParts = ReturnedParts(),
    refunded: Int64 = 0, paymentReference: PaymentReference? = nil, paymentID: Payment.ID? = nil,
    createdAt: Instant, updatedAt: Instant,
    paidAt: Instant? = nil
  ) {
    self.id = id
    self.state = state
    self.version = version
    self.content = content
    self.applicationID = applicationID
    self.returned = returned
    self.refunded = refunded
    self.paymentReference = paymentReference
    self.paymentID = paymentID
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.paidAt = paidAt
  }
}

/// What an order is about: what is bought, by whom, and what it costs. Its amounts are computed and never told by anybody.
public struct OrderContent: Hashable, Sendable {
  /// The goods and the shipping charges; no product stands in it twice.
  public var cart: Cart
  /// Who buys, by pseudonym and hashed keys.
  public var customer: Customer
  /// The language in which the customer is written to; nil if nobody said.
  public var locale: LanguageTag?
  /// The caller's own notes.
  public var metadata: [Note: Note]
  /// The goods at list price, in minor units.
  public var subtotal: Int64
  /// The shipping charges, in minor units.
  public var shipping: Int64
  /// What the coupons take off, in minor units.
  public var discount: Int64
  /// What is to be paid, in minor units: `subtotal + shipping - discount`.
  public var total: Int64
  /// The quote that says so, as callers see it.
  public var quote: [UInt8]
  /// Whether the customer is written to: an address was told with the order, and its tenant sends mails.
  public var isMailed: Bool

  /// Puts parts together that belong together.
  public init(
    cart: Cart, customer: Customer, locale: LanguageTag?, metadata: [Note: Note], subtotal: Int64,
    shipping: Int64, discount: Int64, total: Int64, quote: [UInt8], isMailed: Bool = false
  ) {
    self.cart = cart
    self.customer = customer
    self.locale = locale
    self.metadata = metadata
    self.subtotal = subtotal
    self.shipping = shipping
    self.discount = discount
    self.total = total
    self.quote = quote
    self.isMailed = isMailed
  }
}

/// What was given back of an order by now.
public struct ReturnedParts: Hashable, Sendable {
  /// Units by line; a line of which none was given back is left out.
  public private(set) var lines: [LineID: UnitSet]
  /// Minor units by shipping charge; a charge of which nothing was given back is left out.
  public private(set) var charges: [LineID: Int64]

  /// Tells what was given back.
  public init(lines: [LineID: UnitSet] = [:], charges: [LineID: Int64] = [:]) {
    self.lines = lines
    self.charges = charges
  }

  /// Whether nothing was.
  public var isEmpty: Bool { lines.isEmpty && charges.isEmpty }

  /// Adds what is given back now.
  public mutating func add(_ refund: Refund) {
    for line in refund.lines { lines[line.id] = (lines[line.id] ?? UnitSet()).union(line.units) }
    for charge in refund.charges { charges[charge.id, default: 0] += charge.amount }
  }
}
