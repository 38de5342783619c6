import Scrip
import Wire

extension QuoteSnapshot {
  /// Keeps a quote with everything that it was computed from.
  init(
    _ quote: Quote, of candidates: [Candidate], in context: EligibilityContext, policy: PricingPolicy,
    order: EncodedOrder? = nil
  ) {
    self.init(quote: quote, context: context, policy: policy, candidates: candidates, order: order)
  }
}

extension DiscountApplication {
  /// Whether the lock was agreed for this very cart and customer.
  func wasAgreed(for cart: Cart, _ customer: Customer) throws(Refusal) -> Bool {
    let agreed = try basis().context
    return agreed.cart == cart && agreed.customer == customer
  }

  /// The customer that the lock was agreed for.
  func agreedCustomer() throws(Refusal) -> Customer { try basis().context.customer }

  private func basis() throws(Refusal) -> SnapshotBasis {
    do throws(StoredFormError) {
      return try SnapshotBasis(stored: snapshot.basis)
    } catch {
      preconditionFailure("the engine reads the snapshots that it has written: \(error)")
    }
  }
}
