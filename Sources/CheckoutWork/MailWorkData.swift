import Forms
import Mail
import Promotions
import Scrip

/// What templates are filled with.
enum MailWorkData {
  /// What a mail about an order says.
  ///
  /// - Parameters:
  ///   - amounts: the language in which amounts are written.
  ///   - shop: whom the mail is from.
  ///   - customer: how the customer is addressed; empty if nobody knows.
  ///   - discounts: what coupons take off each line, by its place.
  /// - Throws: `MoneyOverflow` for a line that costs more than an order may.
  static func of(
    _ order: OrderContent, called id: OrderID, to customer: String, from shop: String,
    amounts: Mail.LanguageTag, discounts: [Int: Int64]
  ) throws(MoneyOverflow) -> TemplateData {
    let format = AmountFormat(amounts)
    let currency = order.cart.currency
    func text(_ amount: Int64) -> TemplateValue {
      .text(format.text(Money(minorUnits: amount, currency: currency)))
    }
    var lines: [TemplateData] = []
    for (place, line) in order.cart.lines.enumerated() {
      let discount = discounts[place] ?? 0
      lines.append([
        "product_id": .text(line.productID.text), "title": .text(line.title ?? line.productID.text),
        "quantity": .text(String(line.quantity)), "unit_price": text(try line.unitPrice.times(1)),
        "amount": text(try line.unitPrice.times(line.quantity)), "line_discount": text(discount),
        "is_line_discounted": .flag(discount > 0),
      ])
    }
    return [
      "order_id": .text(id.text), "shop": .text(shop), "customer_name": .text(customer),
      "currency": .text(currency.code), "lines": .list(lines),
      "charges": .list(
        order.cart.shipping.map { ["method": .text($0.method.text), "amount": text($0.amount)] }),
      "subtotal": text(order.subtotal), "shipping": text(order.shipping), "discount": text(order.discount),
      "is_discounted": .flag(order.discount > 0), "total": text(order.total),
    ]
  }

  /// What coupons take off each line of an order, by its place in the cart.
  ///
  /// - Throws: `StoredFormError` for a quote in a form that this program does not know.
  static func lineDiscounts(of order: OrderContent) throws(StoredFormError) -> [Int: Int64] {
    var discounts: [Int: Int64] = [:]
    guard order.discount > 0 else { return discounts }
    for applied in try Quote(stored: order.quote).applied {
      for allocation in applied.allocations {
        if case .line(let place) = allocation.target { discounts[place, default: 0] += allocation.amount }
      }
    }
    return discounts
  }

  /// An example, which says what there is.
  ///
  /// - Parameter language: the one in which amounts are written.
  static func sample(from shop: String, amounts language: Mail.LanguageTag) -> TemplateData {
    do throws(MoneyOverflow) {
      return try of(
        sampleOrder, called: "o-4711", to: "Ann Lee", from: shop, amounts: language,
        discounts: [0: 300, 1: 150])
    } catch {
      preconditionFailure("an example costs little")
    }
  }

  /// 3 mugs at 10.00 and a pot at 15.00, 4.50 off, 5.00 for shipping.
  private static let sampleOrder: OrderContent = {
    guard let euro = Currency(code: "EUR"), let mug = UnitPrice(minorUnits: 1000),
      let pot = UnitPrice(minorUnits: 1500)
    else { preconditionFailure("prices of an example are prices") }
    let lines = [
      Cart.Line(id: "l1", productID: "mug", quantity: 3, unitPrice: mug),
      Cart.Line(id: "l2", productID: "pot", quantity: 1, unitPrice: pot),
    ]
    let cart = Cart(
      currency: euro, lines: lines, shipping: [Cart.Shipping(id: "s1", method: "standard", amount: 500)])
    return OrderContent(
      cart: cart, customer: Customer(), locale: nil, metadata: [:], subtotal: 4500, shipping: 500,
      discount: 450, total: 4550, quote: [])
  }()
}
