import Digest
import Forms
import Ledger
import Scrip

/// Everything that can be asked of Scrip: commands through the committer, questions straight from the store.
public struct Engine: Sendable {
  /// Where everything is kept.
  public let store: any PromotionStore
  /// The only writer of this process.
  public let committer: PromotionCommitter
  private let readers: Readers<WorkingSet>?
  private let realTime = RealTimeTenants()

  /// Puts an engine together.
  ///
  /// - Parameter readers: the threads that wait for a store whose reads are not local.
  public init(
    store: any PromotionStore, committer: PromotionCommitter,
    readers: ReadersConfiguration = ReadersConfiguration()
  ) {
    self.store = store
    self.committer = committer
    self.readers = store.readsAreLocal ? nil : Readers(store: store, configuration: readers)
  }

  /// Has a command decided and made durable.
  ///
  /// - Throws: `CommandFailure`; a refusal is an answer, not a failure.
  public func submit(_ command: PromotionCommand) async throws(CommandFailure) -> CommandOutcome {
    switch try await committer.submit(command) {
    case .answered(let answer): return CommandOutcome(answer: answer, isReplay: false)
    case .replayed(let form):
      do throws(StoreFailure) {
        return CommandOutcome(answer: try await answer(form, of: command.tenant), isReplay: true)
      } catch {
        throw .store(error)
      }
    }
  }

  /// The answer that was kept in a form.
  private func answer(_ kept: KeptForm, of tenant: Tenant.ID) async throws(StoreFailure) -> Answer {
    switch try AnswerForm(kept).read() {
    case .whole(let answer): return answer
    case .application(let then, let isNew):
      let key = Owned(tenant, then.id)
      let set = try await load { request, _ in request.applications.insert(key) }
      guard let record = set.applications[key] else { throw .corrupt("the application of an answer") }
      var agreed = record.application.agreement
      if record.agreedIn != then.agreedIn {
        agreed = try await ask { (store) throws(StoreFailure) in
          try store.agreement(in: Owned(tenant, then.agreedIn))
        }
      }
      return Answer(.application(then.application(record.application, agreed: agreed)), isNew: isNew)
    }
  }

  /// Asks the store: at once if its reads are local, otherwise on a reading thread.
  public func ask<Value: Sendable>(
    _ question: @escaping @Sendable (any PromotionStore) throws(StoreFailure) -> Value
  ) async throws(StoreFailure) -> Value {
    guard let readers else { return try question(store) }
    return try await readers.query(question)
  }

  /// How many questions wait for a reading thread.
  public var waitingReads: Int { readers?.waiting ?? 0 }

  /// Finishes what was accepted, and stops the threads.
  public func shutDown() async {
    await committer.shutDown()
    readers?.shutDown()
  }

  /// Finds a key by the SHA-256 of its secret; nil if no key has it. Revoked keys are found, too.
  public func accessKey(secretHash: Hash256) async throws(StoreFailure) -> AccessKey? {
    if let key = store.recall(secretHash: secretHash) { return key }
    return try await ask { (store) throws(StoreFailure) in try store.accessKey(secretHash: secretHash) }
  }

  /// Prices a cart.
  ///
  /// - Throws: `StoreFailure`; the inner result is a refusal only if the cart's amounts overflow, or if the question
  ///   names an order that is paid and is not about what was paid.
  public func quote(
    _ question: QuoteCart, tenant: Tenant.ID
  ) async throws(StoreFailure) -> Result<Quote, Refusal> {
    let moment = store.now
    var set = try await load(question, tenant, moment)
    let now = set.now(of: tenant, at: moment)
    let first = question.answer(from: set, tenant: tenant, now: now)
    guard case .success(let quote) = first else { return first }
    let coupons = question.couponsThatMayBeHeld(quote, of: tenant, at: now, in: set)
    if coupons.isEmpty { return first }
    set = try await load(question, tenant, moment, heldUsesOf: coupons)
    var kept = stuckLocks(of: tenant)
    if let own = question.orderID.flatMap({ set.found.applicationOfOrder[Owned(tenant, $0)] }) {
      kept.insert(own)
    }
    set.leaveOutEndedUses(of: tenant, at: now, but: kept)
    // What other orders hold is no stranger's affair.
    if question.isStranger { set.found.heldUses = [:] }
    return question.answer(from: set, tenant: tenant, now: now)
  }

  /// A page of a user's personal coupons, newest first, and the moment that they are judged at. A lock whose time is over
  /// is in the user's way no more.
  public func wallet(
    _ filter: WalletFilter, tenant: Tenant.ID
  ) async throws(StoreFailure) -> (coupons: [PersonalCoupon], now: Instant) {
    let found = try await ask { (store) throws(StoreFailure) in try store.wallet(filter, of: tenant) }
    let now = try await now(of: tenant)
    let campaigns = Set(found.compactMap(\.coupon.terms.campaignID))
    let short = found.filter { entry in
      entry.coupon.uses.locked > 0
        && (entry.coupon.terms.campaignID != nil || entry.reason(at: now)?.isConflict == true)
    }
    if short.isEmpty, campaigns.isEmpty { return (found, now) }
    let keys = Set(short.map { Owned(tenant, $0.coupon.id) })
    let set = try await load { request, _ in
      request.heldUsesOf.formUnion(keys)
      for campaign in campaigns { request.add(campaign, tenant) }
    }
    let kept = stuckLocks(of: tenant)
    let coupons = found.map { entry in
      var entry = entry
      entry.campaign = entry.coupon.terms.campaignID.flatMap { set.campaignUse($0, tenant) }
      let uses = set.found.heldUses[Owned(tenant, entry.coupon.id)] ?? []
      let ended = uses.filter { $0.expiresAt <= now && !kept.contains($0.applicationID) }
      return entry.leavingOut(ended, of: filter.userID)
    }
    return (coupons, now)
  }

  /// The moment for a tenant.
  public func now(of tenant: Tenant.ID) async throws(StoreFailure) -> Instant {
    if realTime.holds(tenant) { return store.now }
    let found = try await self.tenant(tenant)
    if let clock = found?.testClock { return clock }
    if found != nil { realTime.note(tenant) }
    return store.now
  }

  /// Whether a tenant is a sandbox, which has a clock of its own.
  public func isSandbox(_ tenant: Tenant.ID) async throws(StoreFailure) -> Bool {
    if realTime.holds(tenant) { return false }
    guard let found = try await self.tenant(tenant) else { return false }
    if found.testClock == nil { realTime.note(tenant) }
    return found.testClock != nil
  }

  /// Locks that count although their time is over: they can't be given back.
  private func stuckLocks(of tenant: Tenant.ID) -> Set<DiscountApplication.ID> {
    Set(committer.tidier.stuckLocks(of: tenant).compactMap(\.lock?.key.value))
  }

  private func load(
    _ question: QuoteCart, _ tenant: Tenant.ID, _ moment: Instant, heldUsesOf coupons: Set<Coupon.ID> = []
  ) async throws(StoreFailure) -> WorkingSet {
    try await load { request, set in
      question.ask(for: &request, of: tenant, given: set, now: set.now(of: tenant, at: moment))
      for coupon in coupons { request.heldUsesOf.insert(Owned(tenant, coupon)) }
    }
  }

  /// An application of the tenant; nil if there is none.
  public func application(
    _ id: DiscountApplication.ID, tenant: Tenant.ID
  ) async throws(StoreFailure) -> DiscountApplication? {
    try await load { request, _ in request.applications.insert(Owned(tenant, id)) }
      .applications[Owned(tenant, id)]?.application
  }

  /// The live application of an order, or its last one; nil if it never had one.
  public func application(
    ofOrder orderID: OrderID, tenant: Tenant.ID
  ) async throws(StoreFailure) -> DiscountApplication? {
    let set = try await load { request, _ in request.orders.insert(Owned(tenant, orderID)) }
    return set.found.applicationOfOrder[Owned(tenant, orderID)].flatMap {
      set.applications[Owned(tenant, $0)]?.application
    }
  }

  /// A coupon of the tenant; nil if there is none.
  public func coupon(_ id: Coupon.ID, tenant: Tenant.ID) async throws(StoreFailure) -> Coupon? {
    let set = try await load { request, _ in request.coupons.insert(Owned(tenant, id)) }
    if let failure = set.unreadableCoupon(Owned(tenant, id)) { throw failure }
    return set.coupons[Owned(tenant, id)]?.coupon
  }

  /// Whether there is such a coupon, even if it can't be read.
  public func hasCoupon(_ id: Coupon.ID, tenant: Tenant.ID) async throws(StoreFailure) -> Bool {
    try await load { request, _ in request.coupons.insert(Owned(tenant, id)) }
      .coupons.holds(Owned(tenant, id))
  }

  /// What can be read of a coupon whose terms can't be; nil if there is no such coupon, if they can, or if nothing can.
  public func couponWithoutTerms(
    _ id: Coupon.ID, tenant: Tenant.ID
  ) async throws(StoreFailure) -> CouponWithoutTerms? {
    let set = try await load { request, _ in request.coupons.insert(Owned(tenant, id)) }
    guard let row = set.coupons[Owned(tenant, id)], row.coupon == nil else { return nil }
    return row.withoutTerms
  }

  /// An older or the current version of a coupon's terms; nil if there is none.
  public func terms(
    _ id: Coupon.ID, version: Int64, tenant: Tenant.ID
  ) async throws(StoreFailure) -> CouponTerms? {
    let key = Owned(tenant, VersionKey(couponID: id, version: version))
    let set = try await load { request, _ in request.versions.insert(key) }
    if let failure = set.unreadableVersion(key) { throw failure }
    return set.versions[key]?.terms
  }

  /// A row of an ordinary table; nil if there is none.
  ///
  /// - Throws: `StoreFailure` for a row that can't be read, too.
  public func row<Row: StoredRow>(_ row: Row.Type, _ key: Row.Key) async throws(StoreFailure) -> Row? {
    let rows = try await load { request, _ in request.shelf[row].insert(key) }.shelf[row]
    if let failure = rows.unreadable[key] { throw failure }
    return rows[key]
  }

  /// Whether an answer is kept under an idempotency key.
  public func isAnswered(_ key: IdempotencyKey, tenant: Tenant.ID) async throws(StoreFailure) -> Bool {
    let owned = Owned(tenant, key.key)
    return try await load { request, _ in request.answers.insert(owned) }.answers[owned] != nil
  }

  /// An order that is kept here; nil if there is none.
  ///
  /// - Throws: `StoreFailure` for one that can't be read, too.
  public func keptOrder(_ id: OrderID, tenant: Tenant.ID) async throws(StoreFailure) -> OrderRow? {
    let key = Owned(tenant, Order.ID(of: id))
    let rows = try await load { request, _ in request.keptOrders.insert(key) }.keptOrders
    if let failure = rows.unreadable[key] { throw failure }
    return rows[key]
  }

  /// A tenant; nil if there is none.
  public func tenant(_ id: Tenant.ID) async throws(StoreFailure) -> Tenant? {
    try await load { request, _ in request.tenants.insert(id) }.tenants[id]?.tenant
  }

  /// A tenant's own mail templates of some names; those that it has not written are left out.
  ///
  /// - Throws: `StoreFailure` for one that can't be read, too.
  public func mailTemplates(
    _ names: [MailTemplateName], tenant: Tenant.ID
  ) async throws(StoreFailure) -> [MailTemplateName: StoredMailTemplate] {
    let rows = try await load { request, _ in
      for name in names { request.shelf[MailTemplateRow.self].insert(Owned(tenant, name)) }
    }.shelf[MailTemplateRow.self]
    var templates: [MailTemplateName: StoredMailTemplate] = [:]
    for name in names {
      if let failure = rows.unreadable[Owned(tenant, name)] { throw failure }
      templates[name] = rows[Owned(tenant, name)]?.template(name)
    }
    return templates
  }

  /// Where somebody is written to; nil if nothing is known.
  public func contact(_ recipient: UserID, tenant: Tenant.ID) async throws(StoreFailure) -> PersonContact? {
    let key = Owned(tenant, recipient)
    return try await load { request, _ in request.persons.insert(key) }.persons[key]?.contact
  }

  /// Everything by which a person is named; nil if nothing is known.
  public func person(_ pseudonym: UserID, tenant: Tenant.ID) async throws(StoreFailure) -> ShownPerson? {
    let set = try await load { request, _ in request.addPerson(pseudonym, of: tenant) }
    let person = set.shownPerson(pseudonym, tenant)
    return person.userID == nil && person.contacts.isEmpty ? nil : person
  }

  /// What names persons, by their pseudonyms; those of whom nothing is known are left out.
  public func names(of pseudonyms: Set<UserID>, tenant: Tenant.ID) async throws(StoreFailure) -> [UserID:
    UserID]
  {
    let set = try await load { request, _ in
      for pseudonym in pseudonyms { request.persons.insert(Owned(tenant, pseudonym)) }
    }
    // Others' persons may have been loaded beside these.
    var names: [UserID: UserID] = [:]
    for pseudonym in pseudonyms { names[pseudonym] = set.persons[Owned(tenant, pseudonym)]?.userID }
    return names
  }

  /// A code as it is stored: generated codes are found in other spellings, too. Nil if there is none.
  public func storedCode(_ code: CouponCode, tenant: Tenant.ID) async throws(StoreFailure) -> CouponCode? {
    try await load { request, _ in
      request.codes.insert(Owned(tenant, code))
      request.skeletons.insert(Owned(tenant, code.skeleton))
    }.code(code, of: tenant)?.grant.code
  }

  func load(_ ask: @escaping Asking<WorkingSet>) async throws(StoreFailure) -> WorkingSet {
    guard let readers else { return try store.load([ask]) }
    return try await readers.load(ask)
  }
}
