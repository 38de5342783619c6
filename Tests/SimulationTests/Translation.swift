import Scrip

/// The ledger's plain values as the engine's own.
enum Translation {
  static func currency(_ code: String) -> Currency {
    guard let currency = Currency(code: code) else { preconditionFailure("\(code) is a currency") }
    return currency
  }

  static func exact<Subject>(_ name: Ledger.Name) -> ExactText<Subject> { ExactText(name.text) }

  static func amounts(_ amounts: Ledger.Amounts) -> AmountsByCurrency {
    AmountsByCurrency(amounts.map { Money(minorUnits: Int64($0.value), currency: currency($0.key)) })
  }

  static func cart(_ cart: Ledger.Cart) -> Cart {
    Cart(
      currency: currency(cart.currency),
      lines: cart.lines.map { line in
        let decimals = String(1000 + line.price % 1000).dropFirst()
        guard let price = UnitPrice(decimal: "\(line.price / 1000).\(decimals)") else {
          preconditionFailure("a price")
        }
        return Cart.Line(
          id: exact(line.id), productID: exact(line.product), sellerID: line.seller.map(exact),
          categories: [exact(line.category)], quantity: Int64(line.quantity), unitPrice: price)
      },
      shipping: cart.charges.map {
        Cart.Shipping(
          id: exact($0.id), method: exact($0.method), sellerID: $0.seller.map(exact), amount: Int64($0.amount)
        )
      })
  }

  static func customer(_ customer: Ledger.Customer) -> Customer {
    Customer(
      userID: customer.user.map(exact),
      identityKeys: customer.email.map { [IdentityKey(kind: .email, value: exact($0))] } ?? [],
      segments: customer.segments.map { $0.map(exact) }, firstOrder: customer.isNew,
      country: customer.country.map { Country($0) })
  }

  /// The counter behind one of a customer's keys.
  static func identity(_ key: Ledger.Name) -> UsageCounter {
    let words = key.text.split(separator: " ", maxSplits: 1)
    return .identity(
      IdentityKey(kind: words[0] == "user" ? .user : .email, value: ExactText(String(words[1]))))
  }

  static func period(_ period: Ledger.Period) -> UsageLimits.Period {
    switch period {
    case .day: .day
    case .week: .week
    case .month: .month
    }
  }

  static func counter(_ span: Ledger.Span) -> UsageCounter {
    guard let first = CalendarDay(iso8601: "2026-11-01") else { preconditionFailure("a day") }
    return .period(
      period(span.period), CalendarDay(daysSinceEpoch: first.daysSinceEpoch + Int64(span.firstDay)))
  }

  static func policy(_ ledger: Ledger) -> PricingPolicy {
    let rounding: Rounding =
      switch ledger.rounding {
      case .halfUp: .halfUp
      case .halfEven: .halfEven
      case .down: .down
      }
    return PricingPolicy(rounding: rounding, percentBase: ledger.isOriginal ? .original : .running)
  }
}

extension Translation {
  private static func window(_ starts: Int?, _ ends: Int?, start: Instant) -> Validity {
    let validity = Validity(
      startsAt: starts.map { start.adding(seconds: Int64($0)) },
      endsAt: ends.map { start.adding(seconds: Int64($0)) })
    guard let validity else { preconditionFailure("a window") }
    return validity
  }

  static func campaign(_ campaign: Ledger.Campaign, start: Instant) -> CampaignTerms {
    CampaignTerms(
      name: "campaign", validity: window(campaign.starts, campaign.ends, start: start),
      limits: CampaignLimits(total: campaign.total.map(Int64.init), budget: amounts(campaign.budget)))
  }

  static func terms(_ terms: Ledger.Terms, start: Instant, campaigns: [Campaign.ID]) -> CouponTerms {
    CouponTerms(
      name: "coupon", discount: discount(terms), scope: scope(terms.scope),
      eligibleLines: terms.lines.map(lineRule), rules: terms.rules.map(rule),
      minimum: amounts(terms.minimum), minimumBasis: terms.isMinimumRunning ? .running : .list,
      validity: window(terms.starts, terms.ends, start: start), limits: limits(terms.limits),
      owner: terms.owner.map(exact),
      sellerID: terms.seller.map(exact), stacking: stacking(terms), priority: Int64(terms.priority),
      restoreOn: Set(terms.restores.map(cause)), campaignID: terms.campaign.map { campaigns[$0] },
      billing: terms.billing.map { billing($0, start: start) })
  }

  static func cause(_ cause: Ledger.Cause) -> CouponTerms.RestoreCause {
    cause == .canceled ? .canceled : .fullyRefunded
  }

  private static func percent(_ millionths: Int) -> Percent {
    guard let percent = Percent(partsPerMillion: Int64(millionths)) else { preconditionFailure("a share") }
    return percent
  }

  private static func discount(_ terms: Ledger.Terms) -> Discount {
    switch terms.kind {
    case .percent(let share): .percent(percent(share), cap: amounts(terms.cap))
    case .fixed(let fixed):
      // Every rounding makes the amount itself of one that is four tenths of a minor unit more.
      fixed.values.allSatisfy { $0.isMultiple(of: 2) } ? .decimal(decimals(fixed)) : .fixed(amounts(fixed))
    case .decimal(let exact): .decimal(DecimalDiscount(exactAmounts(exact)))
    case .shipping(let share, let methods, let countries):
      .shipping(
        ShippingDiscount(
          percent: percent(share), cap: amounts(terms.cap), methods: methods.map(exact),
          countries: countries.map { Country($0) }
        ))
    }
  }

  private static func decimals(_ amounts: [String: Int]) -> DecimalDiscount {
    let decimals = amounts.compactMap { name, amount in
      Currency(code: name).flatMap { currency in ExactAmount("\(amount).4").map { (currency, $0) } }
    }
    return DecimalDiscount(Dictionary(decimals) { first, _ in first })
  }

  private static func scope(_ scope: Ledger.Scope) -> DiscountScope {
    switch scope {
    case .order: .order
    case .line: .line
    case .unit: .unit
    }
  }

  private static func limits(_ limits: Ledger.Limits) -> UsageLimits {
    UsageLimits(
      total: limits.total.map(Int64.init), perUser: limits.perUser.map(Int64.init),
      perCode: limits.perCode.map(Int64.init), budget: amounts(limits.budget),
      onBudgetShort: limits.clips ? .clip : .refuse,
      perPeriod: Ledger.Period.allCases.compactMap { period in
        limits.perPeriod[period].map { .init(period: Translation.period(period), total: Int64($0)) }
      })
  }

  private static func stacking(_ terms: Ledger.Terms) -> Stacking {
    let classes = Set(
      terms.beside.map { (named: Ledger.Class) -> DiscountClass in
        switch named {
        case .line: .line
        case .order: .order
        case .shipping: .shipping
        }
      })
    return switch terms.stacking {
    case .exclusive: .exclusive
    case .group(let name): Stacking(policy: .group(exact(name)), combinesWith: classes)
    case .open: Stacking(policy: .open, combinesWith: classes)
    }
  }

  private static func rule(_ rule: Ledger.Rule) -> Rule {
    func list<Subject>(_ names: [Ledger.Name]) -> Membership<Subject> { .isIn(names.map(exact)) }
    return switch rule {
    case .all(let parts): .all(parts.map(Translation.rule))
    case .any(let parts): .any(parts.map(Translation.rule))
    case .not(let part): .not(Translation.rule(part))
    case .amount(let least): .condition(.amount(minimum: amounts(least)))
    case .quantity(let least): .condition(.quantity(minimum: Int64(least)))
    case .isNew(let wanted): .condition(.firstOrder(wanted))
    case .country(let countries): .condition(.country(.isIn(countries.map { Country($0) })))
    case .segment(let names): .condition(.segment(list(names)))
    case .user(let names): .condition(.user(list(names)))
    case .product(let names): .condition(.product(list(names)))
    case .category(let names): .condition(.category(list(names)))
    case .seller(let names): .condition(.seller(list(names)))
    }
  }

  private static func lineRule(_ rule: Ledger.Rule) -> LineRule {
    func list<Subject>(_ names: [Ledger.Name]) -> Membership<Subject> { .isIn(names.map(exact)) }
    return switch rule {
    case .all(let parts): .all(parts.map(lineRule))
    case .any(let parts): .any(parts.map(lineRule))
    case .not(let part): .not(lineRule(part))
    case .product(let names): .condition(.product(list(names)))
    case .category(let names): .condition(.category(list(names)))
    case .seller(let names): .condition(.seller(list(names)))
    default: preconditionFailure("a line has a product, a category and a seller")
    }
  }
}
