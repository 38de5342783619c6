import JSON
import Scrip

extension QuoteSnapshot {
  /// A cart and a customer in the form in which snapshots keep them: made where there is time, before the one writer
  /// gets to the lock.
  public struct EncodedOrder: Sendable {
    fileprivate let cart: [UInt8]
    fileprivate let customer: [UInt8]

    /// Encodes both.
    public init(cart: Cart, customer: Customer) {
      self.cart = cart.json
      self.customer = customer.json
    }
  }

  /// Keeps what was agreed: the quote's JSON, and everything that it was computed from.
  ///
  /// - Parameters:
  ///   - candidates: what pricing was given; only those that the quote applied are kept.
  ///   - order: the context's cart and customer where they are encoded already.
  public init(
    quote: Quote, context: EligibilityContext, policy: PricingPolicy, candidates: [Candidate],
    order: EncodedOrder? = nil
  ) {
    let order = order ?? EncodedOrder(cart: context.cart, customer: context.customer)
    let basis = EncodedBasis(
      engineVersion: QuoteSnapshot.engineVersion, policy: policy, now: context.now, cart: order.cart,
      customer: order.customer,
      coupons: quote.applied.map { applied in
        guard let candidate = candidates.first(where: { $0.couponID == applied.couponID }) else {
          preconditionFailure("a quote applies no other coupons than its candidates")
        }
        return SnapshotBasis.AppliedCoupon(candidate)
      })
    let form = JSONWriter.bytes(capacity: 512 + order.cart.count + order.customer.count) {
      basis.write(to: &$0)
    }
    self.init(quote: quote.json(disclosing: .exact), basis: form)
    assert(faultReadingBack(context, policy) == nil, faultReadingBack(context, policy) ?? "")
  }
}

extension SnapshotBasis.AppliedCoupon {
  /// What decides a candidate's cents: the version of its terms, its code's own owner, and the money given before it.
  fileprivate init(_ candidate: Candidate) {
    self.init(
      couponID: candidate.couponID, version: candidate.version, code: candidate.code,
      codeOwner: candidate.codeOwner, budgetUsed: candidate.used.budget)
  }
}
