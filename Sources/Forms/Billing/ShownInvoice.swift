import JSON
import Scrip

/// What an invoice is about and what coupons make of it, with the amounts of each line beside what it bills.
public struct ShownInvoice: Hashable, Sendable {
  /// What the caller says.
  public var content: Invoice.Content
  /// What coupons make of it.
  public var price: InvoicePrice

  /// Makes one.
  public init(content: Invoice.Content, price: InvoicePrice) {
    self.content = content
    self.price = price
  }

  /// Its members, in their order.
  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let content = shown?.content
    let price = shown?.price
    let subscriptionID = walk.optional("subscription_id", content?.subscriptionID, .name(SubscriptionID.self))
    let customer = walk.optional("customer_id", content?.customer, .name(UserID.self))
    let currency = walk.required("currency", content?.currency, .currency())
    let date = walk.required("date", content?.date, .instant())
    let subtotal = walk.required("subtotal", price?.subtotal, .integer(), "The lines before coupons.")
    let discount = walk.required("discount", price?.discount, .amount(), "What coupons take off.")
    let total = walk.required("total", price?.total, .integer(), "What is left, before tax.")
    let lines = walk.required("line_items", shown?.lines, .objects(ShownLine.self))
    let applied = walk.required(
      "applied", shown?.applied, .objects(ShownInvoiceApplication.self),
      "The coupons that took something off, in the order in which they did.")
    let notApplied = walk.required(
      "not_applied", price?.notApplied, .objects(InvoiceRefusal.self), "The coupons that did not, and why.")
    let coupons = walk.required("coupons", content?.coupons, .objects(Invoice.DirectCoupon.self))
    let revision = walk.optional("revision", content?.revision, .integer(0, to: amountMax))
    let metadata = walk.required("metadata", content?.metadata, NotesForm())
    guard let subscriptionID, let customer, let currency, let date, subtotal != nil, discount != nil,
      total != nil, let lines, let applied, let notApplied, let coupons, let revision, let metadata
    else { return nil }
    return Self(
      content: Invoice.Content(
        subscriptionID: subscriptionID, customer: customer, currency: currency, date: date,
        lines: lines.map(\.line), coupons: coupons, revision: revision, metadata: metadata),
      price: InvoicePrice(
        lines: lines.map(\.price), applied: applied.map(\.application), notApplied: notApplied))
  }

  private var lines: [ShownLine] {
    zip(content.lines, price.lines).map { ShownLine(line: $0, price: $1) }
  }

  private var applied: [ShownInvoiceApplication] {
    price.applied.map { application in
      ShownInvoiceApplication(
        application: application, lineNames: application.shares.map { content.lines[$0.line].id })
    }
  }
}

/// A line with what coupons make of it.
private struct ShownLine: ObjectForm {
  static let formName = "InvoicedLine"

  var line: Invoice.Line
  var price: InvoicePrice.Line

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let line = Invoice.Line.walk(&walk, shown?.line)
    let subtotal = walk.required("subtotal", shown?.price.amount, .integer(), "The amount as money.")
    let discount = walk.required("discount", shown?.price.discount, .amount(), "What coupons take off it.")
    let taxable = walk.required("taxable", shown?.price.taxable, .integer(), "What is left of it.")
    guard let line, let subtotal, let discount, taxable != nil else { return nil }
    return Self(line: line, price: InvoicePrice.Line(amount: subtotal, discount: discount))
  }
}

/// An application with the names of the lines that it falls on.
private struct ShownInvoiceApplication: ObjectForm {
  static let formName = "InvoiceApplication"

  var application: InvoiceApplication
  var lineNames: [LineID]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let core = InvoiceApplication.walkCore(&walk, shown?.application)
    let shares = walk.required("allocations", shown?.allocations, .objects(InvoiceAllocation.self))
    guard var core, let shares else { return nil }
    core.shares = shares.map {
      InvoiceApplication.Share(line: Int($0.place), amount: $0.amount, original: $0.original)
    }
    return Self(application: core, lineNames: shares.map(\.lineID))
  }

  private var allocations: [InvoiceAllocation] {
    zip(application.shares, lineNames).map {
      InvoiceAllocation(
        place: Int64($0.line), lineID: $1, amount: $0.amount, original: $0.original)
    }
  }
}

/// What falls on one line.
private struct InvoiceAllocation: ObjectForm {
  static let formName = "InvoiceAllocation"

  var place: Int64
  var lineID: LineID
  var amount: Int64
  var original: Int64?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let place = walk.required(
      "index", shown?.place, .integer(0, to: Int64(Int32.max)), "The line's place in the invoice.")
    let lineID = walk.required("line_item_id", shown?.lineID, .name(LineID.self))
    let amount = walk.required("amount", shown?.amount, .amount())
    let original = walk.sparse(
      "original", shown?.original, .integer(),
      "What it was computed from, where each line was computed by itself.")
    guard let place, let lineID, let amount, let original else { return nil }
    return Self(place: place, lineID: lineID, amount: amount, original: original)
  }
}

private enum DiscountType: String, CaseIterable { case percent, fixed, decimal, shipping }

extension InvoiceApplication {
  /// The members that events and answers have, those aside that tell how it falls on lines.
  static func walkCore<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ one: Self?) -> Self? {
    let source = walk.source(one?.source)
    let couponID = walk.required("coupon_id", one?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", one?.version, .integer(1, to: .max))
    let lineID = walk.optional("line_item_id", one?.lineID, .name(LineID.self))
    let type = walk.required("discount_type", one?.snapshot.discount.type, .choice())
    let original = walk.required(
      "original", one?.original, .amount(), "What it was computed from, in minor units.")
    let discount = walk.required("discount", one?.discount, .amount(), "What it took off.")
    let final = walk.required("final", one?.final, .amount(), "What it left.")
    let position = walk.required(
      "position", one?.position, .integer(1, to: .max), "Which of its invoices this is.")
    let count = walk.optional("of", one?.invoicesMax, .integer(1, to: .max), "Of how many.")
    let snapshot = walk.required("snapshot", one?.snapshot, .object())
    guard let source, let couponID, let version, let lineID, type != nil, let original, let discount,
      final != nil, let position, count != nil, let snapshot
    else { return nil }
    return Self(
      source: source, couponID: couponID, version: version, lineID: lineID, original: original,
      discount: discount, position: position, snapshot: snapshot, shares: [])
  }
}

extension Discount {
  fileprivate var type: DiscountType {
    switch self {
    case .percent: .percent
    case .fixed: .fixed
    case .decimal: .decimal
    case .shipping: .shipping
    }
  }
}

extension InvoiceApplication {
  /// On how many invoices the coupon gives something; nil for any number.
  fileprivate var invoicesMax: Int64? {
    if case .direct = source { return 1 }
    switch snapshot.cadence {
    case .once: return snapshot.balance == nil ? 1 : nil
    case .periods(let count): return count
    case .months, .forever: return nil
    }
  }
}

extension FormWalk where Self: ~Copyable {
  /// Exactly one of `association_id` and `coupon`, the place of one that is named for the invoice.
  fileprivate mutating func source(_ source: InvoiceCouponSource?) -> InvoiceCouponSource? {
    let read = either(
      ("association_id", source.flatMap(\.associationID), .id(Association.ID.self)),
      ("coupon", source.flatMap(\.place), .integer(0, to: Int64(Int32.max))))
    return read.map {
      switch $0 {
      case .first(let id): .association(id)
      case .second(let place): .direct(Int(place))
      }
    }
  }
}

extension InvoiceCouponSource {
  fileprivate var associationID: Association.ID? {
    if case .association(let id) = self { id } else { nil }
  }

  fileprivate var place: Int64? { if case .direct(let place) = self { Int64(place) } else { nil } }
}

extension CouponSnapshot: ObjectForm {
  /// `CouponSnapshot`
  public static let formName = "CouponSnapshot"
  /// For the API's description.
  public static let formNote: StaticString? =
    "What decided the cents besides what they were computed from. It never changes."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ snapshot: Self?) -> Self? {
    let name = walk.required("name", snapshot?.name, .text())
    let discount = walk.required("discount", snapshot?.discount, .object())
    let isByLine = walk.required(
      "by_line", snapshot?.isByLine, .flag(), "Whether each line was computed by itself.")
    let cadence = walk.cadence(snapshot?.cadence)
    let rounding = walk.required("rounding", snapshot?.rounding, .choice())
    let balance = walk.sparse(
      "balance", snapshot?.balance, .integer(), "What was left of an amount that is carried over.")
    let left = walk.sparse(
      "left", snapshot?.left, .integer(),
      "What was left of the whole invoice, where that bounded the discount.")
    guard let name, let discount, let isByLine, let cadence, let rounding, let balance, let left else {
      return nil
    }
    return Self(
      name: name, discount: discount, isByLine: isByLine, cadence: cadence, rounding: rounding,
      balance: balance, left: left)
  }
}

extension InvoiceRefusal: ObjectForm {
  /// `InvoiceRefusal`
  public static let formName = "InvoiceRefusal"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ refusal: Self?) -> Self? {
    let source = walk.source(refusal?.source)
    let couponID = walk.optional("coupon_id", refusal?.couponID, .id(Coupon.ID.self))
    let reason = walk.required("code", refusal?.reason, .choice(named: "RefusalReason"))
    let message = walk.required("message", refusal?.message, .text())
    let facts = walk.required("details", refusal?.facts, FactsForm(readsInstants: false))
    guard let source, let couponID, let reason, message != nil, let facts else { return nil }
    return Self(source: source, couponID: couponID, reason: reason, facts: facts)
  }

  /// One sentence for people.
  public var message: String {
    RefusedCode(code: "", index: 0, couponID: couponID, reason: reason, facts: facts).invoiceMessage
  }
}
