import Ledger
import Scrip

/// Adds up what coupons give to subscriptions and invoices, by currency.
public struct CouponBilling: Projection {
  /// `coupon_billing`
  public static let name: ProjectionName = "coupon_billing"
  /// The version of the fold.
  public static let version: Int64 = 1
  /// Its table.
  public static let tables = [CouponBillingRow.shape]
  /// Everything that attaches a coupon or detaches it, and everything that changes what coupons take off an invoice.
  public static let types: Set<ProjectionName> = [
    ProjectionName(CouponAttached.formName), ProjectionName(CouponDetached.formName),
    ProjectionName(InvoicePriced.formName), ProjectionName(InvoiceVoided.formName),
  ]

  /// Makes it.
  public init() {}

  /// What is added for each coupon of an event.
  public func change(by fact: any Fact<WorkingSet>, at place: EventPlace) -> [BillingChange]? {
    var changes: [BillingChange] = []
    switch fact {
    case let attached as CouponAttached:
      changes.append(BillingChange(place.coupon, attached.currency) { $0.attached = 1 })
    case let detached as CouponDetached:
      changes.append(
        BillingChange(place.coupon, detached.currency) {
          $0.detached = detached.isFirst ? 1 : 0
          $0.givenBack = detached.use == nil ? 0 : 1
        })
    case let priced as InvoicePriced:
      changes += BillingChange.parts(of: priced.before, place.tenant, -1)
      changes += BillingChange.parts(
        of: InvoiceTake(priced.content.value, priced.price.value.price), place.tenant, 1)
    case let voided as InvoiceVoided: changes += BillingChange.parts(of: voided.before, place.tenant, -1)
    default: break
    }
    return changes.isEmpty ? nil : changes
  }

  /// The coupons' rows.
  public func addNeeds(of changes: [BillingChange], to request: inout LoadRequest) {
    for change in changes { request.shelf[CouponBillingRow.self].insert(change.key) }
  }

  /// Adds.
  public func fold(_ changes: [BillingChange], into set: inout WorkingSet) {
    for change in changes {
      set.shelf[CouponBillingRow.self].count(change.key, else: CouponBillingRow()) { $0.add(change.added) }
    }
  }
}

/// What an event adds to a coupon's billing.
public struct BillingChange: Hashable, Sendable {
  fileprivate let key: Owned<CouponBillingKey>
  fileprivate let added: CouponBillingRow

  fileprivate init(
    _ coupon: Owned<Coupon.ID>, _ currency: Currency, _ add: (inout CouponBillingRow) -> Void
  ) {
    key = Owned(coupon.tenant, CouponBillingKey(couponID: coupon.value, currency: currency))
    var added = CouponBillingRow()
    add(&added)
    self.added = added
  }

  fileprivate static func parts(of take: InvoiceTake?, _ tenant: Tenant.ID, _ sign: Int64) -> [BillingChange]
  {
    guard let take else { return [] }
    return take.parts.map { part in
      BillingChange(Owned(tenant, part.couponID), take.currency) {
        $0.invoices = sign
        $0.discount = Int128(sign) * Int128(part.discount)
      }
    }
  }
}

extension CouponBillingRow {
  fileprivate mutating func add(_ other: CouponBillingRow) {
    attached += other.attached
    detached += other.detached
    givenBack += other.givenBack
    invoices += other.invoices
    discount += other.discount
  }
}
