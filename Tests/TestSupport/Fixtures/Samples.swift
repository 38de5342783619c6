import Scrip

extension Currency {
  /// US dollar, two decimals.
  public static let usd = known("USD")
  /// Euro, two decimals.
  public static let eur = known("EUR")

  private static func known(_ code: String) -> Currency {
    guard let currency = Currency(code: code) else { preconditionFailure("\(code) is in the table") }
    return currency
  }
}

extension AmountsByCurrency {
  /// One amount in US dollars.
  public static func usd(_ minorUnits: Int64) -> AmountsByCurrency {
    AmountsByCurrency([Money(minorUnits: minorUnits, currency: .usd)])
  }
}

extension CouponTerms {
  /// So many parts per hundred off the order, beside everything that consents.
  public static func percent(
    _ percent: Int64 = 10, cap: AmountsByCurrency = AmountsByCurrency([]), rules: Rule? = nil,
    minimum: AmountsByCurrency = AmountsByCurrency([]), validity: Validity = .always,
    limits: UsageLimits = UsageLimits(), owner: UserID? = nil, stacking: Stacking = .open,
    restoreOn: Set<RestoreCause> = [.canceled], campaignID: Campaign.ID? = nil
  ) -> CouponTerms {
    guard let share = Percent(partsPerMillion: percent * 10_000) else {
      preconditionFailure("1 to 100 percent")
    }
    return CouponTerms(
      name: "\(percent) percent", discount: .percent(share, cap: cap), rules: rules, minimum: minimum,
      validity: validity, limits: limits, owner: owner, stacking: stacking, restoreOn: restoreOn,
      campaignID: campaignID)
  }

  /// An amount of US dollars off the order.
  public static func fixed(_ minorUnits: Int64, limits: UsageLimits = UsageLimits()) -> CouponTerms {
    CouponTerms(
      name: "fixed", discount: .fixed(.usd(minorUnits)), limits: limits, stacking: .open)
  }

  /// Free shipping.
  public static func freeShipping(limits: UsageLimits = UsageLimits()) -> CouponTerms {
    CouponTerms(
      name: "shipping", discount: .shipping(ShippingDiscount()), limits: limits, stacking: .open)
  }
}

extension Cart {
  /// One line of one unit.
  public static func of(
    _ minorUnits: Int64, currency: Currency = .usd, shipping: Int64? = nil, seller: SellerID? = nil
  ) -> Cart {
    guard let price = UnitPrice(minorUnits: minorUnits) else { preconditionFailure("a price fits") }
    return Cart(
      currency: currency,
      lines: [Line(id: "l1", productID: "p1", sellerID: seller, quantity: 1, unitPrice: price)],
      shipping: shipping.map { [Shipping(id: "s1", method: "standard", amount: $0)] } ?? [])
  }
}

extension Cart {
  /// Lines that take ten thousand bytes each to be written.
  public static func heavy(lines: Int) -> Cart {
    var cart = Cart.of(1000)
    let line = cart.lines[0]
    cart.lines = (1...lines).map { number in
      Line(
        id: LineID("l\(number)"), productID: ProductID("p\(number)"),
        categories: [Category](repeating: Category(String(repeating: "ä", count: 100)), count: 50),
        quantity: 1, unitPrice: line.unitPrice)
    }
    return cart
  }
}

extension CodeGrant {
  /// A code without owner and limit.
  public static func of(_ text: String, owner: UserID? = nil, limit: Int64? = nil) -> CodeGrant {
    CodeGrant(code: .of(text), display: text, owner: owner, limit: limit)
  }
}

extension CouponCode {
  /// A code that is known to be well formed.
  public static func of(_ text: String) -> CouponCode {
    guard let code = CouponCode(text) else { preconditionFailure("\(text) is a code") }
    return code
  }
}
