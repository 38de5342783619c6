import Forms
import Ledger
import Scrip

/// A campaign has terms under a version number: with the first it came into being.
public struct CampaignDefined: PromotionFact {
  /// `CampaignDefined`
  public static let formName = "CampaignDefined"

  /// The number of the terms.
  public var version: Int64
  /// The terms.
  public var terms: CampaignTerms

  /// Makes the fact.
  public init(version: Int64, _ terms: CampaignTerms) {
    self.version = version
    self.terms = terms
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let version = walk.required("version", fact?.version, .integer(1, to: .max))
    let terms = walk.required("terms", fact?.terms, .object())
    guard let version, let terms else { return nil }
    return Self(version: version, terms)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = CampaignRow.key(of: place.stream, place.tenant)
    if set.shelf[CampaignRow.self][key] == nil {
      let campaign = Campaign(
        id: key.value, version: version, terms: terms, createdAt: place.at, updatedAt: place.at)
      set.shelf[CampaignRow.self].insert(CampaignRow(campaign: campaign), for: key)
    } else {
      set.shelf[CampaignRow.self].change(key) { row in
        row.campaign.version = version
        row.campaign.terms = terms
        row.campaign.updatedAt = place.at
      }
    }
  }
}
