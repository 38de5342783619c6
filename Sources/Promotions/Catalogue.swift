import Ledger
import Scrip

/// What a topic declares by types: its facts, its tables, and what answers show as a whole. What is listed is stored,
/// copied, rebuilt, shown and described without further words.
public struct Topic: Sendable {
  /// Its kinds of facts.
  public let facts: [any Fact<WorkingSet>.Type]
  /// Its tables whose rows stand on the state's shelf: all but those that nearly every command looks at.
  public let tables: [any StoredRow.Type]
  /// What its commands make and change and answers show as a whole.
  public let entities: [any Entity.Type]
  /// The kinds of its due work that people may call off. Any other has to be done.
  public let cancellableWork: [DueWork.Kind]

  /// Declares a topic.
  public init(
    facts: [any Fact<WorkingSet>.Type], tables: [any StoredRow.Type] = [], entities: [any Entity.Type] = [],
    cancellableWork: [DueWork.Kind] = []
  ) {
    self.facts = facts
    self.tables = tables
    self.entities = entities
    self.cancellableWork = cancellableWork
  }
}

/// Everything that is declared by a type.
public enum Catalogue {
  /// Every topic.
  private static let topics: [Topic] = [
    .access,
    .coupons,
    .persons,
    .campaigns,
    .orders,
    .payments,
    .mails,
    .tasks,
    .billing,
    .webhooks,
    .inbox,
    .fraud,
  ]

  /// Every kind of fact.
  public static let facts = topics.flatMap(\.facts)

  /// The tables whose rows stand on the state's shelf.
  public static let tables = topics.flatMap(\.tables)

  /// What answers show as a whole.
  public static let entities = topics.flatMap(\.entities)

  /// The kinds of due work that people may call off.
  public static let cancellableWork = Set(topics.flatMap(\.cancellableWork))
}

extension Topic {
  /// Tenants and keys.
  fileprivate static let access = Topic(
    facts: [
      TenantCreated.self, TenantSettingsChanged.self, TestClockAdvanced.self, KeyCreated.self,
      KeyRevoked.self,
    ])

  /// Coupons, their codes and their uses.
  fileprivate static let coupons = Topic(facts: [
    CouponCreated.self, CouponUpdated.self, CouponActivated.self, CouponDisabled.self, CouponArchived.self,
    CodesAdded.self, CouponApplied.self, CouponRejected.self, CouponRedeemed.self, CouponReleased.self,
    LockExtended.self, UsageRepriced.self,
  ])

  /// What names persons.
  fileprivate static let persons = Topic(facts: [PersonErased.self])
}
