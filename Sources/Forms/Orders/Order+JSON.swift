import JSON
import Scrip

extension Order: ObjectForm, JSONWritable {
  /// The order as the API shows it.
  public static let formName = "Order"
  /// For the API's description.
  public static let formNote: StaticString? =
    "An order that is kept here. total = subtotal + shipping - discount; none of its amounts is ever taken from a request."

  /// Its members, in their order. What is read knows no more of its customer than the user id.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ order: Order?) -> Order? {
    let id = walk.required("id", order?.id, .name(OrderID.self))
    let state = walk.required("state", order?.state, .choice(named: "OrderState"))
    let version = walk.required("version", order?.version, .integer(1, to: .max))
    let content = OrderContent.walkShown(&walk, order?.content)
    let refunded = walk.required(
      "refunded", order?.refunded, .amount(), "What was given back by now, in minor units.")
    let returned = walk.required("returned", order?.returned, .object())
    let applicationID = walk.optional(
      "application_id", order?.applicationID, .id(DiscountApplication.ID.self),
      "The application that holds, or has used, the coupons of its codes.")
    let reference = walk.optional(
      "payment_reference", order?.paymentReference, .name(PaymentReference.self))
    let paymentID = walk.optional(
      "payment_id", order?.paymentID, .id(Payment.ID.self),
      "The payment through a provider that it was last checked out with.")
    let createdAt = walk.required("created_at", order?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", order?.updatedAt, .instant())
    let paidAt = walk.optional("paid_at", order?.paidAt, .instant())
    guard let id, let state, let version, let content, let refunded, let returned, let applicationID,
      let reference, let paymentID, let createdAt, let updatedAt, let paidAt
    else { return nil }
    return Order(
      id: id, state: state, version: version, content: content, applicationID: applicationID,
      returned: returned, refunded: refunded, paymentReference: reference,
      paymentID: paymentID, createdAt: createdAt,
      updatedAt: updatedAt, paidAt: paidAt)
  }
}

extension OrderContent {
  /// The members that callers see of it.
  fileprivate static func walkShown<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ content: OrderContent?
  ) -> OrderContent? {
    let userID = walk.optional("user_id", content?.customer.userID, .name(UserID.self))
    let locale = walk.optional("locale", content?.locale, LanguageTagForm())
    let metadata = walk.required("metadata", content?.metadata, NotesForm())
    let cart = walk.required("cart", content?.cart, .object())
    let currency = walk.required("currency", content?.cart.currency, .currency())
    let subtotal = walk.required("subtotal", content?.subtotal, .amount())
    let shipping = walk.required("shipping", content?.shipping, .amount())
    let discount = walk.required("discount", content?.discount, .amount())
    let total = walk.required("total", content?.total, .amount())
    let quote = walk.required("quote", content?.quote, .encoded(ShownQuote.self))
    let isMailed = walk.sparse(
      "mail", content.flatMap { $0.isMailed ? true : nil }, .flag(),
      "There, and true, if the customer gets mails about the order.")
    guard let userID, let locale, let metadata, let cart, currency != nil, let subtotal, let shipping,
      let discount, let total, let quote, let isMailed
    else { return nil }
    return OrderContent(
      cart: cart, customer: Customer(userID: userID), locale: locale, metadata: metadata, subtotal: subtotal,
      shipping: shipping, discount: discount, total: total, quote: quote, isMailed: isMailed ?? false)
  }
}
