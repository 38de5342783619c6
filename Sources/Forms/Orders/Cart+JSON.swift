import JSON
import Scrip

extension Cart: ObjectForm, JSONWritable {
  /// A request's cart, and the same in snapshots.
  public static let formName = "Cart"

  /// At most 500 lines of at most 10 000 units, 100 000 units together, and 20 shipping charges; ids are unique. A
  /// fractional unit price is `unit_price_decimal`.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ cart: Cart?) -> Cart? {
    let currency = walk.required("currency", cart?.currency, .currency())
    let pricesIncludeTax = walk.member("prices_include_tax", cart?.pricesIncludeTax, else: false, .flag())
    let channel = walk.optional(
      "channel", cart?.channel, .word(Channel.self), "The sales channel, such as web.")
    // What older programs have stored stays what it is to the byte: newer members are left out while nobody says them.
    let payment = walk.sparse(
      "payment_method", cart?.paymentMethod, .word(PaymentMethod.self),
      "How the order is to be paid, such as card.")
    let lines = walk.required("lines", cart?.lines, CartLinesForm())
    let shipping = walk.member(
      "shipping", cart?.shipping, else: [],
      .distinct(
        .objects(Cart.Shipping.self, 0...20), by: { $0.id }, at: "id", "stands twice in the cart"))
    guard let currency, let pricesIncludeTax, let channel, let payment, let lines, let shipping else {
      return nil
    }
    return Cart(
      currency: currency, pricesIncludeTax: pricesIncludeTax, channel: channel, paymentMethod: payment,
      lines: lines,
      shipping: shipping)
  }
}

extension Cart.Line: ObjectForm {
  /// `CartLine`
  public static let formName = "CartLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: Cart.Line?) -> Cart.Line? {
    let id = walk.required("id", line?.id, .name(LineID.self))
    let productID = walk.required("product_id", line?.productID, .name(ProductID.self))
    let title = walk.sparse("title", line?.title, .text(1...200), "What mails call the product.")
    let sellerID = walk.optional("seller_id", line?.sellerID, .name(SellerID.self))
    let categories = walk.optional(
      "categories", line?.categories, .words(Category.self, 0...50),
      "An empty list says that there is none; null says nothing.")
    let quantity = walk.required("quantity", line?.quantity, .integer(1, to: 10_000))
    let price = walk.either(
      ("unit_price", line?.unitPrice.minorUnits, IntegerForm(range: 0...UnitPrice.minorUnitsMax)),
      ("unit_price_decimal", line?.unitPrice, DecimalPriceForm()))
    guard let id, let productID, let title, let sellerID, let categories, let quantity,
      let unitPrice = price?.unitPrice
    else { return nil }
    return Cart.Line(
      id: id, productID: productID, title: title, sellerID: sellerID, categories: categories,
      quantity: quantity, unitPrice: unitPrice)
  }
}

extension Either<Int64, UnitPrice> {
  fileprivate var unitPrice: UnitPrice? {
    switch self {
    case .first(let minorUnits): UnitPrice(minorUnits: minorUnits)
    case .second(let price): price
    }
  }
}

extension Cart.Shipping: ObjectForm {
  /// `ShippingCharge`
  public static let formName = "ShippingCharge"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ charge: Cart.Shipping?
  ) -> Cart.Shipping? {
    let id = walk.required("id", charge?.id, .name(LineID.self))
    let method = walk.required("method", charge?.method, .word(ShippingMethod.self))
    let sellerID = walk.optional("seller_id", charge?.sellerID, .name(SellerID.self))
    let amount = walk.required("amount", charge?.amount, .amount())
    guard let id, let method, let sellerID, let amount else { return nil }
    return Cart.Shipping(id: id, method: method, sellerID: sellerID, amount: amount)
  }
}

/// The lines of a cart: at least one, no id twice.
private struct CartLinesForm: ValueForm {
  static let unitsMax: Int64 = 100_000
  private let list = DistinctListForm(
    list: ListForm(element: NestedForm<Cart.Line>(), counts: 1...500, noun: "line"), key: { $0.id },
    member: "id", message: "stands twice in the cart"
  )

  func read(_ value: ValueReader) -> [Cart.Line]? {
    guard let lines = list.read(value) else { return nil }
    // Ranges of single quantities keep this sum far from an overflow.
    if lines.reduce(0, { $0 + $1.quantity }) <= Self.unitsMax { return lines }
    value.refuse(.outOfRange, "must have at most \(Self.unitsMax) units together")
    return nil
  }

  func write(_ lines: [Cart.Line], to writer: inout JSONWriter) { list.write(lines, to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { list.schema(&walk) }
}
