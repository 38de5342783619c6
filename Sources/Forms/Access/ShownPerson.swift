import JSON
import Scrip

/// What is known of a person.
public struct ShownPerson: Hashable, Sendable {
  /// What stands for the person in events and everywhere else that is stored.
  public var pseudonym: UserID
  /// The caller's user id; nil once it is erased.
  public var userID: UserID?

  /// Tells what is known.
  public init(pseudonym: UserID, userID: UserID?) {
    self.pseudonym = pseudonym
    self.userID = userID
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
    let userID = walk.optional("user_id", person?.userID, .name(UserID.self), "Null once it is erased.")
    guard let pseudonym, let userID else { return nil }
    return ShownPerson(pseudonym: pseudonym, userID: userID)
  }
}
