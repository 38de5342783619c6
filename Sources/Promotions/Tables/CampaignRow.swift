import Forms
import Ledger
import Scrip

/// A campaign with its stream's head.
public struct CampaignRow: Hashable, Sendable {
  /// The campaign.
  public var campaign: Campaign
  /// Whether that is all of its terms. What a newer version has added would be lost if they were written again.
  public var isWhole: Bool
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes a row.
  public init(campaign: Campaign, isWhole: Bool = true, head: StreamHead = .empty) {
    self.campaign = campaign
    self.isWhole = isWhole
    self.head = head
  }
}

extension CampaignRow: StreamOwner {
  /// `campaign`
  public static let shape = TableShape(Self.self, "campaign", noun: "campaign", endsOf: .campaign)

  /// The campaign's own stream ends in its row.
  public static func key(of stream: StreamID, _ tenant: Tenant.ID) -> Owned<Campaign.ID> {
    Owned(tenant, Campaign.ID(stream.id))
  }

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Campaign.ID>?
  ) throws(StoreFailure) -> Owned<Campaign.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Campaign.ID>
  ) throws(StoreFailure) -> Self {
    let campaign = row?.campaign
    let version = try walk.count("version", .plain, campaign?.version)
    let terms = try walk.column("terms", .plain, campaign.map { StoredCampaignTerms($0.terms) })
    let head = try walk.head(row?.head)
    let createdAt = try walk.column("created_at", .fixed, campaign?.createdAt)
    let updatedAt = try walk.column("updated_at", .plain, campaign?.updatedAt)
    return Self(
      campaign: Campaign(
        id: key.value, version: version, terms: terms.terms, createdAt: createdAt, updatedAt: updatedAt),
      isWhole: terms.isWhole, head: head)
  }

  /// What people call it.
  public static func label(of key: Owned<Campaign.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

/// A campaign's terms in the wire's canonical JSON.
struct StoredCampaignTerms: TextValue {
  let terms: CampaignTerms
  let isWhole: Bool

  init(_ terms: CampaignTerms, isWhole: Bool = true) {
    self.terms = terms
    self.isWhole = isWhole
  }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      let read = try CampaignTerms.reading(stored: Array(text.utf8))
      return Self(read.terms, isWhole: read.isWhole)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: terms.json, as: UTF8.self) }

  static var noun: String { "the terms of a campaign" }

  static var sample: Self { Self(CampaignTerms(name: "a")) }
}
