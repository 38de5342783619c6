import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A billing system's coupons, subscriptions and invoices.
struct BillingShop {
  let clock = TestClock()
  let opened: OpenedStore
  let engine: EngineUnderTest

  init(_ kind: StoreUnderTest, lanes: Int = 1) async throws {
    opened = try kind.makeFragile(at: clock)
    var configuration = CommitterConfiguration.patient()
    configuration.lanes = lanes
    engine = try await EngineUnderTest(
      store: opened.store, clock: ManualClock(noon), configuration: configuration)
  }

  var now: Instant { clock.now }

  func advance(days: Int64) { clock.now = clock.now.adding(seconds: days * 86_400) }

  /// Stops, and holds the tables against the log, folded in one go and event by event.
  func end() async throws {
    await engine.stop()
    #expect(try AuditVerification(of: opened.store).findings == [])
    if let store = opened.store as? any RebuildableStore<WorkingSet> { try check(store) }
    opened.discard()
  }

  private func check(_ store: some RebuildableStore<WorkingSet>) throws {
    for pageSize in [1000, 1] {
      let found = try store.differences(to: Rebuild(of: store, pageSize: pageSize).scratch)
      #expect(found == [], "\(pageSize)")
    }
  }

  /// Makes an active coupon for invoices under a code.
  @discardableResult
  func coupon(
    _ code: String = "TEN", _ discount: Discount = .tenPercent, _ cadence: BillingTerms.Cadence = .forever,
    codeOwner: UserID? = nil, codeLimit: Int64? = nil, _ change: (inout CouponTerms) -> Void = { _ in }
  ) async throws -> Coupon.ID {
    var terms = CouponTerms(name: code, discount: discount, stacking: .open)
    terms.billing = BillingTerms(cadence: cadence)
    change(&terms)
    return try await engine.coupon(terms, .of(code, owner: codeOwner, limit: codeLimit))
  }

  /// Gives a coupon other terms.
  func edit(_ id: Coupon.ID, _ change: (inout CouponTerms) -> Void) async throws {
    var terms = try #require(try await engine.engine.coupon(id, tenant: engine.tenant)).terms
    change(&terms)
    #expect(try await engine.submit(UpdateCoupon(couponID: id, terms: terms)).answer.kind == .ok)
  }

  @discardableResult
  func save(
    _ id: SubscriptionID = "sub", key: IdempotencyKey.Name? = nil,
    _ change: (inout Subscription.Content) -> Void = { _ in }
  ) async throws -> CommandOutcome {
    var content = Subscription.Content(
      customer: "ann", currency: .usd, lines: [Subscription.Line(id: "seats", productID: "pro")])
    change(&content)
    return try await engine.submit(SaveSubscription(subscriptionID: id, content: content), key: key)
  }

  @discardableResult
  func attach(
    _ code: String = "TEN", to id: SubscriptionID = "sub", key: IdempotencyKey.Name? = nil,
    _ change: (inout AttachCoupon) -> Void = { _ in }
  ) async throws -> CommandOutcome {
    var action = AttachCoupon(subscriptionID: id, name: .code(ExactText(code)))
    change(&action)
    return try await engine.submit(action, key: key)
  }

  /// Attaches, and gives the association.
  func attached(
    _ code: String = "TEN", to id: SubscriptionID = "sub", _ change: (inout AttachCoupon) -> Void = { _ in }
  ) async throws -> Association {
    let outcome = try await attach(code, to: id, change)
    return try #require(outcome.association, "\(outcome.answer.kind) \(outcome.text)")
  }

  @discardableResult
  func detach(
    _ association: Association, from id: SubscriptionID = "sub", giveBack: Bool = false
  ) async throws -> CommandOutcome {
    try await engine.submit(
      DetachCoupon(subscriptionID: id, associationID: association.id, givesBack: giveBack, reason: "test"))
  }

  /// What a billing system tells of an invoice.
  static func request(
    _ amounts: [Int64], of subscription: SubscriptionID? = "sub", date: Instant? = nil,
    _ change: (inout InvoiceRequest) -> Void = { _ in }
  ) -> InvoiceRequest {
    let lines = amounts.enumerated().map { number, amount in
      Invoice.Line(id: LineID("l\(number)"), amount: ExactAmount(minorUnits: amount) ?? .zero)
    }
    let content = Invoice.Content(
      subscriptionID: subscription, currency: .usd, date: date ?? .earliest, lines: lines)
    var request = InvoiceRequest(content: content, date: date)
    change(&request)
    return request
  }

  @discardableResult
  func price(
    _ id: InvoiceID, _ amounts: Int64..., of subscription: SubscriptionID? = "sub", date: Instant? = nil,
    key: IdempotencyKey.Name? = nil, _ change: (inout InvoiceRequest) -> Void = { _ in }
  ) async throws -> CommandOutcome {
    let request = Self.request(amounts, of: subscription, date: date, change)
    return try await engine.submit(PriceInvoice(invoiceID: id, request: request), key: key)
  }

  /// Tells of an invoice by itself with coupons of its own.
  @discardableResult
  func price(_ id: InvoiceID, _ amounts: Int64..., with codes: [String]) async throws -> CommandOutcome {
    let request = Self.request(amounts, of: nil) { request in
      request.content.customer = "ann"
      request.content.coupons = codes.map { Invoice.DirectCoupon(.code(ExactText($0))) }
    }
    return try await engine.submit(PriceInvoice(invoiceID: id, request: request))
  }

  @discardableResult
  func finalize(_ id: InvoiceID, total: Int64? = nil) async throws -> CommandOutcome {
    try await engine.submit(FinalizeInvoice(invoiceID: id, expectedTotal: total))
  }

  @discardableResult
  func void(_ id: InvoiceID, giveBack: Bool = false) async throws -> CommandOutcome {
    try await engine.submit(VoidInvoice(invoiceID: id, givesBack: giveBack, reason: "test"))
  }

  func subscription(_ id: SubscriptionID = "sub") async throws -> Subscription {
    let key = Owned(engine.tenant, Subscription.ID(of: id))
    return try #require(try await engine.engine.row(SubscriptionRow.self, key)).subscription
  }

  /// An association as the subscription has it now.
  func association(_ association: Association, of id: SubscriptionID = "sub") async throws -> Association {
    try #require(try await subscription(id).associations.first { $0.id == association.id })
  }

  func invoice(_ id: InvoiceID) async throws -> Invoice {
    let key = Owned(engine.tenant, Invoice.ID(of: id))
    return try #require(try await engine.engine.row(InvoiceRow.self, key)).invoice
  }

  /// Makes a campaign.
  func campaign(_ limits: CampaignLimits) async throws -> Campaign.ID {
    let outcome = try await engine.submit(
      DefineCampaign(terms: CampaignTerms(name: "Launch", limits: limits)))
    return try #require(outcome.entity as? Campaign).id
  }

  /// How many uses of a coupon are taken.
  func uses(_ id: Coupon.ID) async throws -> Int64 { try await engine.uses(id).live }

  /// The names of the facts of the log that are about billing, oldest first.
  func history() async throws -> [String] {
    let types: Set<String> = [
      "SubscriptionSaved", "CouponAttached", "CouponDetached", "InvoicePriced", "InvoiceFinalized",
      "InvoiceVoided", "InvoiceCouponTaken", "InvoiceCouponReturned",
    ]
    return try await engine.events().map(\.envelope.type).filter { types.contains($0) }
  }
}

extension Discount {
  static var tenPercent: Discount { .percentage(10) }

  static func percentage(_ percent: Int64) -> Discount {
    guard let share = Percent(partsPerMillion: percent * 10_000) else { preconditionFailure("1 to 100") }
    return .percent(share, cap: AmountsByCurrency([]))
  }

  static func dollars(_ minorUnits: Int64) -> Discount { .fixed(.usd(minorUnits)) }
}

extension CommandOutcome {
  /// What is shown.
  fileprivate var entity: Any? {
    switch answer {
    case .created(.entity(let entity)), .ok(.entity(let entity)): entity.value
    case .created, .ok, .refused: nil
    }
  }

  var subscription: Subscription? { entity as? Subscription }
  var association: Association? { (entity as? SubscriptionCoupon)?.association }
  var invoice: Invoice? { entity as? Invoice }

  /// What coupons take off the invoice.
  var discount: Int64? { invoice?.price.discount }

  /// Why coupons take nothing off it.
  var reasons: [RefusalReason]? { invoice?.price.notApplied.map(\.reason) }

  /// What explains the first thing that stands in the way.
  var facts: Details? {
    guard case .refused(let refusal) = answer else { return nil }
    return refusal.items.first?.facts
  }
}
