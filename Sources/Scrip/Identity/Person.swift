/// Somebody who buys or owns, behind a pseudonym: what is stored names nobody.
///
/// A pseudonym is an identifier of this type as text, `person_` and 26 characters, in a ``UserID``. Whoever turns the
/// caller's user ids into pseudonyms must give one user the same one each time.
public enum Person: Identified {
  /// `person_…`
  public typealias ID = Identifier<Person>

  /// `person`
  public static let prefix = "person"
}

extension Identifier where Subject == Person {
  /// The pseudonym as it stands where a user id would.
  public var userID: UserID { UserID(description) }
}

extension ExactText where Subject == Named.User {
  /// Whether this has the form of a pseudonym.
  public var isPseudonym: Bool { Person.ID(text) != nil }
}
