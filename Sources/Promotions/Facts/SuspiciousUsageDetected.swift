import Forms
import Ledger
import Scrip

/// Somebody who looks like a fraud has tried to use coupons; or a coupon looks leaked.
public struct SuspiciousUsageDetected: PromotionFact {
  /// `SuspiciousUsageDetected`
  public static let formName = "SuspiciousUsageDetected"

  /// Whom or what it is about.
  public var suspect: FraudSuspect
  /// How bad it is.
  public var severity: FraudSeverity
  /// The caller's order.
  public var orderID: OrderID
  /// The application that was given; nil if it was refused.
  public var applicationID: DiscountApplication.ID?
  /// What was seen.
  public var record: FraudRecord
  /// Whether a case of the suspect that was decided is open again.
  public var opensAgain: Bool

  /// Makes the fact.
  public init(
    _ suspect: FraudSuspect, _ severity: FraudSeverity, orderID: OrderID,
    applicationID: DiscountApplication.ID?, record: FraudRecord, opensAgain: Bool
  ) {
    self.suspect = suspect
    self.severity = severity
    self.orderID = orderID
    self.applicationID = applicationID
    self.record = record
    self.opensAgain = opensAgain
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let suspect = walk.required("suspect", fact?.suspect, .fraudSuspect())
    let severity = walk.required("severity", fact?.severity, .choice(named: "FraudSeverity"))
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let applicationID = walk.optional(
      "application_id", fact?.applicationID, .id(DiscountApplication.ID.self))
    let record = FraudRecord.walk(&walk, fact?.record)
    let opensAgain = walk.sparse(
      "opens_again", fact.flatMap { $0.opensAgain ? true : nil }, .flag(),
      "Whether a case that was decided is open again.")
    guard let suspect, let severity, let orderID, let applicationID, let record, let opensAgain else {
      return nil
    }
    return Self(
      suspect, severity, orderID: orderID, applicationID: applicationID, record: record,
      opensAgain: opensAgain ?? false)
  }

  /// The case.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[FraudCaseRow.self].insert(Owned(tenant, suspect))
  }

  /// Opens a case, or adds to one.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = Owned(place.tenant, suspect)
    guard let known = set.shelf[FraudCaseRow.self][key]?.content else {
      var new = FraudCase(
        of: suspect, severity: severity, rule: rule, score: score, attempts: 0, blocked: 0,
        openedAt: place.at, latestAt: place.at, latest: record, applications: [])
      add(to: &new, at: place.at)
      set.shelf[FraudCaseRow.self].insert(FraudCaseRow(new), for: key)
      return
    }
    var changed = known
    if opensAgain {
      changed.state = .open
      changed.severity = severity
      changed.rule = rule
      changed.score = score
      changed.attempts = 0
      changed.blocked = 0
      changed.openedAt = place.at
      changed.alerted = nil
      changed.applications = []
    }
    add(to: &changed, at: place.at)
    set.shelf[FraudCaseRow.self].change(key) { $0.content = changed }
  }

  private func add(to content: inout FraudCase, at moment: Instant) {
    // What a reviewer has decided stays about what was decided.
    if content.state == .open {
      if score > content.score || severity > content.severity { content.rule = rule }
      content.severity = max(content.severity, severity)
      content.score = max(content.score, score)
    }
    content.attempts += 1
    if applicationID == nil { content.blocked += 1 }
    content.latestAt = max(content.latestAt, moment)
    content.latest = record
    if let applicationID, !content.applications.contains(applicationID) {
      content.applications = (content.applications + [applicationID]).suffix(FraudCase.applicationsMax)
    }
  }

  private var score: Int64 { Int64(record.assessment.score) }

  private var rule: FraudRuleName { record.assessment.findings.first?.rule ?? "denied" }
}
