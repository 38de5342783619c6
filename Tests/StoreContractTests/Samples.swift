import Digest
import Forms
import Scrip

@testable import Ledger
@testable import Promotions

let tenant = Tenant.ID(1)
let noon = Instant(rfc3339: "2026-11-21T12:00:00Z")!
let euro = Currency(code: "EUR")!
let yen = Currency(code: "JPY")!

func couponID(_ number: UInt128) -> Coupon.ID { Coupon.ID(0xC0 << 120 | number) }
func applicationID(_ number: UInt128) -> DiscountApplication.ID {
  DiscountApplication.ID(0xA0 << 120 | number)
}
func keyID(_ number: UInt128) -> AccessKey.ID { AccessKey.ID(0xB0 << 120 | number) }
func code(_ text: String) -> CouponCode { CouponCode(text)! }
func hash(_ text: String) -> Hash256 { SHA256.hash(Array(text.utf8)) }

func sampleTenant(_ number: Int64 = 1, name: String = "Shop") -> TenantRecord {
  TenantRecord(
    tenant: Tenant(
      id: Tenant.ID(number), name: name,
      settings: TenantSettings(
        pricing: PricingPolicy(rounding: .halfEven, percentBase: .original), lockSeconds: 1234)),
    head: StreamHead(sequence: 7, hash: hash("head")))
}

func plainTerms(
  _ name: String = "Ten percent", total: Int64? = nil, perCode: Int64? = nil, owner: UserID? = nil,
  sellerID: SellerID? = nil, validity: Validity = .always
) -> CouponTerms {
  CouponTerms(
    name: name, discount: .percent(Percent("10")!, cap: AmountsByCurrency([])), validity: validity,
    limits: UsageLimits(total: total, perCode: perCode), owner: owner, sellerID: sellerID, stacking: .open)
}

func fullTerms() -> CouponTerms {
  CouponTerms(
    name: "Ünïcode \"terms\"",
    discount: .fixed(
      AmountsByCurrency([Money(minorUnits: 500, currency: euro), Money(minorUnits: 600, currency: yen)])),
    scope: .line, minimum: AmountsByCurrency([Money(minorUnits: 2000, currency: euro)]),
    minimumBasis: .running,
    validity: Validity(startsAt: noon, endsAt: noon.adding(seconds: 3600))!,
    limits: UsageLimits(
      total: 10, perUser: 2, perCode: 3, budget: AmountsByCurrency([Money(minorUnits: 9, currency: euro)]),
      onBudgetShort: .clip, perPeriod: [UsageLimits.PeriodLimit(period: .day, total: 5)]),
    owner: "user-7", sellerID: "seller-1", stacking: .exclusive, priority: 4,
    restoreOn: [.canceled, .fullyRefunded], metadata: ["note": "a \n b"])
}

func sampleCoupon(
  _ number: UInt128 = 1, state: Coupon.State = .active, version: Int64 = 1, terms: CouponTerms = plainTerms(),
  locked: Int64 = 0, redeemed: Int64 = 0, sequence: Int64 = 1
) -> CouponRow {
  CouponRow(
    coupon: Coupon(
      id: couponID(number), state: state, revokesLocks: state == .disabled, version: version, terms: terms,
      uses: UseCounts(locked: locked, redeemed: redeemed), createdAt: noon,
      updatedAt: noon.adding(seconds: 5)),
    head: StreamHead(sequence: sequence, hash: hash("coupon \(sequence)")))
}

func sampleKey(_ number: UInt128 = 1, role: AccessKey.Role = .admin, revokedAt: Instant? = nil) -> AccessKey {
  AccessKey(
    id: keyID(number), tenant: tenant, role: role, name: "Key \(number)",
    secretHash: hash("secret \(number)").bytes, createdAt: noon, revokedAt: revokedAt)
}

func sampleApplication(
  _ number: UInt128 = 1, order: OrderID = "order-1", state: Usage.State = .locked,
  coupons: [UInt128] = [1], lockedAt: Instant = noon, expiresIn seconds: Int64 = 900,
  currency: Currency = euro, amount: Int64 = 150, buyer: IdentityKey? = nil, counters: [UsageCounter] = [],
  agreedSequence: Int64? = nil
) -> ApplicationRecord {
  let usages = coupons.map { coupon in
    Usage(
      id: Usage.ID(number << 32 | coupon), couponID: couponID(coupon), version: 1,
      code: code("CODE-\(coupon)"),
      state: state, amount: amount, counters: counters)
  }
  return ApplicationRecord(
    application: DiscountApplication(
      id: applicationID(number), orderID: order, buyer: buyer, state: state, lockedAt: lockedAt,
      expiresAt: lockedAt.adding(seconds: seconds),
      settledAt: state == .locked ? nil : lockedAt.adding(seconds: 60),
      releaseCause: state == .released ? .fullyRefunded : nil, currency: currency,
      discount: amount * Int64(coupons.count), total: 1000,
      snapshot: QuoteSnapshot(
        quote: Array("{\"total\":\(number)}".utf8), basis: Array("{\"engine_version\":1}".utf8)),
      usages: usages),
    agreedIn: EventReference(
      couponID: couponID(coupons[0]), sequence: agreedSequence ?? Int64(truncatingIfNeeded: number) + 100))
}

func sampleEvent(
  _ sequence: Int64, stream: StreamID = .coupon(couponID(1)), tenant: Tenant.ID = tenant,
  fact: any Fact<WorkingSet> = CouponActivated(), actor: Actor = .system, requestID: String? = nil
) -> ChainedEvent {
  let event = Event(
    tenant: tenant, stream: stream, sequence: sequence, at: noon, actor: actor, requestID: requestID,
    fact: fact)
  let payload = fact.payload()
  return ChainedEvent(
    event: event, payload: payload,
    hash: ChainedEvent.hash(event, type: fact.name, payload: payload, after: .zero))
}

/// The event that an application's snapshot is kept in.
func agreement(of record: ApplicationRecord, tenant: Tenant.ID = tenant) -> ChainedEvent {
  let application = record.application
  return sampleEvent(
    record.agreedIn.sequence, stream: .coupon(record.agreedIn.couponID), tenant: tenant,
    fact: CouponApplied(
      applicationID: application.id, orderID: application.orderID, expiresAt: application.expiresAt,
      usage: application.usages[0],
      agreement: Agreement(
        buyer: application.buyer, currency: application.currency, discount: application.discount,
        total: application.total, snapshot: application.snapshot),
      joins: application.share))
}
