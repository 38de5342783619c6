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
    let basis = JSONWriter.bytes(capacity: 512 + order.cart.count + order.customer.count) { writer in
      writer.beginObject()
      writer.member("engine_version", QuoteSnapshot.engineVersion)
      writer.member("policy", policy)
      writer.member("now", context.now)
      writer.rawMember("cart", order.cart)
      writer.rawMember("customer", order.customer)
      writer.key("coupons")
      writer.beginArray()
      for applied in quote.applied {
        guard let candidate = candidates.first(where: { $0.couponID == applied.couponID }) else {
          preconditionFailure("a quote applies no other coupons than its candidates")
        }
        candidate.writeBasis(to: &writer)
      }
      writer.endArray()
      writer.endObject()
    }
    self.init(quote: quote.json(disclosing: .exact), basis: basis)
    assert(faultReadingBack(context, policy) == nil, faultReadingBack(context, policy) ?? "")
  }
}

extension Candidate {
  /// Writes what decides the candidate's cents: the version of its terms, its code's own owner, and the money given
  /// before it.
  fileprivate func writeBasis(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("coupon_id", couponID)
    writer.member("version", version)
    writer.member("code", code.canonical)
    writer.member("code_owner", codeOwner)
    writer.member("budget_used", used.budget)
    writer.endObject()
  }
}
