/// Computes what coupons take off an invoice, each off what those before it left. The whole invoice is computed at once, and
/// the same input always gives the same cents.
///
/// - Coupons for lines come before those for the whole invoice; among them those that began earlier, then lower priorities,
///   then percentages before amounts, then identifiers.
/// - What a coupon is for is the net of its lines: a credit among them lowers what there is to take from, and gets no
///   discount itself. One that is not discountable, or not for the coupon, lowers it for none.
/// - No coupon takes more than is left of its lines, nor more than is left of the invoice.
public struct InvoicePricing: Sendable {
  /// How a discount becomes a whole number of minor units.
  public let rounding: Rounding

  /// Prices with a rounding.
  public init(rounding: Rounding) { self.rounding = rounding }

  /// Prices an invoice.
  ///
  /// - Throws: `MoneyOverflow` if its lines come to more than 2⁵³ - 1 minor units, credits left out.
  public func price(
    lines: [Invoice.Line], currency: Currency, _ coupons: [InvoiceCoupon]
  ) throws(MoneyOverflow) -> InvoicePrice {
    var running = try RunningInvoice(lines, currency: currency, rounding: rounding)
    var price = InvoicePrice(lines: [])
    for coupon in coupons.sorted(by: goesBefore) {
      do throws(InvoiceHindrance) {
        price.applied.append(try running.apply(coupon))
      } catch {
        price.notApplied.append(
          InvoiceRefusal(
            source: coupon.source, couponID: coupon.couponID, reason: error.reason, facts: error.facts))
      }
    }
    price.lines = running.lines
    return price
  }

  private func goesBefore(_ left: InvoiceCoupon, _ right: InvoiceCoupon) -> Bool {
    if (left.lineID == nil) != (right.lineID == nil) { return left.lineID != nil }
    if left.start != right.start { return left.start < right.start }
    if left.priority != right.priority { return left.priority < right.priority }
    let isAmount = (left.isAmount, right.isAmount)
    if isAmount.0 != isAmount.1 { return isAmount.1 }
    return left.source.goesBefore(right.source)
  }
}

extension InvoiceCoupon {
  fileprivate var isAmount: Bool {
    if case .success(let known) = terms { known.terms.kind.isAmount } else { true }
  }
}

extension InvoiceCouponSource {
  /// A subscription's before those that are named, each in its order.
  fileprivate func goesBefore(_ other: InvoiceCouponSource) -> Bool {
    switch (self, other) {
    case (.association(let left), .association(let right)): left < right
    case (.association, .direct): true
    case (.direct, .association): false
    case (.direct(let left), .direct(let right)): left < right
    }
  }
}

/// An invoice with what the coupons so far have left of it.
private struct RunningInvoice {
  private let items: [Invoice.Line]
  private let goods: [Cart.Line]
  private let currency: Currency
  private let rounding: Rounding
  private(set) var lines: [InvoicePrice.Line]
  private var total: Int64
  private var split: Split
  private var applied: [(coupon: InvoiceCoupon, terms: CouponTerms)] = []

  init(_ items: [Invoice.Line], currency: Currency, rounding: Rounding) throws(MoneyOverflow) {
    self.items = items
    self.currency = currency
    self.rounding = rounding
    // What an invoice line costs is nobody's setting, as with goods.
    lines = items.map { InvoicePrice.Line(amount: $0.amount.minorUnits(.halfUp), discount: 0) }
    if try sum(lines.lazy.map { max(0, $0.amount) }) > Money.minorUnitsMax { throw MoneyOverflow() }
    if try sum(lines.lazy.map { max(0, -$0.amount) }) > Money.minorUnitsMax { throw MoneyOverflow() }
    total = try sum(lines.lazy.map(\.amount))
    goods = items.map(\.asGoods)
    split = Split(capacity: items.count)
  }

  /// Takes a coupon's discount off.
  mutating func apply(_ coupon: InvoiceCoupon) throws(InvoiceHindrance) -> InvoiceApplication {
    let (terms, version) = try coupon.terms.get()
    guard let billing = terms.billing, let couponID = coupon.couponID else {
      throw InvoiceHindrance(.checkoutOnly)
    }
    try checkCurrency(terms)
    let targets = try targets(of: coupon, terms)
    try checkCadence(of: coupon, billing)
    try checkMinimum(terms, targets)
    if let other = applied.first(where: { !coupon.combines(terms, with: $0.coupon, $0.terms) }) {
      throw InvoiceHindrance(
        .combinationDisallowed, other.coupon.couponID.map { ["coupon_id": .text($0.description)] } ?? [:])
    }
    let base = max(0, net(of: targets))
    var snapshot = CouponSnapshot(
      name: terms.name, discount: terms.discount, isByLine: terms.scope == .line, cadence: billing.cadence,
      rounding: rounding, balance: try balance(of: coupon, terms))
    let wanted = wanted(of: terms, snapshot, base: base, targets)
    let left = max(0, total)
    if min(wanted, base) > left { snapshot.left = left }
    let exceeds = wanted > min(base, left) || exceedsLine(terms, targets)
    let amount = try limited(wanted, to: min(base, left), leavesOut: exceeds && billing.onExcess == .skip)
    let countable = Money.minorUnitsMax - coupon.otherDiscount
    // What it takes off all invoices has to stay a number that can be told.
    if amount > countable { throw exceeding(amount, countable) }
    let shares = take(amount, of: targets, snapshot)
    applied.append((coupon, terms))
    return InvoiceApplication(
      source: coupon.source, couponID: couponID, version: version, lineID: coupon.lineID, original: base,
      discount: amount, position: coupon.position ?? coupon.otherInvoices + 1, snapshot: snapshot,
      shares: shares, use: coupon.use)
  }

  private func checkCurrency(_ terms: CouponTerms) throws(InvoiceHindrance) {
    if terms.kind.isKnown(in: currency), terms.minimum.isKnown(in: currency) { return }
    throw InvoiceHindrance(.currencyMismatch, ["currency": .text(currency.code)])
  }

  private func checkCadence(of coupon: InvoiceCoupon, _ billing: BillingTerms) throws(InvoiceHindrance) {
    guard let most = billing.invoicesMax, coupon.otherInvoices >= most else { return }
    if billing.cadence == .once { throw InvoiceHindrance(.onceViolated) }
    throw InvoiceHindrance(
      .repeatedLimitReached, ["limit": .integer(most), "used": .integer(coupon.otherInvoices)])
  }

  /// The places of what the coupon is for, credits among them.
  private func targets(of coupon: InvoiceCoupon, _ terms: CouponTerms) throws(InvoiceHindrance) -> [Int] {
    let places = coupon.lines ?? Array(items.indices)
    if places.isEmpty, let lineID = coupon.lineID {
      throw InvoiceHindrance(.lineNotInvoiced, ["line_item_id": .text(lineID.text)])
    }
    let eligible = places.filter { place in
      guard items[place].isDiscountable else { return false }
      guard let rule = terms.lineRule else { return true }
      let line = RuledLine(lines: goods, index: place, isOfKnownProduct: items[place].productID != nil)
      return rule.judged { $0.judge(line) } == .holds
    }
    if eligible.isEmpty { throw InvoiceHindrance(.noEligibleLines) }
    return eligible
  }

  private func net(of places: [Int]) -> Int64 {
    places.reduce(0) { $0 + lines[$1].taxable }
  }

  private func checkMinimum(_ terms: CouponTerms, _ targets: [Int]) throws(InvoiceHindrance) {
    guard let minimum = terms.minimum[currency] else { return }
    let listed =
      terms.minimumBasis == .running
      ? net(of: targets) : targets.reduce(Int64(0)) { $0 + lines[$1].amount }
    if listed >= minimum { return }
    throw InvoiceHindrance(
      .minimumNotReached,
      [
        "minimum": .integer(minimum), "missing": .integer(minimum - listed),
        "currency": .text(currency.code),
      ])
  }

  /// What is left of an amount that is carried over.
  private func balance(
    of coupon: InvoiceCoupon, _ terms: CouponTerms
  ) throws(InvoiceHindrance) -> Int64? {
    guard let whole = coupon.carried ?? terms.carriedAmount(in: currency, rounding: rounding) else {
      return nil
    }
    let left = whole - coupon.otherDiscount
    if left > 0 { return left }
    throw InvoiceHindrance(.onceViolated, ["balance": .integer(0)])
  }

  /// What the coupon would take off, before what there is bounds it.
  private func wanted(
    of terms: CouponTerms, _ snapshot: CouponSnapshot, base: Int64, _ targets: [Int]
  ) -> Int64 {
    min(
      terms.scope == .line ? byLine(snapshot, targets) : snapshot.share(of: base, in: currency),
      terms.kind.cap[currency] ?? .max)
  }

  private func limited(
    _ wanted: Int64, to left: Int64, leavesOut: Bool
  ) throws(InvoiceHindrance) -> Int64 {
    if left == 0 || wanted == 0 { throw InvoiceHindrance(.noEffect) }
    if leavesOut {
      throw exceeding(wanted, left)
    }
    return min(wanted, left)
  }

  private func exceeding(_ amount: Int64, _ left: Int64) -> InvoiceHindrance {
    InvoiceHindrance(
      .exceedsAmount,
      ["amount": .integer(amount), "left": .integer(left), "currency": .text(currency.code)])
  }

  /// What the coupon would take off each of its lines by itself.
  private func byLine(_ snapshot: CouponSnapshot, _ targets: [Int]) -> Int64 {
    targets.reduce(0) { $0 + snapshot.share(of: max(0, lines[$1].taxable), in: currency) }
  }

  /// Whether its amount is more than one of its lines.
  private func exceedsLine(_ terms: CouponTerms, _ targets: [Int]) -> Bool {
    terms.scope == .line
      && targets.contains { place in
        let left = max(0, lines[place].taxable)
        return left > 0 && terms.share(of: left, in: currency, rounding: rounding) > left
      }
  }

  /// Takes an amount off the lines: in proportion to what is left of them, or to what each gives by itself.
  private mutating func take(
    _ amount: Int64, of targets: [Int], _ snapshot: CouponSnapshot
  ) -> [InvoiceApplication.Share] {
    split.clear()
    for place in targets {
      let left = max(0, lines[place].taxable)
      split.add(snapshot.isByLine ? snapshot.share(of: left, in: currency) : left)
    }
    split.divide(amount)
    var shares: [InvoiceApplication.Share] = []
    for (place, part) in zip(targets, split.parts) where part.amount > 0 {
      let original = snapshot.isByLine ? lines[place].taxable : nil
      lines[place].discount += part.amount
      shares.append(InvoiceApplication.Share(line: place, amount: part.amount, original: original))
    }
    total -= amount
    return shares
  }
}

extension CouponSnapshot {
  /// What it takes off an amount, before what is left of the invoice bounds it: of a line's at most the line.
  func share(of base: Int64, in currency: Currency) -> Int64 {
    if let balance { return balance }
    let share = discount.kind.share(of: base, in: currency, rounding: rounding)
    return isByLine ? min(share, base) : share
  }

  /// The most that it takes off one invoice.
  func cap(in currency: Currency) -> Int64? { discount.kind.cap[currency] }
}

extension Invoice.Line {
  /// The line as rules for goods look at it.
  fileprivate var asGoods: Cart.Line {
    Cart.Line(
      id: id, productID: productID ?? "", categories: categories, quantity: 1, unitPrice: .free)
  }
}

extension UnitPrice {
  fileprivate static let free = UnitPrice(minorUnits: 0) ?? .max
}
