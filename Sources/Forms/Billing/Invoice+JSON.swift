import JSON
import Scrip

extension Invoice.Line: ObjectForm {
  /// `InvoiceLine`
  public static let formName = "InvoiceLine"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ line: Self?) -> Self? {
    let id = walk.required("id", line?.id, .visibleName(LineID.self))
    let amount = walk.required(
      "amount", line?.amount, ExactAmountForm(),
      "What it costs before coupons and tax, in minor units; below zero for a credit.")
    let subscriptionLineID = walk.sparse(
      "subscription_line_item_id", line?.subscriptionLineID, .name(LineID.self),
      "The line item of the subscription that it bills.")
    let productID = walk.sparse("product_id", line?.productID, .name(ProductID.self))
    let categories = walk.sparse("categories", line?.categories, .words(Category.self, 0...50))
    let isDiscountable = walk.sparse(
      "discountable", line.flatMap { $0.isDiscountable ? nil : false }, .flag(),
      "False if no coupon may take anything off it.")
    guard let id, let amount, let subscriptionLineID, let productID, let categories, let isDiscountable else {
      return nil
    }
    return Self(
      id: id, amount: amount, subscriptionLineID: subscriptionLineID, productID: productID,
      categories: categories, isDiscountable: isDiscountable ?? true)
  }
}

extension Invoice.DirectCoupon: ObjectForm {
  /// `InvoiceCoupon`
  public static let formName = "InvoiceCoupon"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ coupon: Self?) -> Self? {
    let name = walk.couponName(coupon?.name)
    let lineID = walk.sparse(
      "line_item_id", coupon?.lineID, .name(LineID.self), "The line that it is for; left out: the invoice.")
    guard let name, let lineID else { return nil }
    return Self(name, lineID: lineID)
  }
}

extension FormWalk where Self: ~Copyable {
  /// Exactly one of `code` and `coupon_id`.
  mutating func couponName(_ name: Invoice.DirectCoupon.Name?) -> Invoice.DirectCoupon.Name? {
    let read = either(
      ("code", name.flatMap(\.code), NamedCodeForm()),
      ("coupon_id", name.flatMap(\.couponID), .id(Coupon.ID.self)))
    return read.map {
      switch $0 {
      case .first(let code): .code(code)
      case .second(let id): .coupon(id)
      }
    }
  }
}

extension Invoice.DirectCoupon.Name {
  fileprivate var code: ExactText<CouponCode>? { if case .code(let code) = self { code } else { nil } }
  fileprivate var couponID: Coupon.ID? { if case .coupon(let id) = self { id } else { nil } }
}

/// A code as it was typed.
private struct NamedCodeForm: ValueForm {
  func read(_ value: ValueReader) -> ExactText<CouponCode>? { value.typedText().map { ExactText($0) } }

  func write(_ code: ExactText<CouponCode>, to writer: inout JSONWriter) { writer.string(code.text) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(0...CouponCode.typedCharactersMax) }
}

extension Invoice.Content {
  /// The members that callers tell, those aside that may be left out of a request.
  static func walkTold<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ content: Self?, date: inout Instant?
  ) -> Self? {
    let subscriptionID = walk.optional(
      "subscription_id", content?.subscriptionID, .visibleName(SubscriptionID.self))
    let customer = walk.optional(
      "customer_id", content?.customer, .visibleName(UserID.self),
      "Who pays; left out: who pays for the subscription.")
    let currency = walk.required("currency", content?.currency, .currency())
    let told = walk.optional(
      "date", content?.date, .instant(),
      "The moment that it is of, which decides the coupons that it has; left out: now, or what it was before."
    )
    let lines = walk.required(
      "line_items", content?.lines,
      .distinct(.objects(Invoice.Line.self, 1...500), by: { $0.id }, at: "id", "stands twice in the invoice"))
    let coupons = walk.member(
      "coupons", content?.coupons, else: [], .objects(Invoice.DirectCoupon.self, 0...10),
      "Coupons for this invoice alone.")
    let revision = walk.optional(
      "revision", content?.revision, .integer(0, to: amountMax),
      "Your number of this state: a message with a lower one than the last changes nothing.")
    let metadata = walk.member("metadata", content?.metadata, else: [:], NotesForm())
    guard let subscriptionID, let customer, let currency, let told, let lines, let coupons, let revision,
      let metadata
    else { return nil }
    date = told
    return Self(
      subscriptionID: subscriptionID, customer: customer, currency: currency, date: told ?? .earliest,
      lines: lines, coupons: coupons, revision: revision, metadata: metadata)
  }
}

extension Invoice.Content: ObjectForm {
  /// `InvoiceContent`
  public static let formName = "InvoiceContent"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ content: Self?) -> Self? {
    var date: Instant?
    return walkTold(&walk, content, date: &date)
  }
}

extension Invoice: ObjectForm, JSONWritable {
  /// The invoice as the API shows it.
  public static let formName = "Invoice"
  /// For the API's description.
  public static let formNote: StaticString? =
    "An invoice with what coupons take off it. total = subtotal - discount; tax is yours, on each line's taxable."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ invoice: Self?) -> Self? {
    let id = walk.required("id", invoice?.id, .name(InvoiceID.self))
    let state = walk.required("state", invoice?.state, .choice(named: "InvoiceState"))
    let shown = ShownInvoice.walk(
      &walk, invoice.map { ShownInvoice(content: $0.content, price: $0.price) })
    let version = walk.required("version", invoice?.version, .integer(1, to: .max))
    let createdAt = walk.required("created_at", invoice?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", invoice?.updatedAt, .instant())
    let finalizedAt = walk.optional("finalized_at", invoice?.finalizedAt, .instant())
    let voidedAt = walk.optional("voided_at", invoice?.voidedAt, .instant())
    guard let id, let state, let shown, let version, let createdAt, let updatedAt, let finalizedAt,
      let voidedAt
    else { return nil }
    return Self(
      id: id, state: state, content: shown.content, price: shown.price, version: version,
      createdAt: createdAt,
      updatedAt: updatedAt, finalizedAt: finalizedAt, voidedAt: voidedAt)
  }
}
