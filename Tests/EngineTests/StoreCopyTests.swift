import Digest
import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct StoreCopyTests {
  @Test(arguments: Move.all, [1000, 1])
  func `a copy holds the same log, tables, answers and names`(move: Move, pageSize: Int) async throws {
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    try await source.project()
    let copied = try await copy(from: source, to: try to.open(), pageSize: pageSize)
    let target = try to.open()

    #expect(try await log(of: target) == log(of: source))
    #expect(try await world(of: target) == world(of: source))
    #expect(try kept(StoredAnswer.self, of: target) == kept(StoredAnswer.self, of: source))
    #expect(try kept(PersonRow.self, of: target) == kept(PersonRow.self, of: source))
    #expect(try kept(InboxMessageRow.self, of: target) == kept(InboxMessageRow.self, of: source))
    #expect(try kept(InboxOrderRow.self, of: target) == kept(InboxOrderRow.self, of: source))
    #expect(
      try Set(kept(PersonRow.self, of: target).values.map(\.userID)) == ["name of u-6", "name of u-8"])
    #expect(
      try copied.counts == target.counts()
        && copied.counts.allSatisfy { $0.value > 0 || $0.key == StoredTable(DueWork.shape) })
    #expect(try target.differences(to: target.rebuilt()) == [])
  }

  @Test(arguments: Move.all)
  func `a copy knows the source's identity key, and a store that knows another is not filled`(move: Move)
    async throws
  {
    let checks = ["one", "two"].map { SHA256.hash(Array($0.utf8)) }
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    _ = try source.keepIdentityCheck(checks[0])
    _ = try await copy(from: source, to: try to.open())
    #expect(try to.open().identityCheck() == checks[0])

    let (_, other) = try move.places()
    let target = try other.open()
    _ = try target.keepIdentityCheck(checks[1])
    await #expect {
      _ = try await copy(from: source, to: target)
    } throws: {
      if case StoreCopyFailure.otherIdentityKey = $0 { true } else { false }
    }
    #expect(try target.counts().values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: Move.betweenKinds)
  func `thousands of usages arrive, and the shop goes on where it was`(_ move: Move) async throws {
    let (from, to) = try move.places()
    let clock = ManualClock()
    let shop = try await EngineUnderTest(store: try from.open(clock), clock: clock)
    let id = try await shop.coupon(
      .percent(limits: UsageLimits(total: Int64(Move.usages + 1), perUser: 1)), .of("TEN"))
    let count = Move.usages
    let replies = try await shop.checkOut(0..<count)
    await shop.stop()

    _ = try await copy(from: try from.open(), to: try to.open())
    let target = try to.open(clock)
    let moved = try await EngineUnderTest(store: target, clock: clock, seed: 2)
    #expect(try await moved.uses(id) == UseCounts(locked: Int64(count), redeemed: 0))
    let named = try await moved.engine.names(of: ["user-0", "user-7", "nobody"], tenant: moved.tenant)
    #expect(named == ["user-0": "name of 0", "user-7": "name of 7"])
    for number in [0, count / 2, count - 1] {
      let again = try await moved.checkOut(number)
      #expect(again.isReplay && again.shown == replies[number])
    }
    #expect(
      try await moved.apply(["TEN"], order: "new", user: "user-7").refusal == .code(.userLimitReached))
    #expect(try await moved.apply(["TEN"], order: "last", user: "new").isCreated)
    #expect(
      try await moved.apply(["TEN"], order: "late", user: "late").refusal == .code(.usageLimitReached))
    _ = try await log(of: target)
    #expect(try AuditVerification(of: target).findings == [])
    await moved.stop()
  }

  @Test(arguments: Move.all)
  func `positions with gaps stay what consumers know them as`(_ move: Move) async throws {
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    let spread = MeddlingSource(
      base: source.asSource, change: { log in log.map { $0.with(position: $0.position * 3) } })
    _ = try await copy(from: spread, to: try to.open(), pageSize: 7)
    let target = try to.open()
    let positions = try await log(of: source).map { $0.position * 3 }
    #expect(try await log(of: target).map(\.position) == positions)
    #expect(!target.positionsAreContiguous)
    #expect(try AuditVerification(of: target).findings == [])
    let moved = try await EngineUnderTest(store: target, clock: ManualClock())
    _ = try await moved.draft(.percent(), [])
    await moved.stop()
    #expect(try await log(of: target).last?.position == positions.last.map { $0 + 1 })
  }

  @Test func `a log without gaps has none as a copy`() async throws {
    let (from, to) = try Move(from: .sqlite, to: .sqlite).places()
    let source = try from.open()
    try await fill(source)
    _ = try await copy(from: source, to: try to.open())
    #expect(try to.open().positionsAreContiguous)
  }

  @Test(arguments: Move.all)
  func `a target that holds something is left as it is`(_ move: Move) async throws {
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    let target = try to.open()
    let other = try await EngineUnderTest(store: target, clock: ManualClock())
    await other.stop()
    await #expect {
      _ = try await copy(from: source, to: target)
    } throws: {
      if case StoreCopyFailure.targetNotEmpty = $0 { true } else { false }
    }
    #expect(try target.counts()[.event] == 1)
  }

  @Test(arguments: Move.all)
  func `a copy that is cut short leaves an empty store, and the next one succeeds`(_ move: Move) async throws
  {
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    let target = try to.open()
    let broken = MeddlingSource(
      base: source.asSource,
      beforePage: { page throws(StoreFailure) in
        if page.isEmpty { throw StoreFailure(kind: .unavailable, code: "1", message: "the source is gone") }
      })
    await #expect {
      _ = try await copy(from: broken, to: target, pageSize: 5)
    } throws: {
      if case StoreCopyFailure.source(let failure) = $0 { failure.code == "1" } else { false }
    }
    #expect(try target.counts().values.allSatisfy { $0 == 0 })
    _ = try await copy(from: source, to: target)
    #expect(try target.counts() == source.counts())
  }

  @Test(arguments: Move.all, Meddling.allCases)
  func `a source that is written to meanwhile is noticed`(_ move: Move, _ meddling: Meddling) async throws {
    let (from, to) = try move.places()
    let source = try from.open()
    try await fill(source)
    let target = try to.open()
    let changing = MeddlingSource(
      base: source.asSource,
      beforePage: { page throws(StoreFailure) in if page.isEmpty { try meddling.change(source) } })
    await #expect {
      _ = try await copy(from: changing, to: target)
    } throws: {
      if case StoreCopyFailure.sourceChanged = $0 { true } else { false }
    }
    #expect(try target.counts().values.allSatisfy { $0 == 0 })
  }

  @Test(.enabled(if: TestDatabase.server != nil))
  func `a log whose end a server does not show yet is waited for, and not cut off`() async throws {
    let (from, to) = try Move(from: .postgres, to: .sqlite).places()
    let source = try from.open()
    let writer = try from.openTransaction()
    try await fill(source)
    let events = try source.counts()[.event]
    await #expect {
      _ = try await copy(from: source, to: try to.open(), patience: .milliseconds(200))
    } throws: {
      if case StoreCopyFailure.logWithheld(let missing) = $0 { missing > 0 } else { false }
    }
    let target = try to.open()
    let copying = Task { try await copy(from: source, to: target) }
    try await Task.sleep(for: .milliseconds(700))
    try writer.end()
    #expect(try await copying.value.counts[.event] == events)
  }

  @Test func `a source that lost events is refused, because its tables show it`() async throws {
    let (from, to) = try Move(from: .sqlite, to: .sqlite).places()
    let source = try from.open()
    try await fill(source)
    let truncated = MeddlingSource(
      base: source.asSource, change: { log in log.filter { $0.envelope.type != "KeyCreated" } })
    await #expect {
      _ = try await copy(from: truncated, to: try to.open())
    } throws: {
      guard case StoreCopyFailure.rowsDiffer(let tables) = $0 else { return false }
      return tables.map(\.table) == [StoredTable(AccessKey.shape), .event] && tables[0].target == 0
    }
  }

  @Test func `an event that was changed in the source is found in the copy`() async throws {
    let (from, to) = try Move(from: .sqlite, to: .sqlite).places()
    let source = try from.open()
    try await fill(source)
    let forged = MeddlingSource(
      base: source.asSource,
      change: { log in log.map { $0.position == 3 ? $0.with(requestID: "forged") : $0 } })
    await #expect {
      _ = try await copy(from: forged, to: try to.open())
    } throws: {
      guard case StoreCopyFailure.unfaithful(let findings) = $0 else { return false }
      return findings.count == 1 && findings[0].hasPrefix("position 3")
    }
  }

  /// Has a bit of everything happen in a store.
  private func bill(_ shop: EngineUnderTest) async throws {
    var terms = CouponTerms.percent(10)
    terms.billing = BillingTerms(cadence: .forever)
    _ = try await shop.coupon(terms, .of("BILLED"))
    let content = Subscription.Content(customer: "u-9", currency: .usd)
    try await shop.submit(SaveSubscription(subscriptionID: "s-1", content: content))
    try await shop.submit(AttachCoupon(subscriptionID: "s-1", name: .code("BILLED")), key: "attached")
    let amount = try #require(ExactAmount(minorUnits: 1000))
    let invoice = Invoice.Content(
      subscriptionID: "s-1", currency: .usd, date: shop.engine.store.now,
      lines: [.init(id: "l-1", amount: amount)])
    try await shop.submit(
      PriceInvoice(invoiceID: "i-1", request: InvoiceRequest(content: invoice, date: nil)), key: "priced")
    try await shop.submit(FinalizeInvoice(invoiceID: "i-1"))
  }

  private func fill(_ store: some PromotionStore) async throws {
    let clock = ManualClock(store.now)
    let shop = try await EngineUnderTest(store: store, clock: clock)
    let old = try await shop.coupon(.percent(limits: UsageLimits(total: 5, perUser: 2)), .of("TEN"))
    let budget = UsageLimits(budget: .usd(100_000))
    _ = try await shop.coupon(.fixed(500, limits: budget), .of("FIVE", owner: "ann", limit: 3))
    let redeemed = try await shop.lock(["TEN", "FIVE"], order: "o-1", user: "ann")
    try await shop.submit(RedeemApplication(applicationID: redeemed.id), key: "redeem-1")
    try await shop.submit(RestoreApplication(applicationID: redeemed.id, cause: .canceled))
    let released = try await shop.lock(["TEN"], order: "o-2")
    _ = try await shop.lock(["TEN"], order: "o-3", user: "u-3")
    try await shop.submit(UpdateCoupon(couponID: old, terms: .percent(limits: UsageLimits(total: 1))))
    try await shop.submit(ReleaseApplication(applicationID: released.id), key: "release-2")
    try await shop.submit(ChangeCouponState(couponID: old, step: .archive))
    _ = try await shop.coupon(.percent(20), .of("TEN"))
    _ = try await shop.apply(["TEN", "NOTHING"], order: "o-4", key: "refused")
    _ = try await shop.lock(["TEN"], order: "o-5", user: "u-5")
    for user in ["u-6", "u-7", "u-8"] as [UserID] {
      var named = shop.command(
        ApplyCodes(
          orderID: "o-\(user)", codes: ["TEN"], customer: Customer(userID: user), cart: .of(10_000)))
      named.brought = [NamedPerson(pseudonym: user, userID: "name of \(user)")]
      _ = try await shop.engine.submit(named)
    }
    try await shop.submit(ErasePerson("u-7"))
    try await shop.submit(DefineCampaign(terms: CampaignTerms(name: "Winter")), key: "campaign")
    try await shop.submit(
      CreateOrder(orderID: "kept", codes: ["TEN"], customer: Customer(userID: "u-9"), cart: .of(10_000)))
    try await shop.submit(CheckOutOrder(orderID: "kept"))
    try await shop.submit(PayOrder(orderID: "kept", reference: "bank-1"), key: "paid")
    try await shop.submit(RefundOrder(orderID: "kept", .rest))
    var payments = PaymentSettingsChange()
    payments.service = .stripe
    payments.secretKey = "00ff"
    try await shop.submit(ChangePaymentSettings(payments))
    try await shop.submit(
      CreateOrder(orderID: "paying", customer: Customer(userID: "u-9"), cart: .of(10_000)))
    try await shop.submit(CheckOutOrder(orderID: "paying"))
    try await honour(shop.sandbox(3, at: store.now))
    try await bill(shop)
    try await shop.submit(
      SetMailTemplate(MailTemplateName(.orderPaid, "de"), MailTemplateText(subject: "s", text: "t")))
    let url = try #require(WebhookURL("https://shop.example/hooks"))
    try await shop.submit(CreateWebhook(WebhookTerms(url: url), startsAfter: 0, secret: "00ff"))
    try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      let key = Owned(shop.tenant, Webhook.ID(1))
      set.shelf[WebhookProgressRow.self].insert(WebhookProgressRow(position: 4), for: key)
      let delivery = WebhookDelivery(
        id: Identifier(1), webhookID: key.value, position: 4, eventID: "coupon_x/1", type: "CouponRedeemed",
        origin: .event, createdAt: transaction.now)
      set.shelf[WebhookDeliveryRow.self].insert(
        WebhookDeliveryRow(delivery), for: Owned(shop.tenant, WebhookDeliveryKey(key.value, delivery.id)))
      set.shelf[WebhookReplayRow.self].insert(
        WebhookReplayRow(.events([4]), after: 0, until: 4, createdAt: transaction.now),
        for: Owned(shop.tenant, WebhookReplayKey(key.value, slot: 1)))
      try transaction.write(set)
    }
    try await shop.submit(SetInboxMapping(InboxMapping()))
    try await suspect(shop)
    try await shop.submit(
      TakeMessage(
        InboxEnvelope(source: "shop", id: "1"), type: "order.cancelled", .orderCancelled, of: "told",
        .cancelled,
        body: []))
    let secret = AccessSecret(role: .admin)
    try await shop.submit(
      CreateKey(role: .admin, name: "first", secretHash: secret.hash.bytes, secret: secret.text))
    _ = try await shop.engine.submit(
      PromotionCommand(tenant: Tenant.ID(2), actor: .commandLine, action: CreateTenant(name: "Other")))
    await shop.stop()
  }

  /// Has a paid order honoured whose coupon's place was lost.
  private func honour(_ shop: EngineUnderTest) async throws {
    let start = shop.engine.store.now
    _ = try await shop.coupon(.percent(limits: UsageLimits(total: 1)), .of("LAST"))
    let order = CreateOrder(
      orderID: "kept", codes: ["LAST"], customer: Customer(userID: "u-1"), cart: .of(10_000))
    try await shop.submit(order)
    try await shop.submit(CheckOutOrder(orderID: "kept"))
    try await shop.submit(AdvanceTestClock(to: start.adding(seconds: 700_000)))
    _ = try await shop.lock(["LAST"], order: "thief")
    try await shop.submit(PayOrder(orderID: "kept", withoutRoom: .honour))
    let application = try await shop.application("kept")
    #expect(application?.usages.map(\.isOverLimit) == [true])
  }

  private func kept<Row: StoredRow>(
    _ row: Row.Type, of store: some CopySource<WorkingSet>
  ) throws -> [Row.Key: Row] {
    var kept: [Row.Key: Row] = [:]
    try store.forEachPage(of: row, size: 1) { kept.merge($0.all) { _, other in other } }
    return kept
  }
}

/// What somebody may do to a source while it is copied.
enum Meddling: CaseIterable {
  case writesAnEvent, forgetsAnAnswer

  func change(_ store: some PromotionStore) throws(StoreFailure) {
    try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      switch self {
      case .forgetsAnAnswer: _ = try transaction.forgetAnswers(before: .latest, max: 1)
      case .writesAnEvent:
        var set = WorkingSet()
        var request = LoadRequest()
        request.tenants = [Tenant.ID(2)]
        try transaction.load(request, into: &set)
        guard let record = set.tenants[Tenant.ID(2)] else { return }
        let fact = TenantSettingsChanged(TenantSettings(lockSeconds: 61))
        set.apply(
          ChainedEvent(
            Event(
              tenant: Tenant.ID(2), stream: .tenant, sequence: record.head.sequence + 1, at: transaction.now,
              actor: .system, requestID: nil, fact: fact), after: record.head), fact)
        try transaction.write(set)
      }
    }
  }
}

extension EngineUnderTest {
  /// Locks one use for each of so many orders, many at once; gives the answers by number.
  fileprivate func checkOut(_ orders: Range<Int>) async throws -> [Int: String] {
    var replies: [Int: String] = [:]
    for start in stride(from: orders.lowerBound, to: orders.upperBound, by: 250) {
      try await withThrowingTaskGroup(of: (Int, String).self) { group in
        for number in start..<min(start + 250, orders.upperBound) {
          group.addTask { (number, try await checkOut(number).shown) }
        }
        for try await (number, answer) in group { replies[number] = answer }
      }
    }
    return replies
  }

  fileprivate func checkOut(_ number: Int) async throws -> CommandOutcome {
    let user: UserID = "user-\(number)"
    var command = command(
      ApplyCodes(
        orderID: "order-\(number)", codes: ["TEN"], customer: Customer(userID: user), cart: .of(10_000)),
      key: "key-\(number)")
    command.brought = [NamedPerson(pseudonym: user, userID: "name of \(number)")]
    return try await engine.submit(command)
  }
}

extension StoredEvent {
  fileprivate func with(position: Int64) -> StoredEvent {
    var changed = self
    changed.position = position
    return changed
  }

  fileprivate func with(requestID: String) -> StoredEvent {
    var changed = self
    changed.envelope.requestID = requestID
    return changed
  }
}

/// Leaves a case of somebody who is on a list.
private func suspect(_ shop: EngineUnderTest) async throws {
  let trait = FraudTrait(.device, digest: 7)
  let policy = FraudPolicy(mode: .on, denied: [trait])
  try await shop.submit(SetFraudSettings(.all(FraudSettings(policy: policy, alertsTo: "a@shop.example"))))
  var action = ApplyCodes(orderID: "denied", codes: ["NO-SUCH"], customer: Customer(), cart: .of(10_000))
  action.screening = policy.screen(FraudAttempt(traits: [trait], at: .earliest), by: FraudBook())
  _ = try await shop.engine.submit(
    PromotionCommand(tenant: shop.tenant, actor: .commandLine, action: action))
}
