import Scrip

/// Everything that can be asked of Scrip: commands through the committer, questions straight from the store.
public struct Engine: Sendable {
  /// Where everything is kept.
  public let store: any Store
  /// The only writer.
  public let committer: Committer

  /// Puts an engine together.
  public init(store: any Store, committer: Committer) {
    self.store = store
    self.committer = committer
  }

  /// Has a command decided and made durable.
  public func submit(_ command: Command) async throws(CommandFailure) -> CommandOutcome {
    try await committer.submit(command)
  }

  /// Prices a cart.
  ///
  /// - Throws: `StoreFailure`; the inner result is a refusal only if the cart's amounts overflow.
  public func quote(_ question: QuoteCart, tenant: Tenant.ID) throws(StoreFailure) -> Result<Quote, Refusal> {
    let now = store.now
    let set = try load { request, set in question.ask(for: &request, of: tenant, given: set, now: now) }
    do throws(Refusal) {
      return .success(try question.answer(from: set, tenant: tenant, now: now))
    } catch {
      return .failure(error)
    }
  }

  /// An application of the tenant; nil if there is none.
  public func application(
    _ id: DiscountApplication.ID, tenant: Tenant.ID
  ) throws(StoreFailure) -> DiscountApplication? {
    try load { request, _ in request.applications.insert(Owned(tenant, id)) }
      .applications[Owned(tenant, id)]?.application
  }

  /// The live application of an order, or its last one; nil if it never had one.
  public func application(ofOrder orderID: String, tenant: Tenant.ID) throws(StoreFailure)
    -> DiscountApplication?
  {
    let set = try load { request, _ in request.orders.insert(Owned(tenant, orderID)) }
    return set.applicationOfOrder[Owned(tenant, orderID)].flatMap {
      set.applications[Owned(tenant, $0)]?.application
    }
  }

  /// A coupon of the tenant; nil if there is none.
  public func coupon(_ id: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> Coupon? {
    try load { request, _ in request.coupons.insert(Owned(tenant, id)) }.coupons[Owned(tenant, id)]?.coupon
  }

  /// An older or the current version of a coupon's terms; nil if there is none.
  public func terms(
    _ id: Coupon.ID, version: Int64, tenant: Tenant.ID
  ) throws(StoreFailure) -> CouponTerms? {
    let key = Owned(tenant, VersionKey(couponID: id, version: version))
    return try load { request, _ in request.versions.insert(key) }.versions[key]
  }

  /// A tenant; nil if there is none.
  public func tenant(_ id: Tenant.ID) throws(StoreFailure) -> Tenant? {
    try load { request, _ in request.tenants.insert(id) }.tenants[id]?.tenant
  }

  /// Loads what is asked for, and what that leads to, from one consistent view.
  private func load(
    _ ask: (inout LoadRequest, WorkingSet) -> Void
  ) throws(StoreFailure) -> WorkingSet {
    try store.read { (reader: any StoreReader) throws(StoreFailure) in
      var set = WorkingSet()
      var seen = LoadRequest()
      ask(&seen, set)
      try reader.load(seen, into: &set)
      while true {
        var request = LoadRequest()
        ask(&request, set)
        if request.isEmpty { return set }
        request.subtract(seen)
        if request.isEmpty { return set }
        try reader.load(request, into: &set)
        if request.isLast { return set }
        seen.formUnion(request)
      }
    }
  }
}
