import JSON
import Scrip

/// A JSON pointer as text.
public struct PointerForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> JSONPointer? {
    value.parsed(
      maxLength: JSONPointer.bytesMax,
      as:
        "a JSON pointer (RFC 6901) of at most \(JSONPointer.stepsMax) steps and \(JSONPointer.bytesMax) bytes, such as \"/data/order_id\""
    ) { JSONPointer($0) }
  }

  /// Writes one.
  public func write(_ pointer: JSONPointer, to writer: inout JSONWriter) { writer.string(pointer.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Pointer") {
      textSchema(0...JSONPointer.bytesMax).with("pattern", "^(/([^/~]|~[01])*)*$").noted(
        "A JSON pointer (RFC 6901).")
    }
  }
}

extension ValueForm where Self == PointerForm {
  /// A JSON pointer.
  public static func pointer() -> Self { PointerForm() }
}

extension InboxMapping: ObjectForm, JSONWritable, RequestForm {
  /// `InboxMapping`
  public static let formName = "InboxMapping"
  /// For the API's description.
  public static let formNote: StaticString? =
    "Where the parts of a shop's messages stand. What is left out is what fits messages whose data has the members of this API."
  /// In JSON.
  public static let formExamples = [
    #"{"types": {"order.paid": ["orders/paid"]}, "order_id": "/data/id", "codes": "/data/discount_codes", "code_member": "/code", "amounts": "major"}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mapping: Self?) -> Self? {
    let usual = InboxMapping()
    let type = walk.member("type", mapping?.type, else: usual.type, .pointer(), "What tells the type.")
    let types = walk.member(
      "types", mapping.map { InboxTypes($0.types) }, else: InboxTypes(usual.types), .object(),
      "The shop's names of types.")
    let orderID = walk.member(
      "order_id", mapping?.orderID, else: usual.orderID, .pointer(), "A text or a whole number.")
    let codes = walk.member("codes", mapping?.codes, else: usual.codes, .pointer(), "A list, or one text.")
    let codeMember = walk.member(
      "code_member", mapping?.codeMember, else: usual.codeMember, .pointer(),
      "Where in an element of the list the code stands.")
    let customer = walk.member("customer", mapping?.customer, else: usual.customer, .object())
    let cart = walk.member("cart", mapping?.cart, else: usual.cart, .object())
    let amounts = walk.member(
      "amounts", mapping?.amounts, else: usual.amounts, .choice(named: "InboxAmounts"),
      "How money is written: whole numbers of minor units, or the currency's own unit.")
    let refund = walk.member("refund", mapping?.refund, else: usual.refund, .object())
    let withoutRoom = walk.member(
      "without_room", mapping?.withoutRoom, else: usual.withoutRoom, .choice(),
      "What becomes of coupons whose lock was lost and whose place is gone, when the order is paid.")
    let overrides = walk.sparse(
      "overrides", mapping.flatMap { $0.overrides.isEmpty ? nil : InboxOverrides(named: $0.overrides) },
      .object(), "What stands elsewhere in messages of one kind.")
    guard let type, let types, let orderID, let codes, let codeMember, let customer, let cart, let amounts,
      let refund, let withoutRoom, let overrides
    else { return nil }
    var read = InboxMapping()
    read.type = type
    read.types = types.names
    read.orderID = orderID
    read.codes = codes
    read.codeMember = codeMember
    read.customer = customer
    read.cart = cart
    read.amounts = amounts
    read.refund = refund
    read.withoutRoom = withoutRoom
    read.overrides = overrides?.named ?? [:]
    return read
  }
}

/// What stands elsewhere, by kind of message.
private struct InboxOverrides: ObjectForm {
  static let formName = "InboxOverrides"

  let named: [InboxTopic: InboxOverride]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ overrides: Self?) -> Self? {
    var named: [InboxTopic: InboxOverride] = [:]
    func note(_ topic: InboxTopic, _ found: InboxOverride??) -> Bool {
      guard let found else { return false }
      named[topic] = found
      return true
    }
    let started = walk.sparse("checkout.started", overrides?.named[.checkoutStarted], .object())
    let failed = walk.sparse("checkout.failed", overrides?.named[.checkoutFailed], .object())
    let created = walk.sparse("order.created", overrides?.named[.orderCreated], .object())
    let paid = walk.sparse("order.paid", overrides?.named[.orderPaid], .object())
    let cancelled = walk.sparse("order.cancelled", overrides?.named[.orderCancelled], .object())
    let refunded = walk.sparse("order.refunded", overrides?.named[.orderRefunded], .object())
    let areRead = [
      note(.checkoutStarted, started), note(.checkoutFailed, failed), note(.orderCreated, created),
      note(.orderPaid, paid), note(.orderCancelled, cancelled), note(.orderRefunded, refunded),
    ]
    return areRead.contains(false) ? nil : Self(named: named)
  }
}

extension InboxOverride: ObjectForm {
  /// `InboxOverride`
  public static let formName = "InboxOverride"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ override: Self?) -> Self? {
    let orderID = walk.sparse("order_id", override?.orderID, .pointer())
    let codes = walk.sparse("codes", override?.codes, .pointer())
    let codeMember = walk.sparse("code_member", override?.codeMember, .pointer())
    let customer = walk.sparse("customer", override?.customer, .object())
    let cart = walk.sparse("cart", override?.cart, .object())
    let amounts = walk.sparse("amounts", override?.amounts, .choice(named: "InboxAmounts"))
    let refund = walk.sparse("refund", override?.refund, .object())
    guard let orderID, let codes, let codeMember, let customer, let cart, let amounts, let refund else {
      return nil
    }
    var read = Self()
    read.orderID = orderID
    read.codes = codes
    read.codeMember = codeMember
    read.customer = customer
    read.cart = cart
    read.amounts = amounts
    read.refund = refund
    return read
  }
}

/// What a shop's types are called.
private struct InboxTypes: ObjectForm {
  static let formName = "InboxTypes"

  let names: [InboxTopic: [InboxMapping.TypeName]]

  init(_ names: [InboxTopic: [InboxMapping.TypeName]]) { self.names = names }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ types: Self?) -> Self? {
    func form() -> ListForm<NameForm<InboxMapping>> {
      ListForm(element: NameForm(rule: .name), counts: 0...10)
    }
    func usual(_ topic: InboxTopic) -> [InboxMapping.TypeName] { [ExactText(topic.rawValue)] }
    let started = walk.member(
      "checkout.started", types?.names[.checkoutStarted], else: usual(.checkoutStarted), form())
    let failed = walk.member(
      "checkout.failed", types?.names[.checkoutFailed], else: usual(.checkoutFailed), form())
    let created = walk.member(
      "order.created", types?.names[.orderCreated], else: usual(.orderCreated), form())
    let paid = walk.member("order.paid", types?.names[.orderPaid], else: usual(.orderPaid), form())
    let cancelled = walk.member(
      "order.cancelled", types?.names[.orderCancelled], else: usual(.orderCancelled), form())
    let refunded = walk.member(
      "order.refunded", types?.names[.orderRefunded], else: usual(.orderRefunded), form())
    guard let started, let failed, let created, let paid, let cancelled, let refunded else { return nil }
    var seen: Set<InboxMapping.TypeName> = []
    let all: [(topic: StaticString, names: [InboxMapping.TypeName])] = [
      ("checkout.started", started), ("checkout.failed", failed), ("order.created", created),
      ("order.paid", paid), ("order.cancelled", cancelled), ("order.refunded", refunded),
    ]
    for (topic, names) in all {
      for name in names where !seen.insert(name).inserted {
        walk.refuse(topic, .invalidValue, "one type can't stand for two things, nor stand there twice")
        return nil
      }
    }
    return Self([
      .checkoutStarted: started, .checkoutFailed: failed, .orderCreated: created, .orderPaid: paid,
      .orderCancelled: cancelled, .orderRefunded: refunded,
    ])
  }
}

extension InboxCustomerMapping: ObjectForm {
  /// `InboxCustomerMapping`
  public static let formName = "InboxCustomerMapping"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mapping: Self?) -> Self? {
    let whole = walk.member(
      "whole", mapping?.whole, else: Self().whole, .pointer(),
      "A customer in the form of this API; counts where none of the parts is said.")
    let userID = walk.optional("user_id", mapping?.userID, .pointer(), "A text or a whole number.")
    let email = walk.optional("email", mapping?.email, .pointer())
    let phone = walk.optional("phone", mapping?.phone, .pointer())
    let device = walk.optional("device_id", mapping?.device, .pointer())
    let country = walk.optional("country", mapping?.country, .pointer())
    guard let whole, let userID, let email, let phone, let device, let country else { return nil }
    var read = Self()
    read.whole = whole
    read.userID = userID
    read.email = email
    read.phone = phone
    read.device = device
    read.country = country
    return read
  }
}

extension InboxCartMapping: ObjectForm {
  /// `InboxCartMapping`
  public static let formName = "InboxCartMapping"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mapping: Self?) -> Self? {
    let usual = Self()
    let whole = walk.member(
      "whole", mapping?.whole, else: usual.whole, .pointer(),
      "A cart in the form of this API; counts unless lines is said.")
    let currency = walk.optional("currency", mapping?.currency, .pointer())
    let lines = walk.optional("lines", mapping?.lines, .pointer(), "The list of lines.")
    let lineID = walk.optional(
      "line_id", mapping?.lineID, .pointer(), "In a line; lines are numbered from 1 on if it is left out.")
    let productID = walk.member(
      "product_id", mapping?.productID, else: usual.productID, .pointer(), "In a line.")
    let quantity = walk.member(
      "quantity", mapping?.quantity, else: usual.quantity, .pointer(), "In a line.")
    let unitPrice = walk.member(
      "unit_price", mapping?.unitPrice, else: usual.unitPrice, .pointer(), "In a line.")
    let sellerID = walk.optional("seller_id", mapping?.sellerID, .pointer(), "In a line.")
    let categories = walk.optional(
      "categories", mapping?.categories, .pointer(), "In a line: a list, or one text.")
    let shipping = walk.optional("shipping", mapping?.shipping, .pointer(), "What shipping costs.")
    guard let whole, let currency, let lines, let lineID, let productID, let quantity, let unitPrice,
      let sellerID, let categories, let shipping
    else { return nil }
    if lines != nil, currency == nil {
      walk.refuse("currency", .required, "is required where lines is said")
      return nil
    }
    var read = Self()
    read.whole = whole
    read.currency = currency
    read.lines = lines
    read.lineID = lineID
    read.productID = productID
    read.quantity = quantity
    read.unitPrice = unitPrice
    read.sellerID = sellerID
    read.categories = categories
    read.shipping = shipping
    return read
  }
}

extension InboxRefundMapping: ObjectForm {
  /// `InboxRefundMapping`
  public static let formName = "InboxRefundMapping"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mapping: Self?) -> Self? {
    let usual = Self()
    let amount = walk.member(
      "amount", mapping?.amount, else: usual.amount, .pointer(), "One amount, or a list of them.")
    let amountMember = walk.sparse(
      "amount_member", mapping?.amountMember, .pointer(), "Where in an element of the list the amount stands."
    )
    let statusMember = walk.sparse(
      "status_member", mapping?.statusMember, .pointer(),
      "Where in an element of the list it stands how it went: only those count that say status.")
    let status = walk.sparse(
      "status", mapping?.status, .name(InboxMapping.TypeName.self), "Without it, success.")
    let currency = walk.sparse(
      "currency", mapping?.currency, .pointer(), "Without it, the cart's.")
    let lines = walk.member(
      "lines", mapping?.lines, else: usual.lines, .pointer(), "Looked at where there is no amount.")
    let lineID = walk.member("line_id", mapping?.lineID, else: usual.lineID, .pointer(), "In a line.")
    let quantity = walk.member("quantity", mapping?.quantity, else: usual.quantity, .pointer(), "In a line.")
    guard let amount, let amountMember, let statusMember, let status, let currency, let lines, let lineID,
      let quantity
    else { return nil }
    var read = Self()
    read.amount = amount
    read.amountMember = amountMember
    read.statusMember = statusMember
    read.status = status
    read.currency = currency
    read.lines = lines
    read.lineID = lineID
    read.quantity = quantity
    return read
  }
}
