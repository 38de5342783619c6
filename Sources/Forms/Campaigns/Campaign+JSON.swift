import JSON
import Scrip

extension CampaignTerms: ObjectForm, JSONWritable {
  /// `CampaignTerms`
  public static let formName = "CampaignTerms"
  /// In JSON.
  public static let formExamples = [
    #"{"name": "Winter sale", "ends_at": "2030-01-01T00:00:00Z", "limits": {"budget": {"EUR": 1000000}}}"#
  ]

  /// `CampaignInput` is what makes one, `CampaignPatch` what an edit sends.
  public static func schemaName(_ direction: FormDirection) -> String {
    switch direction {
    case .output: formName
    case .input: "CampaignInput"
    case .edit: "CampaignPatch"
    }
  }

  /// All that an edit can change.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ terms: CampaignTerms?
  ) -> CampaignTerms? {
    let name = walk.required("name", terms?.name, .text(1...200))
    let description = walk.sparse("description", terms?.description, .text(1...2000), "What it is for.")
    let validity = walk.group(terms?.validity, ValidityMembers())
    let limits = walk.member("limits", terms?.limits, else: CampaignLimits(), .object())
    guard let name, let description, let validity, let limits else { return nil }
    return CampaignTerms(name: name, description: description, validity: validity, limits: limits)
  }

  /// Reads stored terms, and says whether that is all of them: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (terms: CampaignTerms, isWhole: Bool) {
    let read = try readStoredMembers("campaign terms", bytes) { CampaignTerms(reading: $0) }
    return (read.value, read.isWhole)
  }
}

extension CampaignLimits: ObjectForm {
  /// `CampaignLimits`
  public static let formName = "CampaignLimits"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ limits: CampaignLimits?
  ) -> CampaignLimits? {
    let total = walk.optional("total", limits?.total, .uses(), "Uses of all its coupons.")
    let budget = walk.member(
      "budget", limits?.budget, else: AmountsByCurrency([]), .amounts(from: 0),
      "Discount money of all its coupons.")
    guard let total, let budget else { return nil }
    return CampaignLimits(total: total, budget: budget)
  }
}

extension Campaign: ObjectForm, JSONWritable {
  /// The campaign as the API shows it.
  public static let formName = "Campaign"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ campaign: Campaign?
  ) -> Campaign? {
    let id = walk.required("id", campaign?.id, .id(Campaign.ID.self))
    let version = walk.required("version", campaign?.version, .integer(1, to: .max))
    let terms = CampaignTerms.walk(&walk, campaign?.terms)
    let createdAt = walk.required("created_at", campaign?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", campaign?.updatedAt, .instant())
    guard let id, let version, let terms, let createdAt, let updatedAt else { return nil }
    return Campaign(id: id, version: version, terms: terms, createdAt: createdAt, updatedAt: updatedAt)
  }
}
