import Ledger
import Scrip

/// The only writer of coupons and their uses in this process.
public typealias PromotionCommitter = Committer<Tidier>

extension Committer where Keeper == Tidier {
  /// Starts the lanes' threads.
  public convenience init(
    store: any PromotionStore, identifiers: IdentifierSource,
    configuration: CommitterConfiguration = CommitterConfiguration(),
    observer: any CommitObserver & TidyingObserver
  ) {
    self.init(
      store: store, identifiers: identifiers,
      steward: Tidier(store: store, identifiers: identifiers, observer: observer),
      configuration: configuration, observer: observer)
  }

  /// Gives back what time has made void.
  public var tidier: Tidier { steward }
}

/// Room that late locks hold.
extension Tidier: Steward {
  /// Gives back late locks of what a batch has loaded.
  public func putRight(_ set: inout WorkingSet, at moment: Instant, _ identifiers: IdentifierSource) {
    set.giveBackLate(at: moment, identifiers)
  }

  /// Looks for late locks where a command lacks room, and for what locks hold where a refusal can tell it.
  public func review(
    _ verdict: Verdict<WorkingSet>, on command: PromotionCommand, _ set: inout WorkingSet,
    in transaction: any StoreTransaction<WorkingSet>, without tried: Set<FoundLock>
  ) throws(StoreFailure) -> Review<FoundLock> {
    if verdict.lacksRoom {
      let late = try lateLocks(for: command, verdict, &set, from: transaction)
        .filter { !tried.contains($0) && set.applications[$0.key]?.application.state.isLive ?? true }
      if !late.isEmpty { return .hindered(late) }
    }
    if verdict.mayBeHeld, try loadHeldUses(for: command, verdict, &set, from: transaction) {
      return .knowsMore
    }
    return .stands
  }

  /// Gives locks back.
  public func remove(_ obstacles: [FoundLock]) throws(StoreFailure) { _ = try giveBack(obstacles) }

  /// Looks for the uses that locks hold of the coupons that a command is about, once for the batch: refusals say of what
  /// is missing whether it is used up or only held. False if that is known already, or nothing is held.
  private func loadHeldUses(
    for command: PromotionCommand, _ verdict: Verdict<WorkingSet>, _ set: inout WorkingSet,
    from transaction: any StoreTransaction<WorkingSet>
  ) throws(StoreFailure) -> Bool {
    var request = LoadRequest()
    request.heldUsesOf = coupons(of: command, verdict, set, at: transaction.now).filter { key in
      set.found.heldUses[key] == nil && set.coupons[key].map { $0.life.uses.locked > 0 } ?? false
    }
    if request.heldUsesOf.isEmpty { return false }
    try transaction.load(request, into: &set)
    return true
  }

  /// The late locks of the coupons that a command is about. They are looked for once for each coupon of the batch, so
  /// that a batch of buyers who all come too late costs one look.
  private func lateLocks(
    for command: PromotionCommand, _ verdict: Verdict<WorkingSet>, _ set: inout WorkingSet,
    from transaction: any StoreTransaction<WorkingSet>
  ) throws(StoreFailure) -> [FoundLock] {
    let coupons = coupons(of: command, verdict, set, at: transaction.now)
    var request = LoadRequest()
    request.lateAt = set.now(of: command.tenant, at: transaction.now)
    request.lateLocksOf = coupons.filter { set.found.lateLocks[$0] == nil }
    if !request.lateLocksOf.isEmpty {
      request.lateLocksOf.formUnion(
        set.coupons.all.keys.filter { $0.tenant == command.tenant && set.found.lateLocks[$0] == nil })
      try transaction.load(request, into: &set)
    }
    return coupons.flatMap { set.found.lateLocks[$0] ?? [] }
  }

  private func coupons(
    of command: PromotionCommand, _ verdict: Verdict<WorkingSet>, _ set: WorkingSet, at moment: Instant
  ) -> Set<Owned<Coupon.ID>> {
    var found: Set<Owned<Coupon.ID>> = []
    if case .decision(let decision) = verdict {
      for (stream, _) in decision.facts {
        if let id = stream.couponID { found.insert(Owned(command.tenant, id)) }
      }
    }
    var request = LoadRequest()
    command.ask(for: &request, given: set, at: moment)
    var applications = request.applications
    for order in request.orders {
      if let id = set.found.applicationOfOrder[order] { applications.insert(Owned(order.tenant, id)) }
    }
    // A refusal has no facts: coupons that are named, and the counters that limits look at, tell of them.
    found.formUnion(request.coupons)
    for counter in request.counters {
      if let id = counter.value.couponID { found.insert(Owned(counter.tenant, id)) }
    }
    for key in applications {
      for usage in set.applications[key]?.application.usages ?? [] {
        found.insert(Owned(key.tenant, usage.couponID))
      }
    }
    return found
  }
}

extension Verdict<WorkingSet> {
  /// Whether the answer might be better if late locks were given back.
  fileprivate var lacksRoom: Bool {
    if let refusal { return refusal.lacksRoom }
    if case .decision(let decision) = self { return decision.isShort }
    return false
  }

  /// Whether it would say more if it were known what locks hold.
  fileprivate var mayBeHeld: Bool { refusal?.mayBeHeld ?? false }

  private var refusal: Refusal? {
    switch self {
    case .refused(.refused(let refusal)): refusal
    case .decision(let decision):
      if case .refused(let refusal) = decision.reply { refusal } else { decision.reply.inboxRefusal }
    case .refused: nil
    }
  }
}

extension Refusal {
  /// Whether one of the codes lacks what a lock may hold.
  fileprivate var mayBeHeld: Bool {
    items.contains { RefusalReason(rawValue: $0.code)?.mayBeHeld ?? false }
  }

  /// Whether it is for the lack of something that a late lock may still hold.
  fileprivate var lacksRoom: Bool {
    switch code {
    case .codeRefused(let reason): reason.isConflict
    case .lockExpired: true
    // A budget may have left less than the caller expected.
    case .discountChanged, .totalChanged: true
    case .couponNotFound, .applicationNotFound, .keyNotFound, .mailTemplateNotFound, .notFound,
      .invalidTransition, .windowOver,
      .couponWithoutCode, .couponArchived, .newerTerms, .versionConflict, .codeTaken, .patternExhausted,
      .orderHasApplication, .lockRevoked, .alreadyRedeemed, .alreadyReleased, .notRedeemed, .amountOverflow,
      .idempotencyKeyReused, .lastAdminKey, .orderKeptHere, .orderExists, .forbiddenStep, .shippingNotKnown,
      .amountNotPayable, .paymentNotSettleable,
      .notRefundable, .paymentNotFound, .paymentByProvider, .providerNotSetUp, .taskNotFound,
      .taskNotCancellable, .subscriptionExists, .lineItemNotFound, .phaseNotFound, .associationNotFound,
      .associationUsed, .tooManyCoupons, .invoiceExists, .invoiceFinalized, .invoiceVoided, .webhookNotFound,
      .webhookLimitReached, .webhookNotActive, .webhookReplaysWaiting, .messageNotFound, .messageSettled,
      .fraudCaseNotFound, .fraudListFull, .suspectNotListable:
      false
    }
  }
}
