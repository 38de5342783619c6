import JSON
import Scrip

extension FraudCase: ObjectForm, JSONWritable {
  /// `FraudCase`
  public static let formName = "FraudCase"
  /// For the API's description.
  public static let formNote: StaticString? =
    "A suspicion of somebody or something, with all attempts that it rests on."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let suspect = walk.required("suspect", shown?.suspect, .fraudSuspect())
    let state = walk.required("state", shown?.state, .choice(named: "FraudCaseState"))
    let severity = walk.required(
      "severity", shown?.severity, .choice(named: "FraudSeverity"), "At its worst since it was opened.")
    let rule = walk.required(
      "rule", shown?.rule, .name(FraudRuleName.self), "What brought most points at its worst.")
    let score = walk.required("score", shown?.score, .integer(0, to: 100), "The highest since it was opened.")
    let attempts = walk.required("attempts", shown?.attempts, .integer(0, to: .max), "Since it was opened.")
    let blocked = walk.required(
      "blocked", shown?.blocked, .integer(0, to: .max), "How many of the attempts were refused.")
    let openedAt = walk.required("opened_at", shown?.openedAt, .instant())
    let latestAt = walk.required("latest_at", shown?.latestAt, .instant())
    let alerted = walk.optional(
      "alerted", shown?.alerted, .choice(named: "FraudSeverity"), "Of the last alert; null: nobody was told.")
    let reviewedAt = walk.optional("reviewed_at", shown?.reviewedAt, .instant())
    let review = walk.optional(
      "review", shown?.review, .object(), "What the last reviewer found, also if it is open again.")
    let latest = walk.required("latest", shown?.latest, .object(), "What was seen last.")
    let applications = walk.required(
      "applications", shown?.applications, .list(IdentifierForm<ApplicationSubject>()),
      "The last twenty that were given in spite of it, the newest last.")
    guard let suspect, let state, let severity, let rule, let score, let attempts, let blocked, let openedAt,
      let latestAt, let alerted, let reviewedAt, let review, let latest,
      let applications
    else { return nil }
    return Self(
      of: suspect, state: state, severity: severity, rule: rule, score: score, attempts: attempts,
      blocked: blocked, openedAt: openedAt, latestAt: latestAt, alerted: alerted, reviewedAt: reviewedAt,
      review: review, latest: latest, applications: applications)
  }
}

extension FraudReview: ObjectForm {
  /// `FraudReview`
  public static let formName = "FraudReview"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ review: Self?) -> Self? {
    let isConfirmed = walk.required("confirmed", review?.isConfirmed, .flag(), "Whether it was fraud.")
    let rule = walk.required(
      "rule", review?.rule, .name(FraudRuleName.self), "What had brought most points then.")
    guard let isConfirmed, let rule else { return nil }
    return Self(isConfirmed: isConfirmed, rule: rule)
  }
}
