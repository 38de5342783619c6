import Forms
import Ledger
import Promotions
import Scrip

/// SplitMix64: the same seed gives the same samples.
struct Samples: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// A number of the range; one in eight is an end of it, where forms break first.
  mutating func int(_ range: ClosedRange<Int64>) -> Int64 {
    switch next() % 16 {
    case 0: range.lowerBound
    case 1: range.upperBound
    default: Int64.random(in: range, using: &self)
    }
  }

  mutating func bool() -> Bool { Bool.random(using: &self) }

  mutating func pick<Value>(_ values: [Value]) -> Value { values[Int(int(0...Int64(values.count - 1)))] }

  mutating func maybe<Value>(_ make: (inout Samples) -> Value) -> Value? { bool() ? make(&self) : nil }

  mutating func list<Value>(_ count: ClosedRange<Int64>, _ make: (inout Samples) -> Value) -> [Value] {
    (0..<int(count)).map { _ in make(&self) }
  }

  mutating func subset<Value: Hashable>(_ values: [Value]) -> Set<Value> {
    Set(values.filter { _ in bool() })
  }

  /// Text with everything that encodings trip over.
  mutating func text() -> String {
    list(1...8) { samples in
      samples.pick([
        "a", "Z", "7", "\"", "\\", "/", "\n", "\u{1}", "\u{1F}", "ü", "é", "e\u{301}", "🎁", ":", "~", " ",
      ])
    }.joined()
  }

  /// A moment from the first to the last that a year of four digits has.
  mutating func instant() -> Instant { Instant(microseconds: int(Samples.moments)) }

  mutating func day() -> CalendarDay {
    CalendarDay(daysSinceEpoch: int(Samples.moments.lowerBound / 86_400_000_000...Samples.lastDay))
  }

  /// 0000-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z.
  static let moments: ClosedRange<Int64> = -62_167_219_200_000_000...253_402_300_799_999_999
  private static let lastDay = moments.upperBound / 86_400_000_000

  mutating func identifier<Subject>() -> Identifier<Subject> {
    Identifier(UInt128(next()) << 64 | UInt128(next()))
  }

  mutating func currency() -> Currency {
    pick(["USD", "EUR", "JPY", "KWD", "CLF"].compactMap { Currency(code: $0) })
  }

  mutating func amounts(least: Int64 = 0, _ count: ClosedRange<Int64> = 0...3) -> AmountsByCurrency {
    AmountsByCurrency(
      list(count) { Money(minorUnits: $0.int(least...9_007_199_254_740_991), currency: $0.currency()) })
  }

  mutating func code() -> CouponCode {
    let letters = list(3...40) { $0.pick(["A", "B", "X", "0", "9"]) }.joined()
    guard let code = CouponCode(letters) else { preconditionFailure("letters and digits are a code") }
    return code
  }

  mutating func percent() -> Percent {
    guard let percent = Percent(partsPerMillion: int(1...1_000_000)) else { preconditionFailure("in range") }
    return percent
  }

  mutating func text<Subject>() -> ExactText<Subject> { ExactText(text()) }

  mutating func country() -> Country { pick(["DE", "AT", "US", "JP"]) }
}

extension Samples {
  mutating func terms() -> CouponTerms {
    var terms = checkoutTerms()
    if int(0...2) > 0 { return terms }
    terms.billing = billing()
    terms.discount = pick([
      .percent(percent(), cap: amounts()), .fixed(amounts(least: 1, 1...3)), .decimal(decimals()),
    ])
    terms.scope = pick([.order, .line])
    (terms.rules, terms.sellerID) = (nil, nil)
    terms.limits.budget = AmountsByCurrency([])
    if case .percent = terms.discount { terms.billing?.carriesOver = false }
    if terms.scope == .line { terms.billing?.carriesOver = false }
    if terms.billing?.carriesOver == true { terms.billing?.onExcess = .cap }
    if terms.eligibleLines?.contains(where: { $0.kind == LineCondition.seller.kind }) == true {
      terms.eligibleLines = nil
    }
    return terms
  }

  mutating func billing() -> BillingTerms {
    let (first, last) = (instant(), instant())
    let cadence: BillingTerms.Cadence = pick([
      .once, .periods(int(1...1200)), .months(int(1...1200)), .forever,
    ])
    return BillingTerms(
      cadence: cadence, redeemAfter: maybe { _ in min(first, last) },
      redeemBefore: first == last ? nil : maybe { _ in max(first, last) },
      onExcess: pick(BillingTerms.Excess.allCases), carriesOver: cadence == .once && bool(),
      attachesAgain: bool(), isForCheckout: bool())
  }

  mutating func decimals() -> DecimalDiscount {
    let amounts = list(1...3) { samples in
      let whole = samples.int(0...9_007_199_254_740_990)
      return (samples.currency(), "\(whole).\(samples.int(1...99_999_999))")
    }
    return DecimalDiscount(
      Dictionary(amounts.map { ($0, ExactAmount($1) ?? .zero) }) { first, _ in first })
  }

  private mutating func checkoutTerms() -> CouponTerms {
    CouponTerms(
      name: text(), description: maybe { $0.text() }, discount: discount(),
      scope: pick(DiscountScope.allCases),
      eligibleLines: maybe { $0.tree(depth: 3) { $0.lineCondition() } },
      rules: maybe { $0.tree(depth: 4) { $0.orderCondition() } }, minimum: amounts(),
      minimumBasis: pick(CouponTerms.MinimumBasis.allCases), validity: validity(), limits: limits(),
      owner: maybe { UserID("u" + $0.text()) }, sellerID: maybe { $0.text() }, stacking: stacking(),
      priority: int(-1000...1000), restoreOn: subset(CouponTerms.RestoreCause.allCases),
      metadata: Dictionary(list(0...5) { ($0.text(), $0.text()) }) { first, _ in first },
      campaignID: maybe { $0.identifier() })
  }

  mutating func discount() -> Discount {
    switch int(0...3) {
    case 0: .percent(percent(), cap: amounts())
    case 1: .fixed(amounts(least: 1, 1...3))
    case 2: .decimal(decimals())
    default:
      .shipping(
        ShippingDiscount(
          percent: percent(), cap: amounts(), methods: list(0...3) { $0.text() },
          countries: list(0...3) { $0.country() }))
    }
  }

  mutating func tree<Condition>(
    depth: Int, _ condition: (inout Samples) -> Condition
  ) -> RuleTree<Condition> {
    guard depth > 1 else { return .condition(condition(&self)) }
    switch int(0...3) {
    case 0: return .all(list(0...3) { $0.tree(depth: depth - 1, condition) })
    case 1: return .any(list(0...3) { $0.tree(depth: depth - 1, condition) })
    case 2: return .not(tree(depth: depth - 1, condition))
    default: return .condition(condition(&self))
    }
  }

  mutating func membership<Subject>() -> Membership<Subject> { membership { $0.text() } }

  mutating func membership<Subject>(
    _ make: (inout Samples) -> ExactText<Subject>
  ) -> Membership<Subject> {
    bool() ? .isIn(list(0...4, make)) : .isNotIn(list(0...4, make))
  }

  mutating func lineCondition() -> LineCondition {
    pick([.product(membership()), .category(membership()), .seller(membership())])
  }

  mutating func orderCondition() -> OrderCondition {
    pick([
      amountBounds(), quantityBounds(), .user(membership()), .seller(membership()), .product(membership()),
      .category(membership()), .country(membership { $0.country() }), .channel(membership()),
      .segment(membership()), .paymentMethod(membership()),
      .firstOrder(bool()),
    ])
  }

  private mutating func amountBounds() -> OrderCondition {
    let least = amounts(1...3)
    let most = AmountsByCurrency(
      least.entries.map {
        Money(minorUnits: int($0.minorUnits...9_007_199_254_740_991), currency: $0.currency)
      })
    return pick([
      .amount(minimum: least), .amount(maximum: most), .amount(minimum: least, maximum: most),
    ])
  }

  private mutating func quantityBounds() -> OrderCondition {
    let least = int(1...1_000_000_000)
    let most = int(least...1_000_000_000)
    return pick([
      .quantity(minimum: least), .quantity(maximum: most), .quantity(minimum: least, maximum: most),
    ])
  }

  mutating func validity() -> Validity {
    let first = instant()
    let last = instant()
    let starts = maybe { _ in min(first, last) }
    let ends = first == last ? nil : maybe { _ in max(first, last) }
    let window = Validity(
      startsAt: starts, endsAt: ends, startDay: starts == nil ? nil : maybe { $0.day() },
      endDay: ends == nil ? nil : maybe { $0.day() },
      timeZone: maybe { $0.pick(["Europe/Berlin", "Asia/Kolkata", "UTC"]) })
    guard let window else { preconditionFailure("a window that ends after it starts") }
    return window
  }

  mutating func limits() -> UsageLimits {
    UsageLimits(
      total: maybe { $0.uses() }, perUser: maybe { $0.uses() }, perCode: maybe { $0.uses() },
      budget: amounts(),
      onBudgetShort: pick(UsageLimits.BudgetShortage.allCases),
      perPeriod: UsageLimits.Period.allCases.filter { _ in bool() }.map {
        .init(period: $0, total: uses())
      })
  }

  /// A limit, mostly a small one.
  mutating func uses() -> Int64 { bool() ? int(1...5) : int(1...1_000_000_000) }

  mutating func stacking() -> Stacking {
    Stacking(
      policy: pick([.exclusive, .open, .group(text())]), combinesWith: subset(DiscountClass.allCases))
  }
}

extension Samples {
  mutating func cart(currency: Currency? = nil) -> Cart {
    var number = 0
    var cart = Cart(
      currency: currency ?? self.currency(), pricesIncludeTax: bool(), channel: maybe { $0.text() },
      lines: list(1...12) { samples in
        number += 1
        return samples.line(number)
      },
      shipping: list(0...3) { samples in
        number += 1
        return Cart.Shipping(
          id: "s\(number)", method: samples.text(), sellerID: samples.maybe { $0.text() },
          amount: samples.int(0...5000))
      })
    cart.paymentMethod = maybe { $0.text() }
    return cart
  }

  private mutating func line(_ number: Int) -> Cart.Line {
    let decimal = "\(int(0...9999)).\(int(0...99_999_999))"
    guard let price = bool() ? UnitPrice(minorUnits: int(0...99_999)) : UnitPrice(decimal: decimal) else {
      preconditionFailure("a price")
    }
    return Cart.Line(
      id: "l\(number)", productID: text(), title: maybe { $0.text() as String },
      sellerID: maybe { $0.text() },
      categories: maybe { $0.list(0...3) { $0.pick(["shoes", "hats"]) } }, quantity: int(1...20),
      unitPrice: price)
  }

  mutating func customer() -> Customer {
    Customer(
      userID: maybe { $0.text() },
      identityKeys: list(0...4) { IdentityKey(kind: $0.pick(IdentityKey.Kind.allCases), value: $0.text()) },
      segments: maybe { $0.list(0...3) { $0.text() } }, firstOrder: maybe { $0.bool() },
      country: maybe { $0.country() }, orderCount: maybe { $0.int(0...1000) },
      createdAt: maybe { $0.instant() }, factsFrom: pick(CustomerFacts.allCases))
  }

  mutating func usageCounter() -> UsageCounter {
    pick([
      .identity(IdentityKey(kind: .user, value: text())), .budget(currency()),
      .period(pick(UsageLimits.Period.allCases), day()), .campaign(identifier()),
      .campaignBudget(identifier(), currency()),
    ])
  }

  mutating func agreement() -> Agreement {
    var agreement = Agreement(
      currency: currency(), discount: int(0...9_007_199_254_740_991), total: int(0...9_007_199_254_740_991),
      snapshot: QuoteSnapshot(quote: terms().json, basis: cart().json))
    agreement.screening = maybe { $0.fraudRecord() }
    return agreement
  }

  mutating func reference() -> UsageReference {
    UsageReference(applicationID: identifier(), usageID: identifier(), orderID: text())
  }

  mutating func share() -> ApplicationShare {
    ApplicationShare(
      lockedAt: instant(), currency: currency(),
      buyer: maybe { IdentityKey(kind: $0.pick(IdentityKey.Kind.allCases), value: $0.text()) })
  }

  mutating func standing() -> UsageStanding {
    UsageStanding(
      state: pick(Usage.State.allCases), amount: int(0...9_007_199_254_740_991), isOverLimit: bool(),
      share: share())
  }

  /// One fact of every kind.
  mutating func facts() -> [any Fact<WorkingSet>] {
    let settings = TenantSettings(
      pricing: PricingPolicy(
        rounding: pick(Rounding.allCases), percentBase: pick(PricingPolicy.PercentBase.allCases)),
      lockSeconds: int(60...604_800), customerFacts: pick(CustomerFacts.allCases))
    let key = AccessKey(
      id: identifier(), tenant: Tenant.ID(int(1...Int64.max)), role: pick(AccessKey.Role.allCases),
      name: text(),
      secretHash: list(32...32) { UInt8($0.int(0...255)) }, createdAt: instant(),
      revokedAt: maybe { $0.instant() })
    let usage = Usage(
      id: identifier(), couponID: identifier(), version: int(1...Int64.max), code: code(), state: .locked,
      amount: int(0...9_007_199_254_740_991), counters: list(0...4) { $0.usageCounter() })
    return [
      TenantCreated(name: text(), settings: settings, testClock: maybe { $0.instant() }),
      TenantSettingsChanged(settings), TestClockAdvanced(to: instant()), KeyCreated(key),
      KeyRevoked(identifier()), CouponCreated(terms()),
      CouponUpdated(version: int(2...Int64.max), terms()),
      CouponActivated(), CouponDisabled(reason: text(), revokesLocks: bool()), CouponArchived(),
      CodesAdded(
        list(0...4) {
          CodeGrant(
            code: $0.code(), display: $0.text(), owner: $0.maybe { $0.text() },
            limit: $0.maybe { $0.uses() },
            isGenerated: $0.bool())
        }),
      CouponApplied(
        applicationID: identifier(), orderID: text(), expiresAt: instant(), usage: usage,
        agreement: maybe { $0.agreement() }, joins: maybe { $0.share() }, isAgain: bool()),
      CouponRejected(
        orderID: text(), code: text(), reason: pick(RefusalReason.allCases),
        screening: maybe { $0.fraudRecord() }),
      CouponRedeemed(
        usage: reference(), before: standing(), wasRelocked: bool(), isOverLimit: bool()),
      CouponReleased(
        usage: reference(), before: standing(), cause: pick(ReleaseCause.allCases),
        reason: maybe { $0.text() }),
      LockExtended(reference(), expiresAt: instant()),
      UsageRepriced(
        reference(), before: standing(), amount: int(0...9_007_199_254_740_991),
        agreement: maybe { $0.agreement() },
        buyer: maybe { IdentityKey(kind: .user, value: $0.text()) }),
      PersonErased(text()),
      TaskCancelled(DueKey(text(), text()), reason: maybe { $0.text() }),
      CampaignDefined(
        version: int(1...Int64.max),
        CampaignTerms(
          name: text(), description: maybe { $0.text() }, validity: validity(),
          limits: CampaignLimits(total: maybe { $0.uses() }, budget: amounts()))),
    ] + orderFacts() + paymentFacts() + billingFacts()
  }

  private mutating func orderFacts() -> [any Fact<WorkingSet>] {
    let amount: ClosedRange<Int64> = 0...9_007_199_254_740_991
    return [
      OrderCreated(orderID: text(), content: keptOrder(), applicationID: maybe { $0.identifier() }),
      OrderChanged(orderID: text(), content: keptOrder(), applicationID: maybe { $0.identifier() }),
      CheckoutStarted(orderID: text(), total: int(amount)),
      OrderPaid(orderID: text(), total: int(amount), reference: maybe { $0.text() }),
      CheckoutFailed(orderID: text(), reason: maybe { $0.text() }),
      OrderCancelled(orderID: text(), refund: maybe { $0.refund() }, reason: maybe { $0.text() }),
      OrderRefunded(orderID: text(), refund: refund(), isRest: bool(), reason: maybe { $0.text() }),
      OrderAmended(
        orderID: text(), content: keptOrder(), difference: int(-99_999...99_999),
        reason: maybe { $0.text() }),
    ] + mailFacts() + webhookFacts() + [InboxMappingChanged(inboxMapping())] + fraudFacts()
  }

  private mutating func paymentFacts() -> [any Fact<WorkingSet>] {
    let amount: ClosedRange<Int64> = 0...9_007_199_254_740_991
    let sealed: SealedText = bool() ? "" : "00ff17"
    let settings = PaymentSettings(
      service: pick(PaymentService.allCases), capture: pick(PaymentCapture.allCases),
      paySeconds: int(PaymentSettings.paySecondsRange), withoutRoom: pick(PaidWithoutRoom.allCases),
      publishableKey: maybe { $0.text() }, secretKey: maybe { _ in sealed },
      webhookSecrets: list(0...4) { _ in sealed })
    return [
      PaymentSettingsChanged(settings),
      PaymentStarted(
        orderID: text(), paymentID: identifier(), service: pick(PaymentService.allCases),
        capture: pick(PaymentCapture.allCases), amount: Money(minorUnits: int(amount), currency: currency()),
        payBy: instant()),
      PaymentIntentCreated(
        orderID: text(), paymentID: identifier(), intent: text(), clientSecret: maybe { _ in sealed }),
      PaymentStateChanged(
        orderID: text(), paymentID: identifier(), state: pick(PaymentState.allCases),
        problem: maybe { $0.text() }, end: maybe { $0.pick(PaymentEnd.allCases) },
        reason: maybe { $0.text() }),
      OrderAuthorized(orderID: text()),
      RefundStarted(
        orderID: text(), paymentID: identifier(), number: int(1...Int64.max), amount: int(amount)),
      RefundCompleted(
        orderID: text(), paymentID: identifier(), number: int(1...Int64.max), amount: int(amount),
        reference: text(), byHand: int(amount)),
      RefundFailed(
        orderID: text(), paymentID: identifier(), number: int(1...Int64.max), amount: int(amount),
        reference: text()),
    ]
  }

  mutating func keptOrder() -> KeptOrder {
    KeptOrder(
      OrderContent(
        cart: cart(), customer: customer(), locale: maybe { $0.pick(["de-DE", "fr", "zh-Hant-TW"]) },
        metadata: Dictionary(
          list(0...3) { (Note($0.text()), Note($0.text())) }, uniquingKeysWith: { first, _ in first }),
        subtotal: int(0...99_999), shipping: int(0...999), discount: int(0...999), total: int(0...99_999),
        quote: terms().json, isMailed: bool()))
  }

  mutating func refund() -> Refund {
    Refund(
      lines: list(0...3) { samples in
        let ranges = samples.list(1...3) { samples in
          let first = samples.int(0...9_000)
          return first..<(first + samples.int(1...20))
        }
        return Refund.Line(id: samples.text(), units: UnitSet(ranges), amount: samples.int(0...9_999))
      }, charges: list(0...2) { Refund.Charge(id: $0.text(), amount: $0.int(0...999)) })
  }
}
