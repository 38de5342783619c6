import JSON
import Scrip

/// What a snapshot's quote was computed from, read back.
///
/// Pricing `candidates` in `context` under `policy` gives the agreed quote again, cent for cent, as long as
/// `engineVersion` is the engine's own.
public struct SnapshotBasis: Hashable, Sendable {
  /// The version of the pricing rules that computed the quote.
  public let engineVersion: Int64
  /// How discounts were computed.
  public let policy: PricingPolicy
  /// Who bought what, and when.
  public let context: EligibilityContext
  /// The coupons that applied. The order holds them, so that state, window and limits are not judged again.
  public let candidates: [Candidate]

  /// Reads a snapshot's `basis`.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("snapshot basis", bytes) { value in
      value.object { (object: inout ObjectReader) -> SnapshotBasis? in SnapshotBasis(&object) }
    }
  }

  private init?(_ object: inout ObjectReader) {
    let engineVersion = object.required("engine_version") { $0.int64() }
    let policy = object.required("policy") { value in
      value.object { (object: inout ObjectReader) -> PricingPolicy? in
        PricingPolicy(reading: &object, updating: PricingPolicy())
      }
    }
    let now = object.required("now") { $0.instant() }
    let cart = object.required("cart") { Cart(reading: $0) }
    let customer = object.required("customer") { Customer(stored: $0) }
    var index = 0
    let candidates = object.required("coupons") { list in
      list.array(max: Pricing.codesMax) { value -> Candidate? in
        defer { index += 1 }
        return Candidate(stored: value, index: index)
      }
    }
    guard let engineVersion, let policy, let now, let cart, let customer, let candidates else { return nil }
    self.engineVersion = engineVersion
    self.policy = policy
    context = EligibilityContext(customer: customer, cart: cart, now: now)
    self.candidates = candidates
  }

  /// Prices the basis again.
  ///
  /// - Throws: `MoneyOverflow` never for a basis of a real quote.
  public func quote() throws(MoneyOverflow) -> Quote {
    try Pricing(policy: policy).quote(candidates, in: context)
  }
}

extension Candidate {
  fileprivate init?(stored value: ValueReader, index: Int) {
    let candidate = value.object { (object: inout ObjectReader) -> Candidate? in
      let couponID = object.required("coupon_id") { $0.identifier() as Coupon.ID? }
      let version = object.required("version") { $0.int64() }
      let code = object.required("code") { $0.couponCode() }
      let codeOwner = object.member("code_owner") { $0.string(maxLength: Int.max) }
      let budgetUsed = object.required("budget_used") { $0.int64() }
      let terms = object.required("terms") { CouponTerms(stored: $0) }
      guard let couponID, let version, let code, let codeOwner, let budgetUsed, let terms else { return nil }
      return Candidate(
        typed: code.canonical, index: index, code: code, couponID: couponID, state: .active, version: version,
        terms: terms, codeOwner: codeOwner, used: UsedSoFar(budget: budgetUsed), isHeld: true)
    }
    guard let candidate else { return nil }
    self = candidate
  }
}
