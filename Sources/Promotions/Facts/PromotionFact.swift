import Forms
import Ledger
import Scrip

/// What happened to coupons, their uses, keys and tenants.
public protocol PromotionFact: Fact<WorkingSet> {}

/// A fact whose folding changes the counts of a usage that was there before.
public protocol CountingFact: PromotionFact {
  /// The usage.
  var counted: UsageReference? { get }
}

extension EventPlace {
  /// The coupon whose history it is.
  ///
  /// - Precondition: it is a coupon's.
  var coupon: Owned<Coupon.ID> {
    guard let id = stream.couponID else { preconditionFailure("a coupon's fact is in its stream") }
    return Owned(tenant, id)
  }
}

/// All kinds of facts.
public enum EventFacts {
  /// Each kind once.
  public static let kinds: [any Fact<WorkingSet>.Type] = Catalogue.facts

  private static let byName = Dictionary(
    uniqueKeysWithValues: kinds.map { (ExactText<EventFacts>($0.name), $0) })

  /// Reads a payload of the event log; nil for a type that only a newer version knows.
  ///
  /// - Parameter skippingEncoded: leaves out parts that are kept as they are encoded, such as a snapshot.
  public static func read(
    type: String, payload: [UInt8], skippingEncoded: Bool = false
  ) throws(StoredFormError) -> (any Fact<WorkingSet>)? {
    guard let kind = byName[ExactText(type)] else { return nil }
    return try kind.read(payload, skippingEncoded: skippingEncoded)
  }
}
