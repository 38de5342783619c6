import Forms
import Ledger
import Scrip

/// What an invoice takes of its coupons, as far as statistics ask. An event says what it was before, so that nobody has to
/// look for that.
public struct InvoiceTake: Hashable, Sendable {
  /// One coupon's part.
  public struct Part: Hashable, Sendable {
    /// The coupon.
    public var couponID: Coupon.ID
    /// What it takes off, in minor units.
    public var discount: Int64

    /// Makes a part.
    public init(couponID: Coupon.ID, discount: Int64) {
      self.couponID = couponID
      self.discount = discount
    }
  }

  /// The invoice's currency.
  public var currency: Currency
  /// The coupons that take something off it.
  public var parts: [Part]

  /// Makes one.
  public init(currency: Currency, parts: [Part]) {
    self.currency = currency
    self.parts = parts
  }

  /// What an invoice takes; nil for nothing.
  public init?(_ content: Invoice.Content, _ price: InvoicePrice) {
    if price.applied.isEmpty { return nil }
    self.init(
      currency: content.currency,
      parts: price.applied.map { Part(couponID: $0.couponID, discount: $0.discount) })
  }
}

extension InvoiceTake: ObjectForm {
  /// `InvoiceTake`
  public static let formName = "InvoiceTake"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ take: Self?) -> Self? {
    let currency = walk.required("currency", take?.currency, .currency())
    let parts = walk.required("coupons", take?.parts, .objects(Part.self))
    guard let currency, let parts else { return nil }
    return Self(currency: currency, parts: parts)
  }
}

extension InvoiceTake.Part: ObjectForm {
  /// `InvoiceTakePart`
  public static let formName = "InvoiceTakePart"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ part: Self?) -> Self? {
    let couponID = walk.required("coupon_id", part?.couponID, .id(Coupon.ID.self))
    let discount = walk.required("discount", part?.discount, .integer())
    guard let couponID, let discount else { return nil }
    return Self(couponID: couponID, discount: discount)
  }
}
