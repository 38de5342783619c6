import Ledger
import Promotions
import Scrip
import TestSupport

/// Campaigns, whose limits are near to what was given.
extension Simulation {
  mutating func makeCampaign(_ place: Int) -> Step {
    var campaign = Ledger.Campaign()
    if chance(60) { campaign.total = Int.random(in: 3...12, using: &random) }
    if chance(60) { campaign.budget = budget(around: 8000, 8000) }
    let terms = Translation.campaign(campaign, start: start)
    var made = step(DefineCampaign(terms: terms), place, "\(campaign)") { [campaign] in
      $0.define(nil, campaign)
    }
    made.learn = { shop, id in
      if let id = Campaign.ID(id) { shop.campaignIDs.append(id) }
    }
    return made
  }

  /// Other limits, or another window.
  mutating func editCampaign(_ place: Int) -> Step {
    let ledger = shops[place].ledger
    let index = Int.random(in: 0..<ledger.campaigns.count, using: &random)
    var campaign = ledger.campaigns[index]
    switch Int.random(in: 0..<100, using: &random) {
    case ..<45:
      let given = ledger.given(by: index).count
      campaign.total = chance(20) ? nil : max(1, given + Int.random(in: -2...4, using: &random))
    case ..<80:
      let given = (ledger.money(givenBy: index, "USD"), ledger.money(givenBy: index, "EUR"))
      campaign.budget = chance(20) ? [:] : budget(around: given.0, given.1)
    default:
      let now = ledger.now
      campaign.starts = chance(50) ? now + Int.random(in: 0...2000, using: &random) : nil
      campaign.ends = chance(40) ? now + Int.random(in: 2001...6000, using: &random) : nil
    }
    let (edited, id) = (campaign, shops[place].campaignIDs[index])
    let action = DefineCampaign(campaignID: id, terms: Translation.campaign(edited, start: start))
    return step(action, place, "\(index) \(edited)") { $0.define(index, edited) }
  }

  private mutating func budget(around dollars: Int, _ euros: Int) -> Ledger.Amounts {
    let budget = [("USD", dollars), ("EUR", euros)].map { currency, amount in
      (currency, max(1, amount + Int.random(in: -2000...6000, using: &random)))
    }
    return Dictionary(uniqueKeysWithValues: chance(80) ? budget : [budget[0]])
  }

  /// A campaign for a coupon, if it is to have one.
  mutating func anyCampaign(_ place: Int) -> Int? {
    let count = shops[place].campaignIDs.count
    return count > 0 && chance(45) ? Int.random(in: 0..<count, using: &random) : nil
  }

  /// A coupon goes to another campaign, or out of any.
  mutating func move(_ place: Int) -> Step {
    let coupon = chance(70) ? busyCoupon(place) : anyCoupon(place)
    var terms = shops[place].ledger.coupons[coupon].terms
    terms.campaign = anyCampaign(place)
    return edit(coupon, terms, place)
  }

  mutating func compareCampaigns(_ shop: Shop, _ set: WorkingSet) {
    for (campaign, id) in shop.campaignIDs.enumerated() {
      let key = Owned(shop.tenant, CounterKey(couponID: Coupon.ID(0), counter: .campaign(id)))
      let uses = Int64(shop.ledger.given(by: campaign).count)
      same(set.counters[key]?.used ?? 0, uses, "uses of campaign \(campaign) of \(shop.tenant)")
      for currency in ["USD", "EUR"] {
        let counter = UsageCounter.campaignBudget(id, Translation.currency(currency))
        let key = Owned(shop.tenant, CounterKey(couponID: Coupon.ID(0), counter: counter))
        let money = Int64(shop.ledger.money(givenBy: campaign, currency))
        same(set.counters[key]?.used ?? 0, money, "\(currency) of campaign \(campaign) of \(shop.tenant)")
      }
    }
  }

  /// The counters of a shop's campaigns.
  func campaignCounters(_ shop: Shop) -> [UsageCounter] {
    shop.campaignIDs.flatMap { id in
      [.campaign(id)] + ["USD", "EUR"].map { .campaignBudget(id, Translation.currency($0)) }
    }
  }
}
