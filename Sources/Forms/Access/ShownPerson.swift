import JSON
import Scrip

/// What is known of a person.
public struct ShownPerson: Hashable, Sendable {
  /// What stands for the person in events and everywhere else that is stored.
  public var pseudonym: UserID
  /// The caller's user id; nil for a guest, and once it is erased.
  public var userID: UserID?
  /// Where the person is written to about orders.
  public var contacts: [ShownContact]

  /// Tells what is known.
  public init(pseudonym: UserID, userID: UserID?, contacts: [ShownContact] = []) {
    self.pseudonym = pseudonym
    self.userID = userID
    self.contacts = contacts
  }
}

extension ShownPerson: ObjectForm, JSONWritable {
  /// `Person`
  public static let formName = "Person"
  /// For the API's description.
  public static let formNote: StaticString? =
    "Everything by which a person is named. All else that is stored has the pseudonym instead."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ person: ShownPerson?
  ) -> ShownPerson? {
    let pseudonym = walk.required("pseudonym", person?.pseudonym, .name(UserID.self))
    let userID = walk.optional(
      "user_id", person?.userID, .name(UserID.self), "Null for a guest, and once it is erased.")
    let contacts = walk.required(
      "contacts", person?.contacts, .objects(), "Where the person is written to about orders.")
    guard let pseudonym, let userID, let contacts else { return nil }
    return ShownPerson(pseudonym: pseudonym, userID: userID, contacts: contacts)
  }
}

/// Where somebody is written to.
public struct ShownContact: Hashable, Sendable {
  /// The e-mail address.
  @Exact public var address: String
  /// How mails address its owner; nil if nobody has said.
  @Exact public var name: String?

  /// Tells where.
  public init(address: String, name: String?) {
    self.address = address
    self.name = name
  }
}

extension ShownContact: ObjectForm {
  /// `Contact`
  public static let formName = "Contact"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ contact: ShownContact?
  ) -> ShownContact? {
    let address = walk.required("email", contact?.address, .text())
    let name = walk.optional("name", contact?.name, .text())
    guard let address, let name else { return nil }
    return ShownContact(address: address, name: name)
  }
}
