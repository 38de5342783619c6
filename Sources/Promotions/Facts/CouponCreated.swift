import Forms
import Ledger
import Scrip

/// A coupon came into being as a draft, with version 1 of its terms.
public struct CouponCreated: PromotionFact {
  /// `CouponCreated`
  public static let formName = "CouponCreated"

  /// The terms.
  public var terms: KeptTerms

  /// Makes the fact.
  public init(_ terms: CouponTerms) { self.terms = KeptTerms(terms) }

  private init(_ terms: KeptTerms) { self.terms = terms }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("terms", fact?.terms, KeptTermsForm()).map { Self($0) }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    let coupon = Coupon(
      id: key.value, state: .draft, version: 1, terms: terms.terms, createdAt: place.at, updatedAt: place.at)
    set.coupons.insert(CouponRow(coupon: coupon, head: .empty), for: key)
    set.add(terms, version: 1, of: key)
  }
}
