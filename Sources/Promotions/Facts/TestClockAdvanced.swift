import Forms
import Ledger
import Scrip

/// A sandbox's own clock was moved forward.
public struct TestClockAdvanced: PromotionFact {
  /// `TestClockAdvanced`
  public static let formName = "TestClockAdvanced"

  /// Where it stands from now on.
  public var to: Instant

  /// Makes the fact.
  public init(to: Instant) { self.to = to }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("to", fact?.to, .instant()).map { Self(to: $0) }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.tenants.change(place.tenant) { $0.tenant.testClock = to }
  }
}
