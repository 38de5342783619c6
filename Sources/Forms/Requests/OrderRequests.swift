import JSON
import Scrip

/// What would these codes do to this cart?
public struct QuoteRequest {
  /// The codes as they were typed.
  public var codes: [String]  // String: as typed, made to a code before it is looked up
  /// Who buys.
  public var customer: CustomerInput?
  /// What is bought.
  public var cart: Cart
  /// The order that the quote is for.
  public var orderID: OrderID?
}

extension QuoteRequest: RequestForm {
  /// `QuoteRequest`
  public static let formName = "QuoteRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"codes": ["WELCOME10"], "customer": {"user_id": "u-1", "country": "DE"}, "cart": \#(exampleCart)}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: QuoteRequest?
  ) -> QuoteRequest? {
    let codes = walk.member("codes", request?.codes, else: [], QuotedCodesForm())
    let customer = walk.optional("customer", request?.customer, .object())
    let cart = walk.required("cart", request?.cart, .object())
    let orderID = walk.optional(
      "order_id", request?.orderID, .name(OrderID.self),
      "The order that the quote is for: what it holds is not counted against it.")
    guard let codes, let customer, let cart, let orderID else { return nil }
    return QuoteRequest(codes: codes, customer: customer, cart: cart, orderID: orderID)
  }
}

/// The codes, the customer and the cart that a lock is to have.
public struct LockedOrder {
  /// The codes as they were typed.
  public var codes: [String]  // String: as typed, made to a code before it is looked up
  /// Who buys.
  public var customer: CustomerInput?
  /// What is bought.
  public var cart: Cart
  /// The discount that the caller has shown, in minor units; another one is refused.
  public var expectedDiscount: Int64?
  /// How long the lock holds, in seconds.
  public var lockSeconds: Int64?
}

extension LockedOrder: RequestForm {
  /// `ChangeRequest`
  public static let formName = "ChangeRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"codes": ["WELCOME10"], "customer": {"user_id": "u-1"}, "cart": \#(exampleCart)}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ order: LockedOrder?
  ) -> LockedOrder? {
    let codes = walk.required(
      "codes", order?.codes, LockedCodesForm(),
      "All codes that the order is to have; those that it has and that are not here are given back.")
    let customer = walk.optional("customer", order?.customer, .object())
    let cart = walk.required("cart", order?.cart, .object())
    let expected = walk.optional("expected_discount", order?.expectedDiscount, .amount())
    let seconds = walk.optional("ttl_seconds", order?.lockSeconds, .integer(TenantSettings.lockSecondsRange))
    guard let codes, let customer, let cart, let expected, let seconds else { return nil }
    return LockedOrder(
      codes: codes, customer: customer, cart: cart, expectedDiscount: expected, lockSeconds: seconds)
  }
}

/// A lock for an order.
public struct ApplicationRequest {
  /// The caller's order.
  public var orderID: OrderID
  /// What the lock is to have.
  public var order: LockedOrder
}

extension ApplicationRequest: RequestForm {
  /// `ApplicationRequest`
  public static let formName = "ApplicationRequest"
  /// In JSON.
  public static let formExamples = [
    #"{"order_id": "o-1", "codes": ["WELCOME10"], "customer": {"user_id": "u-1"}, "cart": \#(exampleCart)}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: ApplicationRequest?
  ) -> ApplicationRequest? {
    let orderID = walk.required("order_id", request?.orderID, .name(OrderID.self))
    let order = LockedOrder.walk(&walk, request?.order)
    guard let orderID, let order else { return nil }
    return ApplicationRequest(orderID: orderID, order: order)
  }
}

/// The order is paid.
public struct RedeemRequest {
  /// What the customer paid, in minor units; another total is refused.
  public var expectedTotal: Int64?
  /// What was bought in the end; nil keeps what was agreed.
  public var cart: Cart?
  /// Who bought in the end.
  public var customer: CustomerInput?
  /// Whether a code that no longer applies refuses the whole instead of being given back.
  public var isAllOrNothing: Bool
  /// What becomes of coupons whose lock was lost and whose place is gone.
  public var withoutRoom: WithoutRoom
}

extension RedeemRequest: RequestForm {
  /// `RedeemRequest`
  public static let formName = "RedeemRequest"
  /// In JSON.
  public static let formExamples = [#"{"expected_total": 3598}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: RedeemRequest?
  ) -> RedeemRequest? {
    let total = walk.optional("expected_total", request?.expectedTotal, .amount())
    let cart = walk.optional("cart", request?.cart, .object())
    let customer = walk.optional("customer", request?.customer, .object())
    let isAllOrNothing = walk.member(
      "all_or_nothing", request?.isAllOrNothing, else: false, .flag(),
      "Refuse instead of giving back a code that no longer applies to the cart.")
    let withoutRoom = walk.member(
      "without_room", request?.withoutRoom, else: .refuse, .choice(),
      "What becomes of coupons whose lock was lost and whose place is gone: refuse, or honour what was agreed, in uses that no limit counts. With a cart it is refused."
    )
    guard let total, let cart, let customer, let isAllOrNothing, let withoutRoom else { return nil }
    return RedeemRequest(
      expectedTotal: total, cart: cart, customer: customer, isAllOrNothing: isAllOrNothing,
      withoutRoom: withoutRoom)
  }
}

/// The lock is not needed any more.
public struct ReleaseRequest {
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension ReleaseRequest: RequestForm {
  /// `ReleaseRequest`
  public static let formName = "ReleaseRequest"
  /// In JSON.
  public static let formExamples = [#"{"reason": "payment_failed"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: ReleaseRequest?
  ) -> ReleaseRequest? {
    walk.optional("reason", request?.reason, .text(0...200)).map { ReleaseRequest(reason: $0) }
  }
}

/// The lock needs more time.
public struct ExtendRequest {
  /// How long it holds from now on, in seconds.
  public var lockSeconds: Int64?
}

extension ExtendRequest: RequestForm {
  /// `ExtendRequest`
  public static let formName = "ExtendRequest"
  /// In JSON.
  public static let formExamples = [#"{"ttl_seconds": 900}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: ExtendRequest?
  ) -> ExtendRequest? {
    walk.optional("ttl_seconds", request?.lockSeconds, .integer(TenantSettings.lockSecondsRange))
      .map { ExtendRequest(lockSeconds: $0) }
  }
}

/// The paid order was undone.
public struct RestoreRequest {
  /// How.
  public var cause: CouponTerms.RestoreCause
  /// The caller's own words.
  public var reason: String?  // String: shown, never looked up
}

extension RestoreRequest: RequestForm {
  /// `RestoreRequest`
  public static let formName = "RestoreRequest"
  /// In JSON.
  public static let formExamples = [#"{"cause": "canceled"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: RestoreRequest?
  ) -> RestoreRequest? {
    let cause = walk.required("cause", request?.cause, .choice())
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    guard let cause, let reason else { return nil }
    return RestoreRequest(cause: cause, reason: reason)
  }
}

let exampleCart = #"""
  {"currency": "USD", "lines": [{"id": "l1", "product_id": "p1", "categories": ["shoes"], "quantity": 2, \#
  "unit_price": 1999}], "shipping": [{"id": "s1", "method": "standard", "amount": 500}]}
  """#

/// The codes of a quote.
private struct QuotedCodesForm: ValueForm {
  func read(_ value: ValueReader) -> [String]? { readQuotedCodes(value) }

  func write(_ codes: [String], to writer: inout JSONWriter) {
    writer.array { writer in for code in codes { writer.string(code) } }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let code = walk.reference("QuotedCode") {
      [
        "description":
          "A code as typed. What can't be one, of whatever type, is answered with code_malformed."
      ]
    }
    return ["type": "array", "maxItems": .int(Int64(Pricing.codesMax)), "items": code]
  }
}

/// The codes of a lock.
struct LockedCodesForm: ValueForm {
  func read(_ value: ValueReader) -> [String]? { readLockedCodes(value) }

  func write(_ codes: [String], to writer: inout JSONWriter) {
    writer.array { writer in for code in codes { writer.string(code) } }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let code = walk.reference("TypedCode") {
      textSchema(0...CouponCode.typedCharactersMax)
        .noted("A code as typed: at most 64 characters, not counting blanks and what else is dropped.")
    }
    return ["type": "array", "minItems": 1, "maxItems": .int(Int64(Pricing.codesMax)), "items": code]
  }
}
