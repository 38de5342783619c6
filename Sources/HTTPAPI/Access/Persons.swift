import Forms
import Ledger
import Promotions
import Scrip

/// Whom one request names. Each user id becomes a pseudonym as it comes in, once; from there on nobody is named.
struct Persons {
  private let identities: IdentityHash
  private let tenant: Tenant.ID
  private var pseudonyms: [UserID: UserID] = [:]
  private var addresses: [NamedPerson] = []

  /// Nobody yet.
  init(_ identities: IdentityHash, of tenant: Tenant.ID) {
    self.identities = identities
    self.tenant = tenant
  }

  /// Everybody who was named, for a command to remember.
  var named: [NamedPerson] {
    pseudonyms.map { NamedPerson(pseudonym: $0.value, userID: $0.key) } + addresses
  }

  /// The names by pseudonym, for an answer to show.
  var names: [UserID: UserID] {
    Dictionary(pseudonyms.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  /// What stands for a user id. A pseudonym stands for itself, so that what was shown of an erased person can be sent
  /// back; it names nobody.
  mutating func pseudonym(of userID: UserID) -> UserID {
    if userID.isPseudonym { return userID }
    if let known = pseudonyms[userID] { return known }
    let pseudonym = identities.person(userID, tenant: tenant)
    pseudonyms[userID] = pseudonym
    return pseudonym
  }

  /// The same with pseudonyms.
  mutating func hiding<Value: UserNaming>(_ value: Value) -> Value {
    value.renamingUsers { pseudonym(of: $0) }
  }

  /// The customer that a caller tells of; nobody in particular if it does not.
  mutating func customer(_ input: CustomerInput?) -> Customer {
    let (identities, tenant) = (identities, tenant)
    guard let input else { return Customer() }
    var customer = input.customer(person: { pseudonym(of: $0) }) { identities($0, $1, tenant: tenant) }
    customer.traits = input.traits { identities($0, $1, tenant: tenant) }
    return customer
  }
}

extension Persons {
  /// The customer of an order that is kept here, with an address to which the customer may be written.
  mutating func buyer(_ input: CustomerInput?) -> Customer {
    let customer = customer(input)
    if let contact = input?.contact, let recipient = customer.recipient {
      let contact = PersonContact(
        address: ExactText(contact.address.text), name: contact.name.map { ExactText($0.text) })
      addresses.append(NamedPerson(recipient: recipient, contact: contact, of: customer.userID))
    }
    return customer
  }

  /// What stands for a guest of an e-mail address.
  func guest(_ address: CustomerInput) -> UserID? {
    let (identities, tenant) = (identities, tenant)
    return address.customer(person: { $0 }) { identities($0, $1, tenant: tenant) }.recipient
  }
}

extension Exchange {
  /// Nobody yet.
  func persons() -> Persons { Persons(services.identities, of: tenant) }

  /// A value with the names of those who are known by one, where there were pseudonyms.
  ///
  /// - Parameter persons: whom the request itself has named, so that nobody needs to look them up.
  func naming<Value: UserNaming>(
    _ value: Value, knowing persons: Persons? = nil
  ) async throws(Problem) -> Value {
    try await ask { (engine) async throws(StoreFailure) in
      try await engine.naming(value, of: tenant, knowing: persons)
    }
  }
}

extension Engine {
  /// A value with the names of those who are known by one, where there were pseudonyms: one question for all of them, and
  /// none where there are none.
  func naming<Value: UserNaming>(
    _ value: Value, of tenant: Tenant.ID, knowing persons: Persons? = nil
  ) async throws(StoreFailure) -> Value {
    var pseudonyms: Set<UserID> = []
    _ = value.renamingUsers { userID in
      if userID.isPseudonym { pseudonyms.insert(userID) }
      return userID
    }
    if pseudonyms.isEmpty { return value }
    var names = persons?.names ?? [:]
    let unknown = pseudonyms.subtracting(names.keys)
    if !unknown.isEmpty {
      names.merge(try await self.names(of: unknown, tenant: tenant)) { first, _ in first }
    }
    return value.renamingUsers { names[$0] ?? $0 }
  }
}

extension Answer.Reply: UserNaming {
  /// Renames whom what it shows names. Applications with their quotes name nobody.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    switch self {
    case .coupon(let coupon): self = .coupon(coupon.renamingUsers(rename))
    case .codes(let added): self = .codes(added.renamingUsers(rename))
    case .entity(let entity):
      if let naming = entity.value as? any Entity & UserNaming {
        self = .entity(AnyEntity(naming.renamingUsers(rename)))
      }
    case .termlessCoupon, .application, .accessKey, .tenant, .person: break
    }
  }
}

extension AddedCodes: UserNaming {
  /// Renames the owners of the codes.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) { codes.renameUsers(rename) }
}

extension CouponVersion: UserNaming {
  /// Renames whom the terms name.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) { terms.renameUsers(rename) }
}

extension CodeRecord: UserNaming {
  /// Renames the code's owner.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) { grant.renameUsers(rename) }
}
