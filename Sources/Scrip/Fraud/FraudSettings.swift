/// What a tenant has said about fraud.
public struct FraudSettings: Hashable, Sendable {
  /// Marks addresses.
  public typealias Text = ExactText<FraudSettings>

  /// How attempts are judged.
  public var policy: FraudPolicy
  /// Where alerts are mailed to; nil for nowhere.
  public var alertsTo: Text?

  /// How many traits may be on a list.
  public static let listedMax = 1000

  /// Says it.
  public init(policy: FraudPolicy = FraudPolicy(), alertsTo: Text? = nil) {
    self.policy = policy
    self.alertsTo = alertsTo
  }
}

/// How a suspicion stands.
public enum FraudCaseState: String, CaseIterable, Sendable {
  /// Nobody has looked yet.
  case open
  /// It was fraud.
  case confirmed
  /// It was none.
  case dismissed
}

/// What a reviewer found.
public struct FraudReview: Hashable, Sendable {
  /// Whether it was fraud.
  public let isConfirmed: Bool
  /// The rule that had brought most points then.
  public let rule: FraudRuleName

  /// Makes a finding.
  public init(isConfirmed: Bool, rule: FraudRuleName) {
    self.isConfirmed = isConfirmed
    self.rule = rule
  }
}

/// A suspicion of somebody or something, with all attempts that it rests on.
public struct FraudCase: Hashable, Sendable {
  /// Whom or what it is about.
  public let suspect: FraudSuspect
  /// How it stands.
  public var state: FraudCaseState
  /// How bad it is, at its worst since it was opened.
  public var severity: FraudSeverity
  /// The rule that brought most points at its worst.
  public var rule: FraudRuleName
  /// The highest score since it was opened.
  public var score: Int64
  /// How many attempts were suspicious since it was opened.
  public var attempts: Int64
  /// How many of those were refused.
  public var blocked: Int64
  /// When it was opened, for the last time.
  public var openedAt: Instant
  /// When something suspicious happened last.
  public var latestAt: Instant
  /// The severity of the last alert; nil if nobody was told since it was opened.
  public var alerted: FraudSeverity?
  /// When somebody last decided about it.
  public var reviewedAt: Instant?
  /// What the last reviewer found, also if it is open again; nil if nobody has looked.
  public var review: FraudReview?
  /// What was seen last, and in whom.
  public var latest: FraudRecord
  /// The last applications that were given to the suspect: at most ``applicationsMax``, the newest last.
  public var applications: [DiscountApplication.ID]

  /// How many applications are remembered.
  public static let applicationsMax = 20
  /// How long a case stays closed once somebody has decided, unless it becomes worse: seven days.
  public static let quietSeconds: Int64 = 7 * 86_400

  /// Opens a case.
  public init(
    of suspect: FraudSuspect, state: FraudCaseState = .open, severity: FraudSeverity, rule: FraudRuleName,
    score: Int64, attempts: Int64, blocked: Int64, openedAt: Instant, latestAt: Instant,
    alerted: FraudSeverity? = nil, reviewedAt: Instant? = nil, review: FraudReview? = nil,
    latest: FraudRecord, applications: [DiscountApplication.ID]
  ) {
    self.suspect = suspect
    self.state = state
    self.severity = severity
    self.rule = rule
    self.score = score
    self.attempts = attempts
    self.blocked = blocked
    self.openedAt = openedAt
    self.latestAt = latestAt
    self.alerted = alerted
    self.reviewedAt = reviewedAt
    self.review = review
    self.latest = latest
    self.applications = applications
  }

  /// Whether something suspicious opens it, or opens it again: a decision holds for ``quietSeconds``, and for nothing that
  /// is worse.
  public func opensAgain(by severity: FraudSeverity, at now: Instant) -> Bool {
    guard state != .open, let reviewedAt else { return false }
    return severity > self.severity || now >= reviewedAt.adding(seconds: FraudCase.quietSeconds)
  }
}
