import JSON
import Scrip

/// An order to be kept here.
public struct OrderRequest {
  /// What the caller calls it; nil has a name made.
  public var id: OrderID?
  /// The codes as they were typed.
  public var codes: [String]  // String: as typed, made to a code before it is looked up
  /// Who buys.
  public var customer: CustomerInput?
  /// What is bought.
  public var cart: Cart
  /// The language in which the customer is written to.
  public var locale: LanguageTag?
  /// The caller's own notes.
  public var metadata: [Note: Note]
  /// What the caller has shown as the total, in minor units; another one is refused.
  public var expectedTotal: Int64?
  /// How long the codes are held, in seconds.
  public var lockSeconds: Int64?
  /// Whether a code that does not apply refuses the order, instead of being left out.
  public var isAllOrNothing: Bool
}

extension OrderRequest: RequestForm {
  /// `OrderRequest`
  public static let formName = "OrderRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"id": "o-1", "codes": ["WELCOME10"], "customer": {"user_id": "u-1"}, "locale": "de-DE", "cart": \#(exampleCart)}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: OrderRequest?
  ) -> OrderRequest? {
    let id = walk.optional("id", request?.id, OrderNameForm(), "Left out: a name is made.")
    let codes = walk.member("codes", request?.codes, else: [], OrderCodesForm())
    let customer = walk.optional("customer", request?.customer, .object())
    let cart = walk.required("cart", request?.cart, OrderCartForm())
    let locale = walk.optional("locale", request?.locale, LanguageTagForm())
    let metadata = walk.member("metadata", request?.metadata, else: [:], NotesForm())
    let expected = walk.optional("expected_total", request?.expectedTotal, .amount())
    let seconds = walk.optional(
      "ttl_seconds", request?.lockSeconds, .integer(TenantSettings.lockSecondsRange))
    let isAllOrNothing = walk.member(
      "all_or_nothing", request?.isAllOrNothing, else: true, .flag(),
      "Refuse the order if a code does not apply, instead of leaving the code out.")
    guard let id, let codes, let customer, let cart, let locale, let metadata, let expected, let seconds,
      let isAllOrNothing
    else { return nil }
    return OrderRequest(
      id: id, codes: codes, customer: customer, cart: cart, locale: locale, metadata: metadata,
      expectedTotal: expected, lockSeconds: seconds, isAllOrNothing: isAllOrNothing)
  }
}

/// What an order is to be from now on: what is left out stays as it is.
public struct OrderChangeRequest {
  /// All codes that the order is to have.
  public var codes: [String]?  // String: as typed, made to a code before it is looked up
  /// Who buys.
  public var customer: CustomerInput?
  /// What is bought.
  public var cart: Cart?
  /// What becomes of the language in which the customer is written to.
  public var locale: MemberChange<LanguageTag>
  /// The caller's own notes.
  public var metadata: [Note: Note]?
  /// What the caller expects as the total, in minor units; another one is refused.
  public var expectedTotal: Int64?
  /// Whether a code that does not apply refuses the change, instead of being given back or left out.
  public var isAllOrNothing: Bool
}

extension OrderChangeRequest: RequestForm {
  /// `OrderChangeRequest`
  public static let formName = "OrderChangeRequest"
  /// In JSON.
  public static let formExamples = [#"{"codes": ["WELCOME10"]}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: OrderChangeRequest?
  ) -> OrderChangeRequest? {
    let codes = walk.optional(
      "codes", request?.codes, OrderCodesForm(),
      "All codes that the order is to have; those that it has and that are not here are given back. Left out: those that it has."
    )
    let customer = walk.optional("customer", request?.customer, .object(), "Left out: who buys now.")
    let cart = walk.optional("cart", request?.cart, OrderCartForm(), "Left out: what is bought now.")
    let locale = walk.group(
      request?.locale,
      RemovableMember("locale", LanguageTagForm(), "Left out: the language that it has; null: none."))
    let metadata = walk.optional("metadata", request?.metadata, NotesForm())
    let expected = walk.optional("expected_total", request?.expectedTotal, .amount())
    let isAllOrNothing = walk.member(
      "all_or_nothing", request?.isAllOrNothing, else: false, .flag(),
      "Refuse the change if a code does not apply, instead of giving the code back.")
    guard let codes, let customer, let cart, let locale, let metadata, let expected, let isAllOrNothing else {
      return nil
    }
    return OrderChangeRequest(
      codes: codes, customer: customer, cart: cart, locale: locale, metadata: metadata,
      expectedTotal: expected, isAllOrNothing: isAllOrNothing)
  }
}

/// The customer wants to pay.
public struct CheckoutRequest {
  /// What the caller has shown as the total, in minor units; another one is refused.
  public var expectedTotal: Int64?
  /// How long the codes are held for the payment, in seconds.
  public var lockSeconds: Int64?
}

extension CheckoutRequest: RequestForm {
  /// `CheckoutRequest`
  public static let formName = "CheckoutRequest"
  /// In JSON.
  public static let formExamples = [#"{"expected_total": 3598}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: CheckoutRequest?
  ) -> CheckoutRequest? {
    let expected = walk.optional("expected_total", request?.expectedTotal, .amount())
    let seconds = walk.optional(
      "ttl_seconds", request?.lockSeconds, .integer(TenantSettings.lockSecondsRange),
      "How long the codes are held for the payment; left out: until seven days after they were locked.")
    guard let expected, let seconds else { return nil }
    return CheckoutRequest(expectedTotal: expected, lockSeconds: seconds)
  }
}

/// The order was paid outside.
public struct PaymentRequest {
  /// What whoever tells of it calls the payment.
  public var reference: PaymentReference?
  /// What was paid, in minor units; another total is refused.
  public var expectedTotal: Int64?
  /// What becomes of coupons whose lock was lost and whose place is gone.
  public var withoutRoom: WithoutRoom
}

extension PaymentRequest: RequestForm {
  /// `PaymentRequest`
  public static let formName = "PaymentRequest"
  /// In JSON.
  public static let formExamples = [#"{"reference": "bank-2026-4711", "expected_total": 3598}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: PaymentRequest?
  ) -> PaymentRequest? {
    let reference = walk.optional("reference", request?.reference, .visibleName(PaymentReference.self))
    let expected = walk.optional("expected_total", request?.expectedTotal, .amount())
    let withoutRoom = walk.member(
      "without_room", request?.withoutRoom, else: .refuse, .choice(),
      "What becomes of coupons whose lock was lost while the customer paid and whose place is gone: refuse the payment, or honour the order, whose uses no limit then counts."
    )
    guard let reference, let expected, let withoutRoom else { return nil }
    return PaymentRequest(reference: reference, expectedTotal: expected, withoutRoom: withoutRoom)
  }
}

/// The items of a paid order are changed.
public struct OrderAmendRequest {
  /// What is bought from now on.
  public var cart: Cart
  /// What the caller expects as the total, in minor units; another one is refused.
  public var expectedTotal: Int64?
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension OrderAmendRequest: RequestForm {
  /// `OrderAmendRequest`
  public static let formName = "OrderAmendRequest"
  /// In JSON.
  public static let formExamples = [
    #"""
    {"cart": {"currency": "EUR", "lines": [{"id": "l1", "product_id": "mug", "quantity": 2, "unit_price": 1000}]}}
    """#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: OrderAmendRequest?
  ) -> OrderAmendRequest? {
    let cart = walk.required("cart", request?.cart, OrderCartForm(), "What is bought from now on, all of it.")
    let expected = walk.optional("expected_total", request?.expectedTotal, .amount())
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    guard let cart, let expected, let reason else { return nil }
    return OrderAmendRequest(cart: cart, expectedTotal: expected, reason: reason)
  }
}

/// The money that is set aside is wanted.
public struct CaptureRequest {
  /// What is to be taken, in minor units; another total is refused.
  public var expectedTotal: Int64?
}

extension CaptureRequest: RequestForm {
  /// `CaptureRequest`
  public static let formName = "CaptureRequest"
  /// In JSON.
  public static let formExamples = [#"{"expected_total": 3598}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: CaptureRequest?
  ) -> CaptureRequest? {
    walk.optional("expected_total", request?.expectedTotal, .amount()).map {
      CaptureRequest(expectedTotal: $0)
    }
  }
}

/// Why something happens to an order.
public struct OrderReasonRequest {
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension OrderReasonRequest: RequestForm {
  /// `OrderReasonRequest`
  public static let formName = "OrderReasonRequest"
  /// In JSON.
  public static let formExamples = [#"{"reason": "card_declined"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: OrderReasonRequest?
  ) -> OrderReasonRequest? {
    walk.optional("reason", request?.reason, .text(0...200)).map { OrderReasonRequest(reason: $0) }
  }
}

/// What a caller calls an order. Clients take `.` and `..` out of paths, so that no request would reach such an order.
private struct OrderNameForm: ValueForm {
  private let name = NameForm<Named.Order>(rule: .visibleName)

  func read(_ value: ValueReader) -> OrderID? {
    guard let id = name.read(value) else { return nil }
    if id.text != ".", id.text != ".." { return id }
    value.refuse(.invalidValue, "must not be . or .., which can't stand in a path")
    return nil
  }

  func write(_ id: OrderID, to writer: inout JSONWriter) { name.write(id, to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { name.schema(&walk) }
}

/// The cart of an order: one in which no product stands twice.
private struct OrderCartForm: ValueForm {
  private let lines = DistinctListForm(
    list: ListForm(element: NestedForm<Cart.Line>(), counts: 1...500, noun: "line"), key: { $0.productID },
    member: "product_id", message: "stands twice in the order")

  func read(_ value: ValueReader) -> Cart? {
    guard let cart = Cart(reading: value) else { return nil }
    if Set(cart.lines.map(\.productID)).count == cart.lines.count { return cart }
    return value.object { (object: inout ObjectReader) -> Cart? in
      object.ignoreUnknownMembers()
      _ = object.member("lines") { lines.read($0) }
      return nil
    }
  }

  func write(_ cart: Cart, to writer: inout JSONWriter) { cart.write(to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { NestedForm<Cart>().schema(&walk) }
}

/// The codes of an order: none, or up to ten.
private struct OrderCodesForm: ValueForm {
  private let some = LockedCodesForm()

  func read(_ value: ValueReader) -> [String]? {
    value.kind == .array && value.node.count == 0 ? [] : some.read(value)
  }

  func write(_ codes: [String], to writer: inout JSONWriter) { some.write(codes, to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { some.schema(&walk).with("minItems", 0) }
}
