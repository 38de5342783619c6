/// What is being bought, as the caller's server knows it. Amounts are in minor units of `currency`, in the basis in
/// which prices are entered (`pricesIncludeTax`); tax itself is the caller's affair.
public struct Cart: Hashable, Sendable {
  /// One line of goods.
  public struct Line: Hashable, Sendable {
    /// The caller's name for the line, unique in the cart.
    public var id: LineID
    /// The caller's product id.
    public var productID: ProductID
    /// What people call the product, in up to 200 characters; nil where only its id is known. Nothing looks at it but mails.
    @Exact public var title: String?
    /// The seller, where a marketplace has several.
    public var sellerID: SellerID?
    /// The product's categories; nil when nobody said.
    public var categories: [Category]?
    /// How many units, 1 to 10 000.
    public var quantity: Int64
    /// The price of one unit before any coupon.
    public var unitPrice: UnitPrice

    /// Makes a line.
    public init(
      id: LineID, productID: ProductID, title: String? = nil, sellerID: SellerID? = nil,
      categories: [Category]? = nil, quantity: Int64, unitPrice: UnitPrice
    ) {
      self.id = id
      self.productID = productID
      self.title = title
      self.sellerID = sellerID
      self.categories = categories
      self.quantity = quantity
      self.unitPrice = unitPrice
    }
  }

  /// One shipping charge.
  public struct Shipping: Hashable, Sendable {
    /// The caller's name for the charge, unique in the cart.
    public var id: LineID
    /// The shipping method.
    public var method: ShippingMethod
    /// The seller who charges it, where a marketplace has several.
    public var sellerID: SellerID?
    /// The charge in minor units.
    public var amount: Int64

    /// Makes a charge.
    public init(id: LineID, method: ShippingMethod, sellerID: SellerID? = nil, amount: Int64) {
      self.id = id
      self.method = method
      self.sellerID = sellerID
      self.amount = amount
    }
  }

  /// The currency of every amount.
  public var currency: Currency
  /// Whether prices include tax; kept in snapshots.
  public var pricesIncludeTax: Bool
  /// The sales channel, such as `web`.
  public var channel: Channel?
  /// How the order is to be paid, such as `card`; nil while nobody said.
  public var paymentMethod: PaymentMethod?
  /// The goods, 1 to 500 lines.
  public var lines: [Line]
  /// The shipping charges; empty while shipping is not known yet.
  public var shipping: [Shipping]

  /// Makes a cart.
  public init(
    currency: Currency, pricesIncludeTax: Bool = false, channel: Channel? = nil,
    paymentMethod: PaymentMethod? = nil, lines: [Line], shipping: [Shipping] = []
  ) {
    self.currency = currency
    self.pricesIncludeTax = pricesIncludeTax
    self.channel = channel
    self.paymentMethod = paymentMethod
    self.lines = lines
    self.shipping = shipping
  }
}

/// Who is buying, as far as rules and limits look at it.
public struct Customer: Hashable, Sendable {
  /// The caller's user id; nil for a guest.
  public var userID: UserID?
  /// Everything that per-user limits are held against, the user id included; empty when nothing is known.
  public var identityKeys: [IdentityKey]
  /// The segments that the customer is in; nil when nobody said.
  public var segments: [Segment]?
  /// Whether this is the first order; nil when unknown.
  public var firstOrder: Bool?
  /// How many orders the customer has paid before; nil when unknown.
  public var orderCount: Int64?
  /// Since when the customer is known; nil when unknown.
  public var createdAt: Instant?
  /// Who says these.
  public var factsFrom: CustomerFacts
  /// The country in two upper-case letters; nil when nobody said. One that is none says nothing either.
  public var country: Country?
  /// By what fraud rules recognise the customer beside the identity keys: an address as it was typed, a block of network
  /// addresses. Nothing else looks at them.
  public var traits: [FraudTrait] = []

  /// Makes a customer; a user id is an identity key by itself.
  public init(
    userID: UserID? = nil, identityKeys: [IdentityKey] = [], segments: [Segment]? = nil,
    firstOrder: Bool? = nil, country: Country? = nil, orderCount: Int64? = nil, createdAt: Instant? = nil,
    factsFrom: CustomerFacts = .caller
  ) {
    self.userID = userID
    let own = userID.map { [IdentityKey($0)] } ?? []
    // Most customers are known by their user id alone.
    self.identityKeys = identityKeys.isEmpty ? own : Set(identityKeys + own).sorted()
    self.segments = segments
    self.firstOrder = firstOrder
    self.orderCount = orderCount
    self.createdAt = createdAt
    self.factsFrom = factsFrom
    self.country = country
  }

  /// The one key that stands for the customer in statistics: the user id, or the first other key.
  public var buyer: IdentityKey? { identityKeys.first { $0.kind == .user } ?? identityKeys.first }
}

/// What rules look at: who buys what, and when.
public struct EligibilityContext: Hashable, Sendable {
  /// Who buys.
  public var customer: Customer
  /// What is bought.
  public var cart: Cart
  /// The one moment at which everything is judged.
  public var now: Instant

  /// Makes a context.
  public init(customer: Customer, cart: Cart, now: Instant) {
    self.customer = customer
    self.cart = cart
    self.now = now
  }
}
