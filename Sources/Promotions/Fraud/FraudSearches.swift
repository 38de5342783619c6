import Ledger
import Scrip

/// A case's place in lists.
public struct FraudPlace: Hashable, Comparable, Sendable {
  /// When something suspicious happened last.
  public let at: Instant
  /// Whom or what it is about.
  public let suspect: FraudSuspect

  /// Makes a place.
  public init(at: Instant, suspect: FraudSuspect) {
    self.at = at
    self.suspect = suspect
  }

  /// By time, then by suspect.
  public static func < (left: Self, right: Self) -> Bool {
    left.at == right.at ? left.suspect.description < right.suspect.description : left.at < right.at
  }
}

extension FraudCase {
  /// Its place in lists.
  public var place: FraudPlace { FraudPlace(at: latestAt, suspect: suspect) }
}

/// A page of a tenant's cases in one state, those in which something happened last first.
public struct FraudCasesOfTenant: Search {
  /// The answer.
  public typealias Found = [FraudCase]

  /// Whose.
  public let tenant: Tenant.ID
  /// In which state.
  public let state: FraudCaseState
  /// Only those before this one.
  public let before: FraudPlace?
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(of tenant: Tenant.ID, _ state: FraudCaseState, before: FraudPlace? = nil, limit: Int) {
    self.tenant = tenant
    self.state = state
    self.before = before
    self.limit = limit
  }
}

/// How many suspects that a rule had brought up were found to be frauds.
public struct FraudReviews: Hashable, Sendable {
  /// The rule that had brought most points.
  public let rule: FraudRuleName
  /// How many were last found to be.
  public let confirmed: Int64
  /// How many were last found not to be.
  public let dismissed: Int64

  /// Counts them.
  public init(rule: FraudRuleName, confirmed: Int64, dismissed: Int64) {
    self.rule = rule
    self.confirmed = confirmed
    self.dismissed = dismissed
  }
}

/// What reviewers found, by rule.
public struct FraudReviewsOfTenant: Search {
  /// The answer, by rule.
  public typealias Found = [FraudReviews]

  /// Whose.
  public let tenant: Tenant.ID

  /// Asks for it.
  public init(of tenant: Tenant.ID) { self.tenant = tenant }
}
