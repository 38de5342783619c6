import Forms
import Ledger
import Scrip

/// A coupon has new terms under the next version number.
public struct CouponUpdated: PromotionFact {
  /// `CouponUpdated`
  public static let formName = "CouponUpdated"

  /// The version's number.
  public var version: Int64
  /// The terms.
  public var terms: KeptTerms

  /// Makes the fact.
  public init(version: Int64, _ terms: CouponTerms) { self.init(version: version, KeptTerms(terms)) }

  private init(version: Int64, _ terms: KeptTerms) {
    self.version = version
    self.terms = terms
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let version = walk.required("version", fact?.version, .integer())
    let terms = walk.required("terms", fact?.terms, KeptTermsForm())
    guard let version, let terms else { return nil }
    return Self(version: version, terms)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = place.coupon
    // Locks that are pinned to the replaced version may be decided in the same batch.
    if let replaced = set.coupons[key] {
      set.versions.load(VersionRow(replaced.terms), for: replaced.versionKey(of: key.tenant))
    }
    set.coupons.change(key, .redefine) { coupon in
      coupon.life.version = version
      coupon.terms = .success(DecodedTerms(terms: terms.terms, isWhole: true))
      coupon.life.updatedAt = place.at
    }
    set.add(terms, version: version, of: key)
  }
}
