import Ledger
import Scrip

/// Forgets what names a person. What is held against the pseudonym stays: limits hold if the person comes back.
public struct ErasePerson: PromotionAction {
  /// Whose name is to go.
  public var pseudonym: UserID

  /// Makes an action.
  public init(_ pseudonym: UserID) { self.pseudonym = pseudonym }

  /// Asks whether anything is known.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.addPerson(pseudonym, of: tenant)
  }

  /// Erases it; where nothing is known, nothing happens.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let keys = [Owned(context.tenant, pseudonym)] + set.contacts(of: pseudonym, context.tenant)
    let isKnown = keys.contains { set.persons[$0].map { !$0.isVoid } ?? false }
    return Decision(isKnown ? [(.tenant, PersonErased(pseudonym))] : [], reply: .person(pseudonym))
  }
}
