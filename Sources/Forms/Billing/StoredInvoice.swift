import JSON
import Scrip

/// What coupons make of an invoice, as rows and events have it.
public struct StoredInvoicePrice: ObjectForm, Hashable, Sendable {
  /// `InvoicePrice`
  public static let formName = "InvoicePrice"

  /// The price.
  public var price: InvoicePrice

  /// Takes a price.
  public init(_ price: InvoicePrice) { self.price = price }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: Self?) -> Self? {
    let lines = walk.required(
      "lines", stored.map { $0.price.lines.map(StoredInvoiceLine.init) }, .objects(StoredInvoiceLine.self))
    let applied = walk.required(
      "applied", stored.map { $0.price.applied.map(StoredInvoiceApplication.init) },
      .objects(StoredInvoiceApplication.self))
    let notApplied = walk.required(
      "not_applied", stored?.price.notApplied, .objects(InvoiceRefusal.self))
    guard let lines, let applied, let notApplied else { return nil }
    return Self(
      InvoicePrice(
        lines: lines.map(\.line), applied: applied.map(\.application), notApplied: notApplied))
  }
}

private struct StoredInvoiceLine: ObjectForm {
  static let formName = "PricedLine"

  var line: InvoicePrice.Line

  init(_ line: InvoicePrice.Line) { self.line = line }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: Self?) -> Self? {
    let amount = walk.required("amount", stored?.line.amount, .integer())
    let discount = walk.required("discount", stored?.line.discount, .integer())
    guard let amount, let discount else { return nil }
    return Self(InvoicePrice.Line(amount: amount, discount: discount))
  }
}

private struct StoredInvoiceApplication: ObjectForm {
  static let formName = "StoredInvoiceApplication"

  var application: InvoiceApplication

  init(_ application: InvoiceApplication) { self.application = application }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: Self?) -> Self? {
    let core = InvoiceApplication.walkCore(&walk, stored?.application)
    let shares = walk.required("shares", stored?.application.shares, .objects(InvoiceApplication.Share.self))
    let use = walk.sparse("use", stored?.application.use, .object())
    guard var core, let shares, let use else { return nil }
    core.shares = shares
    core.use = use
    return Self(core)
  }
}

extension InvoiceApplication.Share: ObjectForm {
  /// `InvoiceShare`
  public static let formName = "InvoiceShare"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ share: Self?) -> Self? {
    let line = walk.required("line", share.map { Int64($0.line) }, .integer(0, to: Int64(Int32.max)))
    let amount = walk.required("amount", share?.amount, .integer())
    let original = walk.sparse("original", share?.original, .integer())
    guard let line, let amount, let original else { return nil }
    return Self(line: Int(line), amount: amount, original: original)
  }
}

extension DirectUse: ObjectForm {
  /// `DirectUse`
  public static let formName = "DirectUse"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ use: Self?) -> Self? {
    let code = walk.optional("code", use?.code, .code())
    let counters = walk.required("counters", use?.counters, .list(UsageCounterForm()))
    let revocations = walk.required("revocations", use?.revocations, .integer(0, to: .max))
    guard let code, let counters, let revocations else { return nil }
    return Self(code: code, counters: counters, revocations: revocations)
  }
}
