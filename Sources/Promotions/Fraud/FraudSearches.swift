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

/// How often reviewers found what a rule had brought up to be fraud.
public struct FraudReview: Hashable, Sendable {
  /// The rule that had brought most points.
  public let rule: FraudRuleName
  /// How often it was fraud.
  public let confirmations: Int64
  /// How often it was none.
  public let dismissals: Int64

  /// Counts reviews.
  public init(rule: FraudRuleName, confirmations: Int64, dismissals: Int64) {
    self.rule = rule
    self.confirmations = confirmations
    self.dismissals = dismissals
  }
}

/// What reviewers found, by rule.
public struct FraudReviewsOfTenant: Search {
  /// The answer, by rule.
  public typealias Found = [FraudReview]

  /// Whose.
  public let tenant: Tenant.ID

  /// Asks for it.
  public init(of tenant: Tenant.ID) { self.tenant = tenant }
}
