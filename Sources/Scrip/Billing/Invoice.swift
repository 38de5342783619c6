/// Marks invoice identifiers.
public enum InvoiceSubject: Identified {
  /// `invoice`
  public static var prefix: String { "invoice" }
}

/// An invoice as a billing system tells of it, with what coupons take off it.
public struct Invoice: Hashable, Sendable {
  /// `invoice_…`
  public typealias ID = Identifier<InvoiceSubject>

  /// Where an invoice is in its life: draft → finalized → voided, or draft → voided. Nothing leaves voided.
  public enum State: String, CaseIterable, Sendable {
    /// Computed anew whenever it is told again.
    case draft
    /// Frozen.
    case finalized
    /// Called off: what it took from coupons is given back.
    case voided
  }

  /// What is billed.
  public struct Line: Hashable, Sendable {
    /// The caller's name for the line, unique in the invoice.
    public var id: LineID
    /// What it costs before coupons and tax; below zero for a credit, such as one for time that is not used.
    public var amount: ExactAmount
    /// The line of the subscription that it bills; nil for none.
    public var subscriptionLineID: LineID?
    /// The caller's product id.
    public var productID: ProductID?
    /// The product's categories; nil when nobody said.
    public var categories: [Category]?
    /// Whether coupons may take something off it.
    public var isDiscountable: Bool

    /// Makes a line.
    public init(
      id: LineID, amount: ExactAmount, subscriptionLineID: LineID? = nil, productID: ProductID? = nil,
      categories: [Category]? = nil, isDiscountable: Bool = true
    ) {
      self.id = id
      self.amount = amount
      self.subscriptionLineID = subscriptionLineID
      self.productID = productID
      self.categories = categories
      self.isDiscountable = isDiscountable
    }
  }

  /// A coupon that the caller names for this invoice alone.
  public struct DirectCoupon: Hashable, Sendable {
    /// How the caller names it.
    public enum Name: Hashable, Sendable {
      /// By itself.
      case coupon(Coupon.ID)
      /// By one of its codes, as it was typed.
      case code(ExactText<CouponCode>)
    }

    /// How the caller names it.
    public var name: Name
    /// The line that it is for; nil for the whole invoice.
    public var lineID: LineID?

    /// Names a coupon.
    public init(_ name: Name, lineID: LineID? = nil) {
      self.name = name
      self.lineID = lineID
    }
  }

  /// What the caller says.
  public struct Content: Hashable, Sendable {
    /// The subscription that it bills; nil for an invoice by itself.
    public var subscriptionID: SubscriptionID?
    /// Who pays; nil if nobody said.
    public var customer: UserID?
    /// What it is in.
    public var currency: Currency
    /// The moment that it is of, which decides the coupons that it has.
    public var date: Instant
    /// What is billed.
    public var lines: [Line]
    /// The coupons that are named for it alone.
    public var coupons: [DirectCoupon]
    /// The caller's number of this state: one below the last is an old message, and changes nothing.
    public var revision: Int64?
    /// The caller's own notes.
    public var metadata: [Note: Note]

    /// Makes a content.
    public init(
      subscriptionID: SubscriptionID? = nil, customer: UserID? = nil, currency: Currency, date: Instant,
      lines: [Line], coupons: [DirectCoupon] = [], revision: Int64? = nil, metadata: [Note: Note] = [:]
    ) {
      self.subscriptionID = subscriptionID
      self.customer = customer
      self.currency = currency
      self.date = date
      self.lines = lines
      self.coupons = coupons
      self.revision = revision
      self.metadata = metadata
    }
  }

  /// What the caller calls it.
  public let id: InvoiceID
  /// Where it stands.
  public var state: State
  /// What the caller says.
  public var content: Content
  /// What coupons make of it.
  public var price: InvoicePrice
  /// The number of its state, from 1 on.
  public var version: Int64
  /// When it was told of first.
  public let createdAt: Instant
  /// When it last changed.
  public var updatedAt: Instant
  /// When it was frozen.
  public var finalizedAt: Instant?
  /// When it was called off.
  public var voidedAt: Instant?

  /// Makes an invoice.
  public init(
    id: InvoiceID, state: State = .draft, content: Content, price: InvoicePrice, version: Int64,
    createdAt: Instant, updatedAt: Instant, finalizedAt: Instant? = nil, voidedAt: Instant? = nil
  ) {
    self.id = id
    self.state = state
    self.content = content
    self.price = price
    self.version = version
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.finalizedAt = finalizedAt
    self.voidedAt = voidedAt
  }
}
