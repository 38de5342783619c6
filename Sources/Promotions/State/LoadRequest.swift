import Ledger
import Scrip

/// What a batch of commands, or a query, needs to see. A store answers it in a constant number of statements.
public struct LoadRequest: KeyRequest {
  /// Tenants with their settings and heads.
  public var tenants: Set<Tenant.ID> = []
  /// Codes, each with the coupon that it opens; those of archived coupons open nothing and are left out.
  public var codes: Set<Owned<CouponCode>> = []
  /// Skeletons of codes, each with the generated code that has it, or else with one of the given codes that do. Codes of
  /// archived coupons open nothing and are left out.
  public var skeletons: Set<Owned<CodeSkeleton>> = []
  /// Patterns of which it is asked how many codes are given out, those of archived coupons left out, up to one more than
  /// may be.
  public var patterns: Set<Owned<PatternSkeleton>> {
    get { rare.first?.patterns ?? [] }
    _modify { yield &rareKeys.patterns }
  }
  /// Tenants to which codes are added: nobody else adds any to them until the transaction ends, so that what was found
  /// free stays so.
  public var codesAddedTo: Set<Tenant.ID> {
    get { rare.first?.codesAddedTo ?? [] }
    _modify { yield &rareKeys.codesAddedTo }
  }
  /// Coupons with their current terms.
  public var coupons: Set<Owned<Coupon.ID>> = []
  /// Versions of terms that are not the current ones.
  public var versions: Set<Owned<VersionKey>> {
    get { rare.first?.versions ?? [] }
    _modify { yield &rareKeys.versions }
  }
  /// Counters by identity, period and budget.
  public var counters: Set<Owned<CounterKey>> = []
  /// The live application of each order, or the last one if none is live.
  public var orders: Set<Owned<OrderID>> = []
  /// Applications with their usages and snapshots, and with what changes when those are given back: their coupons,
  /// codes and counters. So do all applications that are loaded for any other reason.
  public var applications: Set<Owned<DiscountApplication.ID>> = []
  /// Orders that may be kept here. Whoever changes one has asked for what is agreed for it, and so holds its lock.
  public var keptOrders: Set<Owned<Order.ID>> = []
  /// Answers given under idempotency keys.
  public var answers: Set<Owned<IdempotencyKey.Name>> = []
  /// Persons by their pseudonyms, each with what names it.
  public var persons: Set<Owned<UserID>> = []
  /// Users by their pseudonyms of whom the addresses are asked for that they are written to.
  public var contactsOf: Set<Owned<UserID>> {
    get { rare.first?.contactsOf ?? [] }
    _modify { yield &rareKeys.contactsOf }
  }
  /// Cursors of projections.
  public var cursors: Set<Owned<ProjectionName>> {
    get { rare.first?.cursors ?? [] }
    _modify { yield &rareKeys.cursors }
  }
  /// Days of coupons' uses.
  public var couponDays: Set<Owned<CouponDayKey>> {
    get { rare.first?.couponDays ?? [] }
    _modify { yield &rareKeys.couponDays }
  }
  /// Buyers of coupons.
  public var couponUsers: Set<Owned<CouponUserKey>> {
    get { rare.first?.couponUsers ?? [] }
    _modify { yield &rareKeys.couponUsers }
  }
  /// Keys.
  public var accessKeys: Set<Owned<AccessKey.ID>> {
    get { rare.first?.accessKeys ?? [] }
    _modify { yield &rareKeys.accessKeys }
  }
  /// Work that is due at some time.
  public var dueWork: Set<Owned<DueKey>> {
    get { rare.first?.dueWork ?? [] }
    _modify { yield &rareKeys.dueWork }
  }
  /// Tenants whose number of working admin keys is asked for.
  public var adminKeyCounts: Set<Tenant.ID> {
    get { rare.first?.adminKeyCounts ?? [] }
    _modify { yield &rareKeys.adminKeyCounts }
  }
  /// Tenants whose number of webhooks is asked for.
  public var webhookCounts: Set<Tenant.ID> {
    get { rare.first?.webhookCounts ?? [] }
    _modify { yield &rareKeys.webhookCounts }
  }
  /// Coupons of which it is asked whether any code opens them.
  public var codedCoupons: Set<Owned<Coupon.ID>> {
    get { rare.first?.codedCoupons ?? [] }
    _modify { yield &rareKeys.codedCoupons }
  }
  /// Buyers of whom it is asked what they have bought here before.
  public var buyers: Set<Owned<IdentityKey>> {
    get { rare.first?.buyers ?? [] }
    _modify { yield &rareKeys.buyers }
  }
  /// Applications that are only to be given back: like `applications`, but without their snapshots, which giving back
  /// does not need.
  public var locks: Set<Owned<DiscountApplication.ID>> {
    get { rare.first?.locks ?? [] }
    _modify { yield &rareKeys.locks }
  }
  /// Coupons of which up to `lateMax` locks are looked for whose time was over at `lateAt`. They are named, not loaded.
  public var lateLocksOf: Set<Owned<Coupon.ID>> {
    get { rare.first?.lateLocksOf ?? [] }
    _modify { yield &rareKeys.lateLocksOf }
  }
  /// Coupons of which it is asked when the first of their locks ends, as far as `heldSearchMax` of them tell.
  public var heldOf: Set<Owned<Coupon.ID>> {
    get { rare.first?.heldOf ?? [] }
    _modify { yield &rareKeys.heldOf }
  }
  /// Coupons of which the uses are asked for that locks hold, `heldSearchMax` of each. They are told, not loaded.
  public var heldUsesOf: Set<Owned<Coupon.ID>> {
    get { rare.first?.heldUsesOf ?? [] }
    _modify { yield &rareKeys.heldUsesOf }
  }
  /// Coupons of which only that is asked how often their uses were revoked. They are looked at as they are: nobody is kept
  /// from changing them.
  public var revocationsOf: Set<Owned<Coupon.ID>> {
    get { rare.first?.revocationsOf ?? [] }
    _modify { yield &rareKeys.revocationsOf }
  }
  /// The moment that late locks are judged at.
  public var lateAt = Instant.earliest

  /// Rows of ordinary tables.
  public var shelf = KeyShelf()

  /// What few questions and commands ask for: one or none. Made, copied and given back with each request, so many empty
  /// sets would cost more than those that are used.
  private var rare: [RareKeys] = []

  private var rareKeys: RareKeys {
    get { rare.first ?? RareKeys() }
    _modify {
      if rare.isEmpty { rare.append(RareKeys()) }
      yield &rare[0]
    }
  }

  /// Whether anything is asked for that few ask for.
  public var asksForRareKeys: Bool { !rare.isEmpty }

  /// How many late locks of one coupon are found at once.
  public static let lateMax = 200

  /// How many of one coupon's locks are looked through.
  public static let heldSearchMax = 500

  /// An empty request.
  public init() {}

  /// An empty request with room for what so many commands ask for.
  public init(count: Int) {
    // One command's few keys find room as they come.
    if count == 1 { return }
    codes.reserveCapacity(count)
    counters.reserveCapacity(count)
    orders.reserveCapacity(count)
    keptOrders.reserveCapacity(count)
    answers.reserveCapacity(count)
  }

  /// Asks for the owner of a stream.
  public mutating func addOwner(of stream: StreamID, _ tenant: Tenant.ID) {
    tenants.insert(tenant)
    if let id = stream.couponID { coupons.insert(Owned(tenant, id)) }
    if stream.kind == .order { keptOrders.insert(OrderRow.key(of: stream, tenant)) }
    shelf.addOwner(of: stream, tenant, in: Catalogue.tables)
  }

  /// The one list of everything that can be asked for by key.
  public mutating func visitKeys(_ visitor: inout some KeyVisitor, beside other: inout LoadRequest) {
    visitor.visit(&tenants, &other.tenants, .leadsOn)
    visitor.visit(&codes, &other.codes, .leadsOn)
    visitor.visit(&skeletons, &other.skeletons, .leadsOn)
    visitor.visit(&coupons, &other.coupons, .leadsOn)
    visitor.visit(&counters, &other.counters, .ends)
    visitor.visit(&orders, &other.orders, .leadsOn)
    visitor.visit(&applications, &other.applications, .leadsOn)
    visitor.visit(&keptOrders, &other.keptOrders, .leadsOn)
    visitor.visit(&answers, &other.answers, .ends)
    visitor.visit(&persons, &other.persons, .ends)
    shelf.visit(Catalogue.tables, &visitor, beside: &other.shelf)
    if rare.isEmpty, other.rare.isEmpty { return }
    rareKeys.visit(&visitor, beside: &other.rareKeys)
  }
}

/// What few questions and commands ask for. What each means is said where the request names it.
private struct RareKeys: Sendable {
  var patterns: Set<Owned<PatternSkeleton>> = []
  var codesAddedTo: Set<Tenant.ID> = []
  var versions: Set<Owned<VersionKey>> = []
  var contactsOf: Set<Owned<UserID>> = []
  var cursors: Set<Owned<ProjectionName>> = []
  var couponDays: Set<Owned<CouponDayKey>> = []
  var couponUsers: Set<Owned<CouponUserKey>> = []
  var accessKeys: Set<Owned<AccessKey.ID>> = []
  var dueWork: Set<Owned<DueKey>> = []
  var adminKeyCounts: Set<Tenant.ID> = []
  var webhookCounts: Set<Tenant.ID> = []
  var codedCoupons: Set<Owned<Coupon.ID>> = []
  var buyers: Set<Owned<IdentityKey>> = []
  var locks: Set<Owned<DiscountApplication.ID>> = []
  var lateLocksOf: Set<Owned<Coupon.ID>> = []
  var heldOf: Set<Owned<Coupon.ID>> = []
  var heldUsesOf: Set<Owned<Coupon.ID>> = []
  var revocationsOf: Set<Owned<Coupon.ID>> = []

  mutating func visit(_ visitor: inout some KeyVisitor, beside other: inout RareKeys) {
    visitor.visit(&patterns, &other.patterns, .ends)
    visitor.visit(&codesAddedTo, &other.codesAddedTo, .leadsOn)
    visitor.visit(&versions, &other.versions, .ends)
    visitor.visit(&contactsOf, &other.contactsOf, .ends)
    visitor.visit(&accessKeys, &other.accessKeys, .ends)
    visitor.visit(&dueWork, &other.dueWork, .ends)
    visitor.visit(&adminKeyCounts, &other.adminKeyCounts, .ends)
    visitor.visit(&webhookCounts, &other.webhookCounts, .ends)
    visitor.visit(&codedCoupons, &other.codedCoupons, .ends)
    visitor.visit(&buyers, &other.buyers, .ends)
    visitor.visit(&locks, &other.locks, .leadsOn)
    visitor.visit(&lateLocksOf, &other.lateLocksOf, .leadsOn)
    visitor.visit(&heldOf, &other.heldOf, .ends)
    visitor.visit(&heldUsesOf, &other.heldUsesOf, .ends)
    visitor.visit(&revocationsOf, &other.revocationsOf, .ends)
    visitor.visit(&cursors, &other.cursors, .ends)
    visitor.visit(&couponDays, &other.couponDays, .ends)
    visitor.visit(&couponUsers, &other.couponUsers, .ends)
  }
}
