import Forms
import Ledger
import Scrip

/// What names a person was erased. The fact has the pseudonym, as all others do, and folding it changes nothing: what
/// was erased is kept beside the log.
public struct PersonErased: PromotionFact {
  /// `PersonErased`
  public static let formName = "PersonErased"

  /// Whose name it was.
  public var pseudonym: UserID

  /// Makes the fact.
  public init(_ pseudonym: UserID) { self.pseudonym = pseudonym }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("pseudonym", fact?.pseudonym, .name(UserID.self)).map { Self($0) }
  }

  /// It is only told.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {}

  /// Forgets what names the person.
  public func erase(from set: inout WorkingSet, of tenant: Tenant.ID) {
    for key in [Owned(tenant, pseudonym)] + set.contacts(of: pseudonym, tenant) {
      set.persons.change(key) { $0 = PersonRow(userID: nil) }
    }
  }
}
