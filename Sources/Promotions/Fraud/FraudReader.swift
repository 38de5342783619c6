import Ledger
import Scrip

/// Reads what events say that fraud rules remember. What it knows is kept in memory, on each node.
public struct FraudReader: LogReader {
  /// What an event says.
  public enum Change: Sendable {
    /// A coupon was locked; by whom, if anybody looked.
    case use(DiscountApplication.ID, Coupon.ID, by: [FraudTrait])
    /// A code that opens nothing was tried.
    case miss(String, by: [FraudTrait])  // String: as it is compared
    /// A coupon of somebody else was tried.
    case foreignCoupon(by: [FraudTrait])
    /// A usage was given back: that the lock was let go of, or that the purchase was taken back.
    case release(DiscountApplication.ID, FraudSignal)
  }

  /// The types of events that say something.
  public static let types: Set<ProjectionName> = [
    ProjectionName(CouponApplied.formName), ProjectionName(CouponRejected.formName),
    ProjectionName(CouponReleased.formName),
  ]

  /// Makes one.
  public init() {}

  /// What an event says.
  public func change(by fact: any Fact<WorkingSet>, at place: EventPlace) -> Change? {
    switch fact {
    case let applied as CouponApplied:
      return .use(applied.applicationID, place.coupon.value, by: applied.agreement?.screening?.traits ?? [])
    case let rejected as CouponRejected:
      guard let traits = rejected.screening?.traits else { return nil }
      let opensNothing = place.stream.couponID == nil
      switch rejected.reason {
      case .unknownCode, .codeMalformed: return .miss(rejected.spelling, by: traits)
      case .suspectedFraud where opensNothing: return .miss(rejected.spelling, by: traits)
      case .ownerMismatch: return .foreignCoupon(by: traits)
      default: return nil
      }
    case let released as CouponReleased:
      switch released.cause {
      case .requested, .expired: return .release(released.usage.applicationID, .abandonment)
      case .canceled, .fullyRefunded: return .release(released.usage.applicationID, .refund)
      case .revoked, .noLongerApplies: return nil
      }
    default: return nil
    }
  }

  /// Understands what a stored event says; nil for nothing, and for one that this version can't understand.
  ///
  /// - Parameter recent: where it may be found, so that it is not read back.
  public func change(by stored: StoredEvent, recent: RecentChanges<WorkingSet>?) -> Change? {
    if let known = recent?.find(stored.hash, of: FraudReader.self) { return known }
    guard FraudReader.types.contains(ProjectionName(stored.envelope.type)) else { return nil }
    do throws(StoreFailure) {
      let event = try WorkingSet.understand(stored, skippingEncoded: true)
      return change(by: event.fact, at: event.chained.event.place)
    } catch {
      // Whoever audits the log says what can't be read; rules go on without it.
      return nil
    }
  }
}

extension CouponRejected {
  /// The code as it is compared.
  fileprivate var spelling: String { CouponCode(code)?.canonical ?? code }
}
