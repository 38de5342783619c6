import JSON
import Scrip

extension QuoteSnapshot {
  /// Keeps what was agreed: the quote's JSON, and everything that it was computed from.
  ///
  /// - Parameters:
  ///   - candidates: what pricing was given; only those that the quote applied are kept.
  public init(
    quote: Quote, context: EligibilityContext, policy: PricingPolicy, candidates: [Candidate]
  ) {
    let basis = JSONWriter.bytes(capacity: 2048) { writer in
      writer.beginObject()
      writer.member("engine_version", QuoteSnapshot.engineVersion)
      writer.member("policy", policy)
      writer.member("now", context.now)
      writer.member("cart", context.cart)
      writer.member("customer", context.customer)
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
