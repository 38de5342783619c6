import Forms
import JSON
import Ledger
import Scrip

/// A mail about an alert that is to be sent: what due work of the kind `alert_mail` has to know.
public struct AlertMail: Hashable, Sendable {
  /// What it tells of.
  public let alert: SecurityAlertRaised
  /// The number of the alert among the tenant's own events.
  public let number: Int64

  /// Tells of a mail.
  init(_ alert: SecurityAlertRaised, number: Int64) {
    self.alert = alert
    self.number = number
  }

  /// Reads the payload of due work.
  public init(payload: [UInt8]) throws(StoredFormError) { try self.init(stored: payload, as: "a due alert") }

  var payload: [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension AlertMail: ObjectForm {
  /// `AlertMail`
  public static let formName = "AlertMail"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ mail: Self?) -> Self? {
    let alert = walk.required("alert", mail?.alert, .object())
    let number = walk.required("number", mail?.number, .integer(1, to: .max))
    guard let alert, let number else { return nil }
    return Self(alert, number: number)
  }
}

extension DueWork.Kind {
  /// Sending a mail about an alert.
  public static let alertMail: DueWork.Kind = "alert_mail"
}

extension DueKey {
  /// The mail about the last alert of a suspect.
  public static func alertMail(_ suspect: FraudSuspect) -> DueKey {
    DueKey(.alertMail, ExactText(suspect.description))
  }
}

extension WorkingSet {
  /// The mail that is due under a key; nil if there is none, or none that can be read.
  func alertMail(_ key: Owned<DueKey>) -> AlertMail? {
    guard let work = dueWork[key], !work.isOver else { return nil }
    do throws(StoredFormError) { return try AlertMail(payload: work.payload) } catch { return nil }
  }
}

/// Tells what became of a mail about an alert.
public struct RecordAlertMail: PromotionAction {
  /// Which mail.
  public let mail: AlertMail
  /// Whether a mail server has taken it.
  public let isSent: Bool
  /// How many tries there were.
  public let attempts: Int64

  /// Makes an action.
  public init(_ mail: AlertMail, isSent: Bool, attempts: Int64) {
    self.mail = mail
    self.isSent = isSent
    self.attempts = attempts
  }

  /// Asks for the case, and for the work that this ends.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[FraudCaseRow.self].insert(Owned(tenant, mail.alert.suspect))
    request.dueWork.insert(Owned(tenant, .alertMail(mail.alert.suspect)))
  }

  /// Records it. What is of something later by now was told of before.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let suspect = mail.alert.suspect
    let isDue = set.alertMail(Owned(context.tenant, .alertMail(suspect)))?.number == mail.number
    let fact = SecurityAlertMailed(suspect, number: mail.number, isSent: isSent, attempts: attempts)
    return Decision(isDue ? [(.tenant, fact)] : [], reply: .fraudCase(suspect, of: context.tenant))
  }
}
