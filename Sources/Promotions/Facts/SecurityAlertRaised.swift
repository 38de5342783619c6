import Forms
import Ledger
import Scrip

/// Somebody should look at a suspicion now. Raised once for a case, and again when it becomes worse.
public struct SecurityAlertRaised: PromotionFact {
  /// `SecurityAlertRaised`
  public static let formName = "SecurityAlertRaised"

  /// Whom or what it is about.
  public var suspect: FraudSuspect
  /// How bad it is.
  public var severity: FraudSeverity
  /// The score that brought it.
  public var score: Int64
  /// The rules that saw something, the most points first.
  public var rules: [FraudRuleName]
  /// What was done at once.
  public var response: Response
  /// The caller's order with which it came to light.
  public var orderID: OrderID

  /// What was done at once.
  public enum Response: String, CaseIterable, Sendable {
    /// Nothing.
    case none
    /// The attempt was refused.
    case blocked
    /// The coupon was disabled.
    case couponDisabled = "coupon_disabled"
    /// The coupon was disabled, and its open locks ended.
    case locksRevoked = "locks_revoked"
  }

  /// Makes the fact.
  public init(
    _ suspect: FraudSuspect, _ severity: FraudSeverity, score: Int64, rules: [FraudRuleName],
    response: Response, orderID: OrderID
  ) {
    self.suspect = suspect
    self.severity = severity
    self.score = score
    self.rules = rules
    self.response = response
    self.orderID = orderID
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let suspect = walk.required("suspect", fact?.suspect, .fraudSuspect())
    let severity = walk.required("severity", fact?.severity, .choice(named: "FraudSeverity"))
    let score = walk.required("score", fact?.score, .integer(0, to: 100))
    let rules = walk.required("rules", fact?.rules, .list(NameForm<FraudRuleSubject>.rule()))
    let response = walk.required("response", fact?.response, .choice(named: "FraudResponse"))
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    guard let suspect, let severity, let score, let rules, let response, let orderID else { return nil }
    return Self(suspect, severity, score: score, rules: rules, response: response, orderID: orderID)
  }

  /// Operators of the service are to know how often it happens.
  public var notice: Notice.Kind? { severity.notice }

  /// The case; and where alerts are mailed to.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addFraudCase(suspect, of: tenant)
  }

  /// Notes it, and has a mail sent.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.shelf[FraudCaseRow.self].change(Owned(place.tenant, suspect)) { $0.content.alerted = severity }
    guard set.shelf[FraudSettingsRow.self][place.tenant]?.settings.alertsTo != nil else { return }
    set.dueWork.schedule(
      Owned(place.tenant, .alertMail(suspect)), at: place.at,
      payload: AlertMail(self, number: place.sequence).payload)
  }
}

extension FraudSeverity {
  /// What operators are told of such alerts.
  public var notice: Notice.Kind { "security_alert_\(rawValue)" }
}

extension NameForm<FraudRuleSubject> {
  fileprivate static func rule() -> Self { .name(FraudRuleName.self) }
}
