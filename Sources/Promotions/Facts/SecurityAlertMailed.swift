import Forms
import Ledger
import Scrip

/// What became of the mail about an alert.
public struct SecurityAlertMailed: PromotionFact {
  /// `SecurityAlertMailed`
  public static let formName = "SecurityAlertMailed"

  /// Whom or what the alert is about.
  public var suspect: FraudSuspect
  /// The number of the alert among the tenant's own events.
  public var number: Int64
  /// Whether a mail server has taken it.
  public var isSent: Bool
  /// How many tries there were.
  public var attempts: Int64

  /// Makes the fact.
  public init(_ suspect: FraudSuspect, number: Int64, isSent: Bool, attempts: Int64) {
    self.suspect = suspect
    self.number = number
    self.isSent = isSent
    self.attempts = attempts
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let suspect = walk.required("suspect", fact?.suspect, .fraudSuspect())
    let number = walk.required("number", fact?.number, .integer(1, to: .max))
    let isSent = walk.required("sent", fact?.isSent, .flag(), "Whether a mail server has taken it.")
    let attempts = walk.required("attempts", fact?.attempts, .integer(1, to: .max))
    guard let suspect, let number, let isSent, let attempts else { return nil }
    return Self(suspect, number: number, isSent: isSent, attempts: attempts)
  }

  /// The work that it ends.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.dueWork.insert(Owned(tenant, .alertMail(suspect)))
  }

  /// Ends the work, unless that is about a later alert by now.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = Owned(place.tenant, DueKey.alertMail(suspect))
    if set.alertMail(key)?.number == number { set.dueWork.end(key) }
  }
}
