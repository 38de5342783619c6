import Forms
import Ledger
import Scrip

/// The price of a set of codes that an order wants to hold, all of them or none.
struct Proposal {
  /// The codes that open a coupon.
  let candidates: [Candidate]
  /// What they come to. If it leaves a code out, nothing may be locked.
  let quote: Quote
  /// Who buys what, and when.
  let eligibility: EligibilityContext
  /// How it was computed.
  let policy: PricingPolicy
  /// What is thought of whoever wants it; nil where nobody looks.
  var suspicion: Suspicion?

  /// Prices the codes.
  ///
  /// - Parameters:
  ///   - holding: what the order holds already, which is not counted against it.
  ///   - screening: what was seen in whoever wants it; nil where nobody looks.
  init(
    _ codes: [TypedCode], customer: Customer, cart: Cart, holding: Holding? = nil,
    screening: FraudScreening? = nil, in set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) {
    let resolution = try CodeResolution(
      codes, customer: customer, currency: cart.currency, now: context.now, tenant: context.tenant,
      holding: holding, in: set)
    candidates = resolution.candidates
    eligibility = EligibilityContext(
      customer: set.knowing(customer, context.tenant, at: context.now), cart: cart, now: context.now)
    policy = set.settings(context.tenant).pricing
    if let screening, !codes.isEmpty {
      let suspicion = Suspicion(screening, of: candidates.filter { !$0.isHeld }.map(\.couponID))
      self.suspicion = suspicion
      if suspicion.isBlocked {
        quote = try policy.quote(
          candidates, refused: Proposal.suspects(codes, candidates), in: eligibility)
        return
      }
    }
    let first = try policy.quote(candidates, refused: resolution.refused, in: eligibility)
    let strangers = Proposal.strangers(candidates, first, customer)
    var quote =
      strangers.isEmpty
      ? first
      : try policy.quote(candidates, refused: resolution.refused + strangers, in: eligibility)
    quote.place(candidates, of: context.tenant, in: set)
    quote.risk = suspicion?.record.assessment.verdict
    self.quote = quote
  }

  /// Refuses all codes alike, each in the stream of the coupon that it opens.
  private static func suspects(_ codes: [TypedCode], _ candidates: [Candidate]) -> [RefusedCode] {
    Suspicion.refusals(of: codes.map(\.text)).map { code in
      var code = code
      code.couponID = candidates.first { $0.index == code.index }?.couponID
      return code
    }
  }

  /// A limit for each person needs to know the person. A code that is refused for a more important reason keeps it.
  private static func strangers(
    _ candidates: [Candidate], _ quote: Quote, _ customer: Customer
  ) -> [RefusedCode] {
    guard customer.identityKeys.isEmpty else { return [] }
    let settled = Set(
      quote.notApplied.filter { $0.reason.isMoreImportant(than: .identityRequired) }.map(\.index))
    return candidates.filter { candidate in
      !candidate.isHeld && candidate.perUserLimit != nil && !settled.contains(candidate.index)
    }.map { candidate in
      RefusedCode(
        code: candidate.typed, index: candidate.index, couponID: candidate.couponID,
        reason: .identityRequired, facts: ["needs": .list(candidate.whoIsNeeded)])
    }
  }

  /// Whether a budget left only a part of a discount.
  var isShort: Bool { quote.isClipped(candidates) }

  /// Refuses a discount that the caller did not expect.
  func check(expectedDiscount: Int64?) throws(Refusal) {
    try Refusal.check(expectedDiscount: expectedDiscount, quote.discount)
  }

  /// The refusal of everything, with an event for each code that stood in the way; nil if none did.
  func rejection(
    orderID: OrderID, in set: WorkingSet, _ context: DecisionContext
  ) -> Decision<WorkingSet>? {
    if quote.notApplied.isEmpty { return nil }
    return Decision(rejecting: quote.notApplied, orderID: orderID, suspicion, in: set, context)
  }

  /// What is told of whoever was given what is proposed, if there is anything to tell.
  func suspicions(
    orderID: OrderID, applicationID: DiscountApplication.ID?, in set: WorkingSet, _ context: DecisionContext
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    suspicion?.facts(orderID: orderID, applicationID: applicationID, in: set, context) ?? []
  }

  /// The ends of coupons that look leaked, which come before what is given.
  func endings(in set: WorkingSet, _ context: DecisionContext) -> [(
    stream: StreamID, fact: any Fact<WorkingSet>
  )] {
    suspicion?.endings(in: set, context) ?? []
  }

  /// What is agreed.
  func agreement(buyer: IdentityKey?, order: QuoteSnapshot.EncodedOrder? = nil) -> Agreement {
    var agreement = Agreement(
      quote, of: candidates, in: eligibility, policy: policy, buyer: buyer, order: order)
    agreement.screening = suspicion?.record
    return agreement
  }

  /// A new usage of a coupon that applies.
  func usage(_ candidate: Candidate, _ discount: AppliedDiscount, _ context: DecisionContext) -> Usage {
    Usage(
      id: context.newID(), couponID: discount.couponID, version: discount.version,
      code: discount.code, state: .locked, amount: discount.amount,
      counters: CodeResolution.counters(
        of: candidate.terms, isPersonal: candidate.owner != nil, customer: eligibility.customer,
        currency: eligibility.cart.currency, now: context.now))
  }

  /// The discounts with their candidates, by coupon.
  var applied: [(candidate: Candidate, discount: AppliedDiscount)] {
    quote.applied.sorted { $0.couponID < $1.couponID }.map { discount in
      guard let candidate = candidates.first(where: { $0.couponID == discount.couponID }) else {
        preconditionFailure("a quote applies no other coupons than its candidates")
      }
      return (candidate, discount)
    }
  }
}

extension PricingPolicy {
  /// Prices a cart; amounts that do not fit are a refusal.
  func quote(
    _ candidates: [Candidate], refused: [RefusedCode] = [], in context: EligibilityContext
  ) throws(Refusal) -> Quote {
    do throws(MoneyOverflow) {
      // A code that was turned away already takes no part in pricing.
      let remaining =
        refused.isEmpty
        ? candidates
        : candidates.filter { candidate in !refused.contains { $0.index == candidate.index } }
      return try Pricing(policy: self).quote(remaining, refused: refused, in: context)
    } catch {
      throw Refusal(
        .amountOverflow,
        "The cart's goods and shipping come to more than \(Money.minorUnitsMax) minor units.")
    }
  }
}

extension Decision<WorkingSet> {
  /// Refuses codes, and records that they were asked for, and what was thought of whoever asked.
  init(
    rejecting refused: [RefusedCode], orderID: OrderID, _ suspicion: Suspicion?, in set: WorkingSet,
    _ context: DecisionContext
  ) {
    self.init(rejecting: refused, orderID: orderID, suspicion?.record)
    facts += suspicion?.facts(orderID: orderID, applicationID: nil, in: set, context) ?? []
  }

  /// Refuses codes, and records that they were asked for.
  init(rejecting refused: [RefusedCode], orderID: OrderID, _ screening: FraudRecord? = nil) {
    let facts = refused.map { code in
      (
        // Nothing is written into the stream of a coupon that can't be read: where it stands is not known.
        stream: code.reason == .couponUnreadable
          ? .tenant : code.couponID.map(StreamID.coupon) ?? .tenant,
        fact: CouponRejected(
          orderID: orderID, code: String(code.code.prefix(80)), reason: code.reason, screening: screening)
          as any Fact<WorkingSet>
      )
    }
    self.init(facts, reply: .refused(Refusal(codes: refused)))
  }
}

extension Candidate {
  /// What would say who is buying: only a user id tells an owner, anything tells one person from another.
  fileprivate var whoIsNeeded: [String] {
    if owner != nil { return ["user_id"] }
    return ["user_id", "email", "phone", "device_id", "payment_fingerprint"]
  }
}

extension RefusalReason {
  /// Whether it stands before the other in the order in which reasons are given.
  fileprivate func isMoreImportant(than other: RefusalReason) -> Bool {
    let order = RefusalReason.allCases
    return (order.firstIndex(of: self) ?? 0) < (order.firstIndex(of: other) ?? 0)
  }
}

extension Refusal {
  /// A refusal of codes: the most important reason leads, every code is named.
  ///
  /// - Parameter place: what stands in the way, for a request that has no list of codes.
  init(codes refused: [RefusedCode], at place: String? = nil, facts: Details = [:]) {
    let worst = refused.map(\.reason).min { $0.isMoreImportant(than: $1) }
    self.init(
      .codeRefused(worst ?? .codeMalformed),
      refused.count == 1 ? refused[0].message : "\(refused.count) of the codes can't be locked, so none was.",
      items: refused.map { code in
        Refusal.Item(
          pointer: place ?? "/codes/\(code.index)", code: code.reason.rawValue, message: code.message,
          facts: code.facts.merging(facts) { own, _ in own }.merging(
            place == nil ? [:] : ["code": .text(code.code)]
          ) { own, _ in own })
      })
  }

  /// Refuses a discount that the caller did not expect.
  static func check(expectedDiscount: Int64?, _ discount: Int64) throws(Refusal) {
    guard let expectedDiscount, expectedDiscount != discount else { return }
    throw Refusal(
      .discountChanged, "The discount is not the one that was expected.",
      items: [
        Refusal.Item(
          pointer: "/expected_discount", code: Refusal.Code.discountChanged.rawValue,
          message: "Look at what is taken off now, and show the customer that.",
          facts: ["expected": .integer(expectedDiscount), "actual": .integer(discount)])
      ])
  }
}
