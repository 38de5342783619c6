import Forms
import JSON
import Ledger
import Scrip

/// Decides about a suspicion: it was fraud, or it was none.
public struct ReviewSuspicion: PromotionAction {
  /// Whom or what it is about.
  public let suspect: FraudSuspect
  /// Whether it was fraud.
  public let isConfirmed: Bool
  /// Whether the suspect goes to the list of those who get nothing, or of those whom nothing is held against. Only somebody
  /// can be listed, no coupon.
  public let isListed: Bool
  /// The reviewer's words.
  @Exact public var note: String?

  /// Makes an action.
  public init(_ suspect: FraudSuspect, isConfirmed: Bool, isListed: Bool, note: String?) {
    self.suspect = suspect
    self.isConfirmed = isConfirmed
    self.isListed = isListed
    self.note = note
  }

  /// Asks for the case, and for the settings if they change.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[FraudCaseRow.self].insert(Owned(tenant, suspect))
    if isListed { request.shelf[FraudSettingsRow.self].insert(tenant) }
  }

  /// Decides. Whoever decides the same again changes nothing but the lists.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let content = try set.fraudCase(suspect, of: context.tenant)
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = []
    if content.state != (isConfirmed ? .confirmed : .dismissed) {
      facts.append(
        (
          .tenant,
          SuspicionReviewed(suspect, isConfirmed: isConfirmed, rule: content.rule, note: note)
        ))
    }
    if isListed {
      guard case .trait(let trait) = suspect else {
        throw Refusal(.suspectNotListable, "A coupon stands on no list; disable it instead.")
      }
      let before = try set.fraudSettings(context.tenant)?.settings ?? FraudSettings()
      let after = try before.listing([trait], on: isConfirmed ? .denied : .allowed)
      if after != before { facts.append((.tenant, FraudSettingsChanged(after))) }
    }
    return Decision(facts, reply: .fraudCase(suspect, of: context.tenant))
  }
}

extension WorkingSet {
  /// A case that there is.
  func fraudCase(_ suspect: FraudSuspect, of tenant: Tenant.ID) throws(Refusal) -> FraudCase {
    let rows = shelf[FraudCaseRow.self]
    let key = Owned(tenant, suspect)
    if let failure = rows.unreadable[key] { throw .unreadable(failure) }
    guard let row = rows[key] else {
      throw Refusal(.fraudCaseNotFound, "There is no case of \(suspect).")
    }
    return row.content
  }
}

extension ReplySubject {
  /// A case as it is now.
  static func fraudCase(_ suspect: FraudSuspect, of tenant: Tenant.ID) -> ReplySubject {
    .entity(isNew: false) { $0.shelf[FraudCaseRow.self][Owned(tenant, suspect)]?.content }
  }
}

extension FraudCase: Entity {
  /// `fraud_case`
  public static let topic = "fraud_case"
  /// Where it is found.
  public var path: String { "/v1/fraud/cases/\(suspect)" }
  /// It has no versions.
  public var version: Int64 { 1 }
}
