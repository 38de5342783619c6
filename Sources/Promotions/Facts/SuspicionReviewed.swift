import Forms
import Ledger
import Scrip

/// Somebody has decided about a suspicion.
public struct SuspicionReviewed: PromotionFact {
  /// `SuspicionReviewed`
  public static let formName = "SuspicionReviewed"

  /// Whom or what it is about.
  public var suspect: FraudSuspect
  /// Whether it was fraud.
  public var isConfirmed: Bool
  /// The rule that had brought most points.
  public var rule: FraudRuleName
  /// The reviewer's words.
  @Exact public var note: String?

  /// Makes the fact.
  public init(_ suspect: FraudSuspect, isConfirmed: Bool, rule: FraudRuleName, note: String?) {
    self.suspect = suspect
    self.isConfirmed = isConfirmed
    self.rule = rule
    self.note = note
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let suspect = walk.required("suspect", fact?.suspect, .fraudSuspect())
    let isConfirmed = walk.required("confirmed", fact?.isConfirmed, .flag(), "Whether it was fraud.")
    let rule = walk.required("rule", fact?.rule, .name(FraudRuleName.self))
    let note = walk.optional("note", fact?.note, .text())
    guard let suspect, let isConfirmed, let rule, let note else { return nil }
    return Self(suspect, isConfirmed: isConfirmed, rule: rule, note: note)
  }

  /// The case.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[FraudCaseRow.self].insert(Owned(tenant, suspect))
  }

  /// Closes the case.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.shelf[FraudCaseRow.self].change(Owned(place.tenant, suspect)) { row in
      row.content.state = isConfirmed ? .confirmed : .dismissed
      row.content.reviewedAt = place.at
      row.content.review = FraudReview(isConfirmed: isConfirmed, rule: rule)
    }
  }
}
