import Forms
import JSON
import Ledger
import Scrip

extension Topic {
  /// What shops' own messages become.
  static let inbox = Topic(
    facts: [InboxMappingChanged.self],
    tables: [InboxMappingRow.self, InboxMessageRow.self, InboxOrderRow.self],
    entities: [ShownInboxMapping.self, InboxOutcome.self])
}

/// Says where the parts of a tenant's messages stand.
public struct SetInboxMapping: PromotionAction {
  /// Where they stand.
  public let mapping: InboxMapping
  /// The version that the caller has seen, 0 for none; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(_ mapping: InboxMapping, expectedVersion: Int64? = nil) {
    self.mapping = mapping
    self.expectedVersion = expectedVersion
  }

  /// Asks for the mapping.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[InboxMappingRow.self].insert(tenant)
  }

  /// Sets it; what says the same makes no event.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let tenant = context.tenant
    let rows = set.shelf[InboxMappingRow.self]
    let row = rows[tenant]
    if let failure = rows.unreadable[tenant] { throw .unreadable(failure) }
    let actual = row?.version ?? 0
    if let expectedVersion, expectedVersion != actual {
      throw Refusal(.versionConflict, "The mapping is at version \(actual), not at \(expectedVersion).")
    }
    let reply = ReplySubject.entity(isNew: false) {
      ShownInboxMapping($0.shelf[InboxMappingRow.self][tenant])
    }
    if row?.mapping == mapping { return Decision(reply: reply) }
    if row?.isWhole == false {
      throw Refusal(
        .newerTerms,
        "The mapping was written by a newer version of this program, and an edit by this one would lose a part of it; edit it through a node of the newer version."
      )
    }
    return Decision([(.tenant, InboxMappingChanged(mapping))], reply: reply)
  }
}

/// Where the parts of a tenant's messages stand, as the API shows it.
public struct ShownInboxMapping: Hashable, Sendable {
  /// How often it was set.
  public let version: Int64
  /// Where they stand.
  public let mapping: InboxMapping

  /// Shows a row; the defaults if there is none.
  public init(_ row: InboxMappingRow?) {
    version = row?.version ?? 0
    mapping = row?.mapping ?? InboxMapping()
  }

  private init(version: Int64, _ mapping: InboxMapping) {
    self.version = version
    self.mapping = mapping
  }
}

extension ShownInboxMapping: ObjectForm, JSONWritable, Entity {
  /// `ShownInboxMapping`
  public static let formName = "ShownInboxMapping"
  /// `inbox_mapping`
  public static let topic = "inbox_mapping"
  /// Where it is found.
  public var path: String { "/v1/inbox/mapping" }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let version = walk.required("version", shown?.version, .integer(0, to: .max), "0 for the defaults.")
    let mapping = InboxMapping.walk(&walk, shown?.mapping)
    guard let version, let mapping else { return nil }
    return Self(version: version, mapping)
  }
}
