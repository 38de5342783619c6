import Forms
import Ledger
import Scrip

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
  /// What is agreed now.
  var agreement: Agreement {
    Agreement(buyer: buyer, currency: currency, discount: discount, total: total, snapshot: snapshot)
  }

  /// Whether the lock was agreed for this very cart and customer, by the pricing rules of today. What other rules
  /// agreed on is not computed again, so whoever asks for a new price gets one.
  func wasAgreed(for cart: Cart, _ customer: Customer) -> Bool {
    guard let basis, basis.engineVersion == QuoteSnapshot.engineVersion else { return false }
    return basis.context.cart == cart && basis.context.customer.isSame(as: customer)
  }

  /// The customer that the lock was agreed for. Where the snapshot can't be read any more, it is who was counted, of
  /// whom nothing else is known.
  var agreedCustomer: Customer {
    if let basis { return basis.context.customer }
    var keys = usages.flatMap(\.counters).compactMap { counter -> IdentityKey? in
      if case .identity(let key) = counter { return key }
      return nil
    }
    if let buyer { keys.append(buyer) }
    let user = keys.first { $0.kind == .user }
    return Customer(userID: user.map { UserID($0.value.text) }, identityKeys: keys)
  }

  /// The quote that was agreed on; nil where it was written in a form that this program does not know.
  var agreedQuote: Quote? {
    do throws(StoredFormError) {
      return try Quote(stored: snapshot.quote)
    } catch {
      return nil
    }
  }

  /// What the quote was computed from; nil where it was written in a form that this program does not know.
  var basis: SnapshotBasis? {
    do throws(StoredFormError) {
      return try SnapshotBasis(stored: snapshot.basis)
    } catch {
      return nil
    }
  }
}

extension Agreement {
  /// What a new quote agrees on.
  init(
    _ quote: Quote, of candidates: [Candidate], in context: EligibilityContext, policy: PricingPolicy,
    buyer: IdentityKey?, order: QuoteSnapshot.EncodedOrder? = nil
  ) {
    self.init(
      buyer: buyer, currency: quote.currency, discount: quote.discount, total: quote.total,
      snapshot: QuoteSnapshot(quote, of: candidates, in: context, policy: policy, order: order))
  }
}
