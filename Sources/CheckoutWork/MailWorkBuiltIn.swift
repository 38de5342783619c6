import Promotions
import Scrip

/// What mails say as long as a tenant has written nothing: in English, the language that every choice ends with, and in
/// German.
public enum BuiltInMailTemplates {
  /// The language that every choice of one ends with.
  public static let lastLanguage: Scrip.LanguageTag = "en"

  /// All of them, in the order of their names.
  public static let all: [StoredMailTemplate] = texts.map { name, text in
    StoredMailTemplate(name: name, text: text, version: 0, updatedAt: nil)
  }.sorted { $0.name < $1.name }

  /// The one of a name; nil if there is none.
  public static func named(_ name: MailTemplateName) -> StoredMailTemplate? { all.first { $0.name == name } }

  private static let texts: [(MailTemplateName, MailTemplateText)] = [
    (
      MailTemplateName(.orderPaid, "en"),
      MailTemplateText(
        subject: "Your order {{order_id}}",
        text: greeting("Hello") + """
          Thank you for your order {{order_id}}. It is paid.

          """ + bill("Goods", "Discount", "Shipping", "Total"),
        html: page(
          greeting: "Hello", "Thank you for your order <b>{{order_id}}</b>. It is paid.",
          table("Goods", "Discount", "Shipping", "Total")))
    ),
    (
      MailTemplateName(.orderPaid, "de"),
      MailTemplateText(
        subject: "Ihre Bestellung {{order_id}}",
        text: greeting("Guten Tag") + """
          Vielen Dank für Ihre Bestellung {{order_id}}. Sie ist bezahlt.

          """ + bill("Waren", "Rabatt", "Versand", "Summe"),
        html: page(
          greeting: "Guten Tag", "Vielen Dank für Ihre Bestellung <b>{{order_id}}</b>. Sie ist bezahlt.",
          table("Waren", "Rabatt", "Versand", "Summe")))
    ),
    (
      MailTemplateName(.paymentFailed, "en"),
      MailTemplateText(
        subject: "The payment of your order {{order_id}} failed",
        text: greeting("Hello") + """
          The payment of {{total}} for your order {{order_id}} did not go through. Should money have been taken, it \
          is given back. You can pay again in the shop.

          {{shop}}

          """,
        html: page(
          greeting: "Hello",
          "The payment of {{total}} for your order <b>{{order_id}}</b> did not go through. Should money have been taken, it is given back. You can pay again in the shop.",
          ""))
    ),
    (
      MailTemplateName(.paymentFailed, "de"),
      MailTemplateText(
        subject: "Die Zahlung Ihrer Bestellung {{order_id}} ist fehlgeschlagen",
        text: greeting("Guten Tag") + """
          Die Zahlung von {{total}} für Ihre Bestellung {{order_id}} ist fehlgeschlagen. Falls etwas abgebucht wurde, \
          wird es erstattet. Sie können im Shop noch einmal bezahlen.

          {{shop}}

          """,
        html: page(
          greeting: "Guten Tag",
          "Die Zahlung von {{total}} für Ihre Bestellung <b>{{order_id}}</b> ist fehlgeschlagen. Falls etwas abgebucht wurde, wird es erstattet. Sie können im Shop noch einmal bezahlen.",
          ""))
    ),
  ]

  private static func greeting(_ hello: String) -> String {
    """
    \(hello){{#customer_name}} {{customer_name}}{{/customer_name}},


    """
  }

  private static func bill(_ goods: String, _ discount: String, _ shipping: String, _ total: String) -> String
  {
    """

    {{#lines}}
    {{quantity}} × {{title}}: {{amount}}
    {{/lines}}

    \(goods): {{subtotal}}
    {{#is_discounted}}
    \(discount): −{{discount}}
    {{/is_discounted}}
    {{#charges}}
    \(shipping) ({{method}}): {{amount}}
    {{/charges}}
    \(total): {{total}}

    {{shop}}

    """
  }

  private static func page(greeting: String, _ sentence: String, _ table: String) -> String {
    """
    <!DOCTYPE html>
    <html>
    <body>
    <p>\(greeting){{#customer_name}} {{customer_name}}{{/customer_name}},</p>
    <p>\(sentence)</p>
    \(table)<p>{{shop}}</p>
    </body>
    </html>

    """
  }

  private static func table(_ goods: String, _ discount: String, _ shipping: String, _ total: String)
    -> String
  {
    """
    <table>
    {{#lines}}
    <tr><td>{{quantity}} × {{title}}</td><td align="right">{{amount}}</td></tr>
    {{/lines}}
    <tr><td>\(goods)</td><td align="right">{{subtotal}}</td></tr>
    {{#is_discounted}}
    <tr><td>\(discount)</td><td align="right">−{{discount}}</td></tr>
    {{/is_discounted}}
    {{#charges}}
    <tr><td>\(shipping) ({{method}})</td><td align="right">{{amount}}</td></tr>
    {{/charges}}
    <tr><td><b>\(total)</b></td><td align="right"><b>{{total}}</b></td></tr>
    </table>

    """
  }
}
