import Ledger
import Scrip

/// Makes a coupon, as a draft, with the codes that open it.
public struct CreateCoupon: PromotionAction {
  /// Version 1 of its terms.
  public var terms: CouponTerms
  /// Its codes; more can be added later.
  public var grants: [CodeGrant]
  /// Where the codes stand in the request.
  public var place: GrantPlace

  /// Makes an action.
  public init(terms: CouponTerms, grants: [CodeGrant] = [], place: GrantPlace = .list) {
    self.terms = terms
    self.grants = grants
    self.place = place
  }

  /// Asks whether the codes are free.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.addCodes(grants, to: tenant)
    request.addCampaign(of: terms, of: tenant)
  }

  /// Creates it, unless a code is taken.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    try set.checkCampaign(of: terms, of: context.tenant)
    try set.checkFree(grants, context.tenant, at: context.now, place)
    let id: Coupon.ID = context.newID()
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = [(.coupon(id), CouponCreated(terms))]
    facts += CodesAdded.facts(adding: grants, to: id)
    return Decision(facts, reply: .coupon(id, isNew: true))
  }
}

/// Gives a coupon new terms under the next version number. Locks keep the version that they were made with.
public struct UpdateCoupon: PromotionAction {
  /// Which coupon.
  public var couponID: Coupon.ID
  /// The new terms.
  public var terms: CouponTerms
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(couponID: Coupon.ID, terms: CouponTerms, expectedVersion: Int64? = nil) {
    self.couponID = couponID
    self.terms = terms
    self.expectedVersion = expectedVersion
  }

  /// About the coupon.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(couponID) }

  /// Asks for the coupon.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.coupons.insert(Owned(tenant, couponID))
    request.addCampaign(of: terms, of: tenant)
  }

  /// Makes the next version; terms that change nothing make none.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let coupon = try set.coupon(couponID, of: context.tenant)
    try coupon.life.checkEditable()
    try coupon.life.check(expectedVersion)
    if coupon.terms == terms { return Decision(reply: .coupon(couponID, isNew: false)) }
    if set.coupons[Owned(context.tenant, couponID)]?.terms.value?.isWhole == false {
      throw Refusal(
        .newerTerms,
        "The coupon was written by a newer version of this program, and an edit by this one would lose a part of it; edit it through a node of the newer version."
      )
    }
    if terms.campaignID != coupon.terms.campaignID { try set.checkCampaign(of: terms, of: context.tenant) }
    return Decision(
      [(.coupon(couponID), CouponUpdated(version: coupon.version + 1, terms))],
      reply: .coupon(couponID, isNew: false))
  }
}

/// Moves a coupon along its life cycle.
public struct ChangeCouponState: PromotionAction {
  /// Where to.
  public enum Step: Hashable, Sendable {
    /// draft or disabled → active
    case activate
    /// active → disabled; with `revokesLocks` running locks can't be redeemed any more (the fraud case).
    case disable(reason: String, revokesLocks: Bool)  // String: shown, never looked up
    /// any → archived
    case archive
  }

  /// Which coupon.
  public var couponID: Coupon.ID
  /// Where to.
  public var step: Step
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(couponID: Coupon.ID, step: Step, expectedVersion: Int64? = nil) {
    self.couponID = couponID
    self.step = step
    self.expectedVersion = expectedVersion
  }

  /// About the coupon.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(couponID) }

  /// Asks for the coupon, and whether it has a code and what its campaign is if that matters.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    let key = Owned(tenant, couponID)
    request.coupons.insert(key)
    guard step == .activate else { return }
    request.codedCoupons.insert(key)
    if let campaign = set.coupons[key]?.coupon?.terms.campaignID {
      request.shelf[CampaignRow.self].insert(Owned(tenant, campaign))
    }
  }

  /// Takes the step; a coupon that is there already stays as it is.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let coupon = try set.life(couponID, of: context.tenant)
    try coupon.check(expectedVersion)
    let (next, fact): (Coupon.State, any Fact<WorkingSet>) =
      switch step {
      case .activate: (.active, CouponActivated())
      case .disable(let reason, let revokesLocks):
        (.disabled, CouponDisabled(reason: reason, revokesLocks: revokesLocks))
      case .archive: (.archived, CouponArchived())
      }
    if coupon.state == next, !isStricter(than: coupon) {
      return Decision(reply: .coupon(couponID, isNew: false))
    }
    guard coupon.state.canBecome(next) || coupon.state == next else {
      throw Refusal(
        .invalidTransition, "A coupon that is \(coupon.state.rawValue) can't become \(next.rawValue).",
        items: [])
    }
    if next == .active { try checkUsable(set.coupon(couponID, of: context.tenant), set, context) }
    return Decision([(.coupon(couponID), fact)], reply: .coupon(couponID, isNew: false))
  }

  /// Whoever activates a coupon wants it to be used: one that can't be is a slip that nobody would notice.
  private func checkUsable(_ coupon: Coupon, _ set: WorkingSet, _ context: DecisionContext) throws(Refusal) {
    if let endsAt = coupon.terms.validity.endsAt, endsAt <= context.now {
      throw Refusal(.windowOver, "The coupon's window ended at \(endsAt); give it a later end first.")
    }
    if let campaign = coupon.terms.campaignID.flatMap({ set.campaignUse($0, context.tenant) }),
      let endsAt = campaign.validity.endsAt, endsAt <= context.now
    {
      throw Refusal(
        .windowOver, "The window of the coupon's campaign ended at \(endsAt); give it a later end first.")
    }
    // Subscriptions and invoices may name it itself.
    if coupon.terms.billing == nil, set.found.codedCoupons[Owned(context.tenant, couponID)] != true {
      throw Refusal(.couponWithoutCode, "No code opens the coupon; add one first.")
    }
  }

  /// Whether locks are to be revoked of a coupon that was disabled without revoking them.
  private func isStricter(than coupon: CouponLife) -> Bool {
    if case .disable(_, revokesLocks: true) = step { return !coupon.revokesLocks }
    return false
  }
}

/// Adds codes to a coupon.
public struct AddCodes: PromotionAction {
  /// Which coupon.
  public var couponID: Coupon.ID
  /// The codes.
  public var grants: [CodeGrant]
  /// Takes the first so many of the codes that are free, where the rest are spares; nil: each of them must be free.
  public var wanted: Int?
  /// The pattern that they were drawn from.
  public var pattern: PatternSkeleton?

  /// Makes an action.
  public init(
    couponID: Coupon.ID, grants: [CodeGrant], wanted: Int? = nil, pattern: PatternSkeleton? = nil
  ) {
    self.couponID = couponID
    self.grants = grants
    self.wanted = wanted
    self.pattern = pattern
  }

  /// About the coupon.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(couponID) }

  /// Asks for the coupon, and whether the codes are free.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.coupons.insert(Owned(tenant, couponID))
    request.addCodes(grants, to: tenant)
    if let pattern, pattern.isCounted { request.patterns.insert(Owned(tenant, pattern)) }
  }

  /// Adds them, all or none.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    try set.life(couponID, of: context.tenant).checkEditable()
    var added = grants
    if let wanted {
      try checkRoom(for: wanted, set, context.tenant)
      added = free(set, context.tenant, wanted)
      if added.count < wanted {
        throw Refusal(.codeTaken, "Too few codes of this pattern are free; use a longer pattern.")
      }
    } else {
      try set.checkFree(grants, context.tenant, at: context.now)
    }
    return Decision(CodesAdded.facts(adding: added, to: couponID), reply: .codes(couponID, added))
  }

  /// Half of a pattern's codes may be given out, over all requests and coupons: whoever tries some must not find one. Of
  /// patterns whose codes are too many to be counted the drawn codes are a sample.
  private func checkRoom(for wanted: Int, _ set: WorkingSet, _ tenant: Tenant.ID) throws(Refusal) {
    guard let pattern, pattern.isLimited else { return }
    if let given = set.found.codesOfPattern[Owned(tenant, pattern)] {
      if given <= pattern.codesMax - wanted { return }
      throw Refusal(
        exhausted: pattern, "\(given) of this pattern's \(pattern.keyspace) codes are given out",
        facts: ["given": .integer(Int64(given)), "keyspace": .integer(Int64(pattern.keyspace))])
    }
    guard grants.count >= PatternSkeleton.sampleMin else { return }
    let taken = grants.count { set.holder(of: $0.code.skeleton, besides: $0, tenant) != nil }
    if taken <= grants.count / 2 { return }
    throw Refusal(
      exhausted: pattern, "About half of this pattern's codes are given out",
      facts: ["keyspace": .integer(Int64(pattern.keyspace))])
  }

  /// The first so many codes that are free, each once: a generator may have made one twice.
  private func free(_ set: WorkingSet, _ tenant: Tenant.ID, _ wanted: Int) -> [CodeGrant] {
    var seen: Set<CodeSkeleton> = []
    var free: [CodeGrant] = []
    for grant in grants where free.count < wanted {
      let skeleton = grant.code.skeleton
      let holder = set.holder(of: grant.code, tenant) ?? set.holder(of: skeleton, besides: grant, tenant)
      let isFree = holder == nil && !set.isUnreadable(grant, tenant)
      if isFree, seen.insert(skeleton).inserted { free.append(grant) }
    }
    return free
  }
}

extension WorkingSet {
  func coupon(_ id: Coupon.ID, of tenant: Tenant.ID) throws(Refusal) -> Coupon {
    if let coupon = coupons[Owned(tenant, id)]?.coupon { return coupon }
    if let failure = unreadableCoupon(Owned(tenant, id)) { throw .unreadable(failure) }
    throw Refusal(.couponNotFound, "There is no coupon \(id).")
  }

  /// A coupon for what needs no terms.
  func life(_ id: Coupon.ID, of tenant: Tenant.ID) throws(Refusal) -> CouponLife {
    if let life = life(of: Owned(tenant, id)) { return life }
    return try coupon(id, of: tenant).life
  }
}

extension CouponLife {
  func checkEditable() throws(Refusal) {
    if state == .archived { throw Refusal(.couponArchived, "The coupon is archived and can't be changed.") }
  }

  func check(_ expectedVersion: Int64?) throws(Refusal) {
    guard let expectedVersion, expectedVersion != version else { return }
    throw Refusal(.versionConflict, "The coupon is at version \(version), not at \(expectedVersion).")
  }
}
