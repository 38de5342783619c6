import Forms
import Ledger
import Scrip

/// What an order costs with the codes that it wants: those that apply together are to be held, the others are told.
struct OrderPrice {
  /// The price of the codes that apply.
  let proposal: Proposal
  /// The codes that don't, in the order in which they were typed.
  let refused: [RefusedCode]
  /// Those that were refused earlier, and are not asked for again: they stay told.
  private let told: [RefusedCode]
  /// The places of those that do among those that were typed.
  private let places: [Int]

  /// Prices the codes. What does not apply is left out and the rest priced again, so that what is agreed in the end is
  /// about nothing else.
  ///
  /// - Parameter earlier: the quote that says which places the codes have, and what else was asked for; nil for
  ///   codes that are asked for anew.
  init(
    _ codes: [TypedCode], after earlier: Quote? = nil, customer: Customer, cart: Cart,
    holding: Holding? = nil, screening: FraudScreening? = nil, in set: WorkingSet,
    _ context: DecisionContext
  ) throws(Refusal) {
    var (refused, places) = ([RefusedCode](), Array(codes.indices))
    var proposal = try Proposal(
      codes, customer: customer, cart: cart, holding: holding, screening: screening, in: set, context)
    // What is thought of the attempt is thought of all that it asked for.
    let suspicion = proposal.suspicion
    while !proposal.quote.notApplied.isEmpty {
      let left = Set(proposal.quote.notApplied.map(\.index))
      refused += proposal.quote.notApplied.map { $0.moved(to: places[$0.index]) }
      places = places.indices.filter { !left.contains($0) }.map { places[$0] }
      proposal = try Proposal(
        places.map { codes[$0] }, customer: customer, cart: cart, holding: holding, in: set, context)
    }
    proposal.suspicion = suspicion
    self.proposal = proposal
    let asked = earlier?.places ?? Array(codes.indices)
    self.refused = refused.map { $0.moved(to: asked[$0.index]) }.sorted { $0.index < $1.index }
    self.places = places.map { asked[$0] }
    told = earlier?.notApplied ?? []
  }

  /// The quote as the order shows it: with the codes that don't apply, and every code at its place.
  var quote: Quote {
    var quote = proposal.quote
    quote.risk = proposal.suspicion?.record.assessment.verdict
    quote.notApplied = (refused + told).sorted { $0.index < $1.index }
    for index in quote.applied.indices {
      if let place = quote.applied[index].place { quote.applied[index].place?.index = places[place.index] }
    }
    return quote
  }

  /// Whether more would apply, or more be taken off, if others held less.
  var isShort: Bool { proposal.isShort || refused.contains(where: \.reason.isConflict) }

  /// What the order is about at this price.
  ///
  /// - Parameter isMailed: whether the customer is written to.
  func content(locale: LanguageTag?, metadata: [Note: Note], isMailed: Bool) -> KeptOrder {
    let quote = quote
    return KeptOrder(
      OrderContent(
        cart: proposal.eligibility.cart, customer: proposal.eligibility.customer, locale: locale,
        metadata: metadata, subtotal: quote.subtotal, shipping: quote.shipping, discount: quote.discount,
        total: quote.total, quote: quote.json(disclosing: .exact),
        isMailed: isMailed))
  }
}

extension Quote {
  /// Where the codes that apply stood among those that were asked for, in the order of `typedAgain`.
  fileprivate var places: [Int] { applied.indices.map { applied[$0].place?.index ?? $0 }.sorted() }

  /// The codes that apply, as they would be typed, in the order in which they were.
  var typedAgain: [TypedCode] {
    let places = applied.indices.map { (place: applied[$0].place?.index ?? $0, code: applied[$0].code) }
    return places.sorted { $0.place < $1.place }.map { TypedCode($0.code.canonical) }
  }
}

extension RefusedCode {
  fileprivate func moved(to place: Int) -> RefusedCode {
    var moved = self
    moved.index = place
    return moved
  }
}

extension Proposal {
  /// The facts that lock what applies, in a new application.
  ///
  /// - Parameter order: cart and customer where they are encoded already, as whoever asks has named them.
  func lock(
    _ id: DiscountApplication.ID, for orderID: OrderID, until expiresAt: Instant,
    order: QuoteSnapshot.EncodedOrder? = nil, _ context: DecisionContext
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    let isAsNamed = eligibility.customer.factsFrom == .caller
    var agreement: Agreement? = agreement(
      buyer: eligibility.customer.buyer, order: isAsNamed ? order : nil)
    let share = agreement.map {
      ApplicationShare(lockedAt: context.now, currency: $0.currency, buyer: $0.buyer)
    }
    return applied.map { (candidate, discount) in
      defer { agreement = nil }
      let fact = CouponApplied(
        applicationID: id, orderID: orderID, expiresAt: expiresAt,
        usage: usage(candidate, discount, context), agreement: agreement,
        joins: agreement == nil ? share : nil)
      return (.coupon(discount.couponID), fact)
    }
  }
}

extension DiscountApplication {
  /// The facts that lock again, as they were agreed, usages that were given back.
  func lockAgain(
    _ usages: [Usage], until expiresAt: Instant
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    usages.map { usage in
      var again = usage
      again.state = .locked
      // Which revocations stood before it is not said: the lock is new, and folding counts them.
      again.revocations = 0
      let fact = CouponApplied(
        applicationID: id, orderID: orderID, expiresAt: expiresAt, usage: again, agreement: nil, joins: share,
        isAgain: true)
      return (.coupon(usage.couponID), fact)
    }
  }
}
