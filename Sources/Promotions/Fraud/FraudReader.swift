import Ledger
import Scrip

/// Reads what events say that fraud rules remember. What it knows is kept in memory, on each node.
public struct FraudReader: LogReader {
  /// What an event says.
  public enum Change: Sendable {
    /// A coupon was locked under a code; with what is kept of whoever did it, if anybody looked.
    case use(DiscountApplication.ID, Coupon.ID, FraudCode, FraudRecord?)
    /// An attempt was refused because of its score.
    case block(FraudRecord)
    /// A code that opens nothing was tried.
    case miss(FraudCode, by: [FraudTrait])
    /// A coupon of somebody else was tried.
    case foreignCoupon(by: [FraudTrait])
    /// A usage was paid for or given back.
    case end(DiscountApplication.ID, FraudSignal)
  }

  /// The types of events that say something.
  public static let types: Set<ProjectionName> = [
    ProjectionName(CouponApplied.formName), ProjectionName(CouponRejected.formName),
    ProjectionName(CouponRedeemed.formName), ProjectionName(CouponReleased.formName),
    ProjectionName(SuspiciousUsageDetected.formName),
  ]

  /// Makes one.
  public init() {}

  /// What an event says.
  public func change(by fact: any Fact<WorkingSet>, at place: EventPlace) -> Change? {
    switch fact {
    case let applied as CouponApplied:
      return .use(
        applied.applicationID, place.coupon.value, FraudCode(applied.usage.code.canonical),
        applied.agreement?.screening)
    case let rejected as CouponRejected:
      guard let traits = rejected.screening?.traits else { return nil }
      switch rejected.reason {
      case .unknownCode, .codeMalformed: return .miss(rejected.spelling, by: traits)
      // The coupon of one that opens something has the event.
      case .suspectedFraud where place.stream.couponID == nil: return .miss(rejected.spelling, by: traits)
      case .ownerMismatch: return .foreignCoupon(by: traits)
      default: return nil
      }
    case let redeemed as CouponRedeemed: return .end(redeemed.usage.applicationID, .purchase)
    case let released as CouponReleased:
      switch released.cause {
      case .requested, .expired: return .end(released.usage.applicationID, .abandonment)
      case .canceled, .fullyRefunded: return .end(released.usage.applicationID, .refund)
      case .revoked, .noLongerApplies: return nil
      }
    case let suspicious as SuspiciousUsageDetected:
      return suspicious.record.assessment.consequence == .block ? .block(suspicious.record) : nil
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
  fileprivate var spelling: FraudCode { FraudCode(CouponCode(code)?.canonical ?? code) }
}
