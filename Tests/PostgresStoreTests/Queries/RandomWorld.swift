import Digest
import Scrip
import TestSupport

@testable import Ledger
@testable import Promotions

/// Two tenants' coupons, codes, counters and applications, as a seed determines them.
struct RandomWorld {
  static let users: [UserID] = ["ann", "bob", "Ann", "ann ", "\u{C5}sa", "A\u{30A}sa", "日本"]
  static let sellers: [SellerID] = ["seller-1", "seller-2"]

  private(set) var set = WorkingSet()
  private(set) var codes: [Owned<CouponCode>] = []
  private(set) var coupons: [Owned<Coupon.ID>] = []
  private var generator: SeededGenerator

  let start = Instant(microseconds: 1_794_996_000_000_000)

  init(seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    for number: Int64 in [1, 2] {
      let tenant = Tenant.ID(number)
      let record = TenantRecord(
        tenant: Tenant(id: tenant, name: "Shop \(number)", settings: TenantSettings()), head: .empty)
      set.tenants.insert(record, for: tenant)
      for _ in 0..<30 { addCoupon(of: tenant) }
      for number in 0..<60 { addApplication(of: tenant, number) }
      for role in AccessKey.Role.allCases { addKey(role, of: tenant) }
    }
  }

  mutating func pick<Value>(_ values: [Value]) -> Value? { values.randomElement(using: &generator) }

  /// Nothing, as often as not.
  mutating func maybe<Value>(_ values: [Value]) -> Value? { number(0...1) == 0 ? pick(values) : nil }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &generator) }

  mutating func identifier<Subject>() -> Identifier<Subject> {
    Identifier(UInt128(generator.next()) << 64 | UInt128(generator.next()))
  }

  private mutating func addCoupon(of tenant: Tenant.ID) {
    let id: Coupon.ID = identifier()
    let opens = maybe([start.adding(seconds: number(-5...5))])
    let closes = maybe([start.adding(seconds: number(6...9))])
    let terms = CouponTerms(
      name: "Coupon \(id.value)", discount: .fixed(.usd(100)),
      validity: Validity(startsAt: opens, endsAt: closes) ?? .always,
      limits: UsageLimits(perCode: maybe([1, 3])),
      owner: maybe(RandomWorld.users),
      sellerID: maybe(RandomWorld.sellers), stacking: .open)
    let key = Owned(tenant, id)
    let record = CouponRow(
      coupon: Coupon(
        id: id, state: pick(Coupon.State.allCases) ?? .active, version: number(1...3), terms: terms,
        uses: UseCounts(locked: number(0...3), redeemed: number(0...3)), createdAt: start, updatedAt: start),
      head: .empty)
    set.coupons.insert(record, for: key)
    set.coupons.allow(key, upTo: nil)
    set.versions.insert(VersionRow(KeptTerms(terms)), for: record.versionKey(of: tenant))
    coupons.append(key)
    for _ in 0..<number(0...6) { addCode(of: key) }
    for user in RandomWorld.users where number(0...2) == 0 {
      let counter = UsageCounter.identity(IdentityKey(user))
      let counterKey = Owned(tenant, CounterKey(couponID: id, counter: counter))
      set.counters.insert(CounterRow(used: number(1...5)), for: counterKey)
      set.counters.allow(counterKey, upTo: nil)
    }
  }

  private mutating func addCode(of coupon: Owned<Coupon.ID>) {
    let letters = (0..<4).compactMap { _ in pick(["A", "B", "Z", "0", "9", "-", "_"]) }.joined()
    let code = CouponCode.of("C\(letters)\(set.codes.all.count)")
    let owner = maybe(RandomWorld.users)
    let record = CodeRecord(
      couponID: coupon.value,
      grant: CodeGrant(
        code: code, display: "\(code.canonical.lowercased())", owner: owner,
        limit: maybe([1, 2]), isGenerated: number(0...1) == 0),
      used: number(0...2))
    set.codes.insert(record, for: Owned(coupon.tenant, code))
    set.codes.allow(Owned(coupon.tenant, code), upTo: nil)
    codes.append(Owned(coupon.tenant, code))
  }

  private mutating func addApplication(of tenant: Tenant.ID, _ order: Int) {
    let used = Set((0..<2).compactMap { _ in pick(coupons.filter { $0.tenant == tenant })?.value })
    let state = pick(Usage.State.allCases) ?? .redeemed
    let lockedAt = start.adding(seconds: number(-200_000...200_000))
    let usages = used.sorted().map { coupon in
      Usage(
        id: identifier(), couponID: coupon, version: 1, code: .of("CODE"), state: state,
        amount: number(0...1000), counters: [])
    }
    guard let first = used.min() else { return }
    let id: DiscountApplication.ID = identifier()
    let user = maybe(RandomWorld.users).map { IdentityKey($0) }
    let record = ApplicationRecord(
      application: DiscountApplication(
        id: id, orderID: "order-\(order)", buyer: user, state: state,
        lockedAt: lockedAt, expiresAt: lockedAt, currency: number(0...1) == 0 ? .usd : .eur, discount: 1,
        total: 2, snapshot: QuoteSnapshot(quote: [], basis: []), usages: usages),
      agreedIn: EventReference(couponID: first, sequence: 1))
    set.applications.insert(record, for: Owned(tenant, id))
  }

  private mutating func addKey(_ role: AccessKey.Role, of tenant: Tenant.ID) {
    let id: AccessKey.ID = identifier()
    let key = Owned(tenant, id)
    let record = AccessKey(
      id: id, tenant: tenant, role: role, name: role.rawValue,
      secretHash: SHA256.hash(Array("\(id)".utf8)).bytes, createdAt: start,
      revokedAt: maybe([start]))
    set.accessKeys.insert(record, for: key)
  }
}
