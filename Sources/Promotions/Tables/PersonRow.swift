import Ledger
import Scrip

/// What is known of a person by name: the one row that may be erased. No event folds into it, and nothing else that is
/// stored names anybody.
public struct PersonRow: Hashable, Sendable {
  /// The caller's user id; nil once it is erased.
  public var userID: UserID?

  /// Tells of a person.
  public init(userID: UserID?) { self.userID = userID }
}

extension PersonRow: StoredRow {
  /// `person`
  public static let shape = TableShape(Self.self, "person", noun: "person", .kept, repeating: .keepsFirst)

  /// The pseudonym.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<UserID>?
  ) throws(StoreFailure) -> Owned<UserID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("pseudonym", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<UserID>
  ) throws(StoreFailure) -> Self {
    Self(userID: try walk.optional("user_id", .plain, row?.userID))
  }

  /// Nothing is known any more.
  public var isVoid: Bool { userID == nil }

  /// What people call it.
  public static func label(of key: Owned<UserID>) -> String { key.value.text }
}

/// A person whom a request named: the caller's user id, and the pseudonym that stands for it in whatever is stored.
public struct NamedPerson: Hashable, Sendable {
  /// What stands for the user id.
  public let pseudonym: UserID
  /// The caller's user id.
  public let userID: UserID

  /// Names a person.
  public init(pseudonym: UserID, userID: UserID) {
    self.pseudonym = pseudonym
    self.userID = userID
  }
}

extension PromotionCommand {
  /// Makes a command.
  ///
  /// - Parameter persons: whom its request named. Their names are kept if it does something.
  public init(
    tenant: Tenant.ID, actor: Actor, requestID: String? = nil, idempotency: IdempotencyKey? = nil,
    persons: [NamedPerson] = [], action: any Action<WorkingSet>
  ) {
    self.init(
      tenant: tenant, actor: actor, requestID: requestID, idempotency: idempotency, brought: persons,
      action: action)
  }
}

extension WorkingSet {
  /// Asks whether they are known.
  public static func ask(
    for persons: [NamedPerson], of tenant: Tenant.ID, in request: inout LoadRequest
  ) {
    for person in persons { request.persons.insert(Owned(tenant, person.pseudonym)) }
  }

  /// Keeps the names of persons if something is done: what is only told of a refusal is not.
  public mutating func keep(
    _ persons: [NamedPerson], with decision: Decision<WorkingSet>, of tenant: Tenant.ID
  ) {
    if case .refused = decision.reply { return }
    if !decision.facts.isEmpty { remember(persons, of: tenant) }
  }

  /// Keeps the names of persons where there are none yet.
  mutating func remember(_ named: [NamedPerson], of tenant: Tenant.ID) {
    for person in named {
      let key = Owned(tenant, person.pseudonym)
      guard let row = persons[key] else {
        persons.insert(PersonRow(userID: person.userID), for: key)
        continue
      }
      // Erased before in the same batch.
      if row.isVoid { persons.change(key) { $0.userID = person.userID } }
    }
  }
}
