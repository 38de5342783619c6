import Ledger
import Scrip

extension LoadRequest {
  /// Asks for a counter that a usage takes from, and for the campaign whose limits stand for it, if it is a campaign's.
  mutating func add(_ counter: UsageCounter, of couponID: Coupon.ID, _ tenant: Tenant.ID) {
    counters.insert(Owned(tenant, CounterKey(couponID: couponID, counter: counter)))
    if let id = counter.campaignID { shelf[CampaignRow.self].insert(Owned(tenant, id)) }
  }
}

extension LoadRequest {
  /// Asks for what a campaign has given.
  mutating func add(_ id: Campaign.ID, _ tenant: Tenant.ID) {
    shelf[CampaignRow.self].insert(Owned(tenant, id))
    counters.insert(Owned(tenant, CounterKey(couponID: Coupon.ID(0), counter: .campaign(id))))
  }
}

/// What campaigns have given, as pricing sees it.
extension WorkingSet {
  /// What a campaign has given to others than an order, as its coupons that are wanted anew see it.
  ///
  /// - Parameter held: what the order holds, whether it keeps that or not: see ``Swift/Array/countKeptUses()``.
  func campaignUse(
    _ id: Campaign.ID, _ currency: Currency, without held: [Usage], _ tenant: Tenant.ID
  ) -> CampaignUse? {
    guard var use = campaignUse(id, tenant) else { return nil }
    use.budget = used(.campaignBudget(id, currency), tenant)
    for usage in held where usage.state.isLive {
      if usage.counters.contains(.campaign(id)) { use.total -= 1 }
      if usage.counters.contains(.campaignBudget(id, currency)) { use.budget -= usage.amount }
    }
    return use
  }

  /// The same for a usage that stays: of its campaign as that is now it may in any case take what it has already. Nil if
  /// it counts for none.
  ///
  /// - Throws: `coupon_unreadable` if the campaign can't be read.
  func campaignUse(
    of usage: Usage, _ currency: Currency, without held: [Usage], _ tenant: Tenant.ID
  ) throws(Refusal) -> CampaignUse? {
    guard let id = usage.counters.lazy.compactMap(\.campaignID).first else { return nil }
    guard var use = campaignUse(id, currency, without: held, tenant) else {
      throw .unreadable(shelf[CampaignRow.self].unreadable[Owned(tenant, id)] ?? .corrupt("a campaign"))
    }
    use.held = usage.state.isLive ? usage.amount : 0
    return use
  }

  /// What a campaign has given, of its uses alone.
  func campaignUse(_ id: Campaign.ID, _ tenant: Tenant.ID) -> CampaignUse? {
    shelf[CampaignRow.self][Owned(tenant, id)].map {
      CampaignUse(
        id: id, validity: $0.campaign.terms.validity, limits: $0.campaign.terms.limits,
        total: used(.campaign(id), tenant))
    }
  }

  private func used(_ counter: UsageCounter, _ tenant: Tenant.ID) -> Int64 {
    // The holder of a campaign's counter is the campaign, whichever coupon is named.
    counters[Owned(tenant, CounterKey(couponID: Coupon.ID(0), counter: counter))]?.used ?? 0
  }

  /// Whether terms name a campaign that is not here or can't be read.
  func lacksCampaign(of terms: CouponTerms, _ tenant: Tenant.ID) -> Bool {
    terms.campaignID.map { shelf[CampaignRow.self][Owned(tenant, $0)] == nil } ?? false
  }

  /// Whether a usage counts for a campaign that is not here or can't be read.
  func lacksCampaign(of usage: Usage, _ tenant: Tenant.ID) -> Bool {
    usage.counters.contains { counter in
      counter.campaignID.map { shelf[CampaignRow.self][Owned(tenant, $0)] == nil } ?? false
    }
  }
}

extension [Candidate] {
  /// Counts against each candidate what the order's other usages that stay hold of its campaign.
  mutating func countKeptUses() {
    var kept: [Campaign.ID: (uses: Int64, money: Int64)] = [:]
    for campaign in lazy.compactMap(\.used.campaign) {
      guard let held = campaign.held else { continue }
      kept[campaign.id, default: (0, 0)].uses += 1
      kept[campaign.id, default: (0, 0)].money += held
    }
    if kept.isEmpty { return }
    for place in indices {
      guard let campaign = self[place].used.campaign, let all = kept[campaign.id] else { continue }
      let isKept = campaign.held != nil
      self[place].used.campaign?.total += all.uses - (isKept ? 1 : 0)
      self[place].used.campaign?.budget += all.money - (campaign.held ?? 0)
    }
  }
}

extension UsageCounter {
  /// Whether it counts money.
  var isMoney: Bool {
    switch self {
    case .budget, .campaignBudget: true
    case .identity, .period, .campaign: false
    }
  }
}
