import Digest
import Forms
import Ledger
import Scrip

/// What is known of a person by name: the rows that may be erased. No event folds into them, and nothing else that is
/// stored names anybody.
///
/// A user has a row with the user id, and one more for each e-mail address that an order was made with, so that each order
/// is told to its own. A guest has the latter alone.
public struct PersonRow: Hashable, Sendable {
  /// The caller's user id; nil in the row of an address.
  public var userID: UserID?
  /// The pseudonym of the user whose address it is; nil for a guest's.
  public var owner: UserID?
  /// Where the person is written to.
  public var contact: PersonContact?

  /// Tells of a user.
  public init(userID: UserID?) { self.userID = userID }

  /// Tells of an address.
  public init(_ contact: PersonContact, of owner: UserID?) {
    self.contact = contact
    self.owner = owner
  }
}

extension PersonRow: StoredRow {
  /// `person`. Two who write one row at once say the same.
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
    var read = Self(userID: try walk.optional("user_id", .plain, row?.userID))
    read.owner = try walk.optional("owner", .plain, row?.owner)
    let address = try walk.optional("address", .plain, row?.contact?.address)
    let name = try walk.optional("name", .plain, row?.contact?.name)
    read.contact = address.map { PersonContact(address: $0, name: name) }
    return read
  }

  /// Nothing is known any more.
  public var isVoid: Bool { userID == nil && contact == nil }

  /// What people call it.
  public static func label(of key: Owned<UserID>) -> String { key.value.text }
}

/// Where a person is written to.
public struct PersonContact: Hashable, Sendable {
  /// An address, or a name.
  public typealias Text = ExactText<PersonContact>

  /// The e-mail address as its owner writes it.
  public let address: Text
  /// How the person is addressed; nil if nobody has said.
  public let name: Text?

  /// Tells where.
  public init(address: Text, name: Text? = nil) {
    self.address = address
    self.name = name
  }
}

extension Customer {
  /// Under which pseudonym it stands where the customer is written to: one for each pair of user, or guest, and address;
  /// nil for somebody without an address.
  public var recipient: UserID? {
    guard let email = identityKeys.first(where: { $0.kind == .email }) else { return nil }
    let pair = "\(userID?.text ?? "")\n\(email.value.text)"
    return Person.ID(SHA256.hash(Array(pair.utf8)).leadingHalf).userID
  }
}

/// A person whom a request named, or an address of one, and the pseudonym that it is kept under.
public struct NamedPerson: Hashable, Sendable {
  /// What stands for the user, or for the pair of user and address.
  public let pseudonym: UserID
  /// The caller's user id; nil for an address.
  public let userID: UserID?
  /// Where the person is written to; nil for a user.
  public let contact: PersonContact?
  /// The pseudonym of the user whose address it is; nil for a guest's, and for a user.
  public let owner: UserID?

  /// Names a user.
  public init(pseudonym: UserID, userID: UserID) {
    self.pseudonym = pseudonym
    self.userID = userID
    contact = nil
    owner = nil
  }

  /// Names the address of a user, or of a guest.
  public init(recipient: UserID, contact: PersonContact, of owner: UserID?) {
    pseudonym = recipient
    userID = nil
    self.contact = contact
    self.owner = owner
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

  /// Keeps the names of persons if something is done: what is only told of a refusal is not. Addresses are kept where
  /// customers are written to.
  public mutating func keep(
    _ persons: [NamedPerson], with decision: Decision<WorkingSet>, of tenant: Tenant.ID
  ) {
    if case .refused = decision.reply { return }
    if case .webhook(let notes) = decision.reply { keep(notes, of: tenant) }
    if case .inbox(let notes) = decision.reply {
      keep(notes, of: tenant)
      if notes.keepsPersons { return remember(persons, of: tenant) }
    }
    if !decision.facts.isEmpty { remember(persons, of: tenant) }
  }

  /// Keeps the names of persons where there are none yet, and where they are written to from now on.
  mutating func remember(_ named: [NamedPerson], of tenant: Tenant.ID) {
    for person in named where person.contact == nil || settings(tenant).mail.isOn {
      let key = Owned(tenant, person.pseudonym)
      guard let row = persons[key] else {
        persons.insert(person.row, for: key)
        continue
      }
      // A void one was erased before in the same batch. An address is written as it was last.
      if row.isVoid || person.row.contact != nil, row != person.row {
        persons.change(key) { $0 = person.row }
      }
    }
  }
}

extension NamedPerson {
  fileprivate var row: PersonRow {
    contact.map { PersonRow($0, of: owner) } ?? PersonRow(userID: userID)
  }
}

extension LoadRequest {
  /// Asks for everything by which a person is named.
  mutating func addPerson(_ pseudonym: UserID, of tenant: Tenant.ID) {
    persons.insert(Owned(tenant, pseudonym))
    contactsOf.insert(Owned(tenant, pseudonym))
  }
}

extension WorkingSet {
  /// The keys of the addresses of a user.
  func contacts(of pseudonym: UserID, _ tenant: Tenant.ID) -> [Owned<UserID>] {
    persons.all.filter { $0.key.tenant == tenant && $0.value.owner == pseudonym }.map(\.key).sorted()
  }
}
