import Forms
import Ledger
import Scrip

/// An invoice took one use of a coupon that is named for it alone.
public struct InvoiceCouponTaken: PromotionFact {
  /// `InvoiceCouponTaken`
  public static let formName = "InvoiceCouponTaken"

  /// Which invoice.
  public var invoiceID: InvoiceID
  /// Which coupon.
  public var couponID: Coupon.ID
  /// The version of the coupon's terms.
  public var version: Int64
  /// What it takes.
  public var use: DirectUse

  /// Makes the fact.
  public init(invoiceID: InvoiceID, couponID: Coupon.ID, version: Int64, use: DirectUse) {
    self.invoiceID = invoiceID
    self.couponID = couponID
    self.version = version
    self.use = use
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let invoiceID = walk.required("invoice_id", fact?.invoiceID, .name(InvoiceID.self))
    let couponID = walk.required("coupon_id", fact?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", fact?.version, .integer(1, to: .max))
    let use = walk.required("use", fact?.use, .object())
    guard let invoiceID, let couponID, let version, let use else { return nil }
    return Self(invoiceID: invoiceID, couponID: couponID, version: version, use: use)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addUse(of: couponID, use.code, use.counters, tenant)
  }

  /// Counts the use.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.count(use.counters, under: use.code, by: 1, place.coupon)
  }
}

/// An invoice gave back one use of a coupon that was named for it alone.
public struct InvoiceCouponReturned: PromotionFact {
  /// `InvoiceCouponReturned`
  public static let formName = "InvoiceCouponReturned"

  /// Which invoice.
  public var invoiceID: InvoiceID
  /// Which coupon.
  public var couponID: Coupon.ID
  /// What it gives back.
  public var use: DirectUse

  /// Makes the fact.
  public init(invoiceID: InvoiceID, couponID: Coupon.ID, use: DirectUse) {
    self.invoiceID = invoiceID
    self.couponID = couponID
    self.use = use
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let invoiceID = walk.required("invoice_id", fact?.invoiceID, .name(InvoiceID.self))
    let couponID = walk.required("coupon_id", fact?.couponID, .id(Coupon.ID.self))
    let use = walk.required("use", fact?.use, .object())
    guard let invoiceID, let couponID, let use else { return nil }
    return Self(invoiceID: invoiceID, couponID: couponID, use: use)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addUse(of: couponID, use.code, use.counters, tenant)
  }

  /// Counts it back.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.count(use.counters, under: use.code, by: -1, place.coupon)
  }
}
