/// What campaigns have given, and what is left of them for an order.
extension Ledger {
  mutating func define(_ campaign: Int?, _ terms: Campaign) -> Verdict {
    guard let campaign else {
      campaigns.append(terms)
      return .made
    }
    campaigns[campaign] = terms
    return .done
  }

  /// The uses that count for a campaign: of whatever coupon belonged to it when they were locked.
  ///
  /// Those of a lock that is over count until it is tidied.
  func given(by campaign: Int) -> [Use] {
    let waiting = Set(applications.filter(\.isUntidied).flatMap(\.uses))
    return uses.indices.filter { use in
      uses[use].terms.campaign == campaign && !setAside.contains(use)
        && (uses[use].isCounted || waiting.contains(use))
    }.map { uses[$0] }
  }

  func money(givenBy campaign: Int, _ currency: String) -> Int {
    Ledger.money(given(by: campaign), currency)
  }

  private static func money(_ uses: [Use], _ currency: String) -> Int {
    uses.filter { $0.currency == currency }.map(\.amount).reduce(0, +)
  }

  /// Somebody has tidied a lock that was over.
  mutating func tidy(_ application: Int) { applications[application].isUntidied = false }

  /// The ledger as whoever wants codes finds it, perhaps for an order that holds some already: what it holds is not
  /// counted. A lock of any of these coupons makes room as soon as it is over; for a quote, that looks at locks without
  /// giving them back, only what those coupons have taken.
  func found(by typed: [Name], for application: Application? = nil, isQuote: Bool = false) -> Ledger {
    let wanted = typed.compactMap { meant(by: $0) }.compactMap { opened(by: $0)?.coupon }
    let coupons = wanted + (application?.ever ?? []).map { uses[$0].coupon }
    var found = self
    found.setAside.formUnion(application?.uses ?? [])
    for lock in applications where lock.isUntidied {
      let own = lock.uses.filter { coupons.contains(uses[$0].coupon) }
      if !own.isEmpty { found.setAside.formUnion(isQuote ? own : lock.uses) }
    }
    return found
  }
}

/// The campaign's leave for a coupon that an order wants.
extension Ledger {
  func isClosed(_ campaign: Int) -> String? {
    if let starts = campaigns[campaign].starts, now < starts { return "not_started" }
    if let ends = campaigns[campaign].ends, now >= ends { return "expired" }
    return nil
  }

  /// Whether a campaign has a use for a coupon, beside those that the order keeps and those that it takes anew.
  func hasUse(for candidate: Candidate, beside order: Order) -> Bool {
    guard candidate.held == nil, let campaign = candidate.terms.campaign,
      let total = campaigns[campaign].total
    else { return true }
    let others = order.candidates.filter { other in
      other.coupon != candidate.coupon && other.terms.campaign == campaign
        && (other.held != nil || order.applied.contains { $0.coupon == other.coupon })
    }
    return given(by: campaign).count + others.count < total
  }

  /// The money that a campaign has for a coupon; nil if it may give any.
  ///
  /// The order's coupons that were computed take what they come to, the others what they hold. What the coupon holds
  /// itself it keeps.
  func moneyLeft(for candidate: Candidate, beside order: Order, _ currency: String) -> Int? {
    guard let campaign = candidate.terms.campaign, let limit = campaigns[campaign].limit(currency) else {
      return nil
    }
    var left = limit - money(givenBy: campaign, currency)
    for other in order.candidates where other.coupon != candidate.coupon {
      if other.terms.campaign != campaign { continue }
      left -= order.applied.first { $0.coupon == other.coupon }?.amount ?? held(other)
    }
    return max(left, held(candidate))
  }

  private func held(_ candidate: Candidate) -> Int {
    guard let use = candidate.held, uses[use].state != .released else { return 0 }
    return uses[use].amount
  }

  /// Whether campaigns have room for uses whose lock ran out.
  func haveRoomAgain(_ places: [Int], isRepriced: Bool) -> Bool {
    campaigns.indices.allSatisfy { campaign in
      let own = places.map { uses[$0] }.filter { $0.terms.campaign == campaign }
      if own.isEmpty { return true }
      if let total = campaigns[campaign].total, given(by: campaign).count + own.count > total { return false }
      let currency = own[0].currency
      guard !isRepriced, let limit = campaigns[campaign].limit(currency) else { return true }
      return money(givenBy: campaign, currency) + own.map(\.amount).reduce(0, +) <= limit
    }
  }

  /// Notes campaigns that have given more than before, and more than they may.
  mutating func auditCampaigns(since before: Ledger) {
    func check(_ name: String, _ counts: (Int, Int), _ limit: Int?) {
      guard let limit, counts.1 > counts.0, counts.1 > limit else { return }
      breaches.append("\(name): \(counts.1) of \(limit), \(counts.0) before")
    }
    for campaign in before.campaigns.indices {
      let given = (before.given(by: campaign), given(by: campaign))
      check("uses of campaign \(campaign)", (given.0.count, given.1.count), campaigns[campaign].total)
      for currency in ["USD", "EUR"] {
        let money = (Ledger.money(given.0, currency), Ledger.money(given.1, currency))
        check("\(currency) of campaign \(campaign)", money, campaigns[campaign].limit(currency))
      }
    }
  }
}
