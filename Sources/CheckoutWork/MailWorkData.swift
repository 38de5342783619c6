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
  /// - Throws: `MoneyOverflow` for a line that costs more than an order may.
  static func of(
    _ order: OrderContent, called id: OrderID, to customer: String, from shop: String,
    amounts: Mail.LanguageTag
  ) throws(MoneyOverflow) -> TemplateData {
    let format = AmountFormat(amounts)
    let currency = order.cart.currency
    func text(_ amount: Int64) -> TemplateValue {
      .text(format.text(Money(minorUnits: amount, currency: currency)))
    }
    var lines: [TemplateData] = []
    for line in order.cart.lines {
      lines.append([
        "product_id": .text(line.productID.text), "quantity": .text(String(line.quantity)),
        "amount": text(try line.unitPrice.times(line.quantity)),
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

  /// An example, which says what there is.
  ///
  /// - Parameter language: the one in which amounts are written.
  static func sample(from shop: String, amounts language: Mail.LanguageTag) -> TemplateData {
    do throws(MoneyOverflow) {
      return try of(sampleOrder, called: "o-4711", to: "Ann Lee", from: shop, amounts: language)
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
