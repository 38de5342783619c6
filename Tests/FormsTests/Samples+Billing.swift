import Forms
import Ledger
import Promotions
import Scrip

/// What billing systems tell of, and what becomes of it.
extension Samples {
  mutating func billingFacts() -> [any Fact<WorkingSet>] {
    [
      SubscriptionSaved(subscriptionID: text(), content: Kept(subscriptionContent())),
      CouponAttached(subscriptionID: text(), association: association(), currency: currency()),
      CouponDetached(
        subscriptionID: text(), associationID: identifier(), couponID: identifier(),
        use: maybe { $0.directUse() }, currency: currency(), isFirst: bool(), reason: maybe { $0.text() }),
      InvoicePriced(
        invoiceID: text(), content: Kept(invoiceContent()), price: Kept(StoredInvoicePrice(invoicePrice())),
        before: maybe { $0.invoiceTake() }),
      InvoiceFinalized(invoiceID: text()),
      InvoiceVoided(
        invoiceID: text(), subscriptionID: maybe { $0.text() }, before: maybe { $0.invoiceTake() },
        reason: maybe { $0.text() }),
      InvoiceCouponTaken(
        invoiceID: text(), couponID: identifier(), version: int(1...Int64.max), use: directUse()),
      InvoiceCouponReturned(invoiceID: text(), couponID: identifier(), use: directUse()),
    ]
  }

  mutating func subscriptionContent() -> Subscription.Content {
    var number = 0
    return Subscription.Content(
      customer: visible(), currency: currency(), status: pick(Subscription.Status.allCases),
      lines: list(0...4) { samples in
        number += 1
        return Subscription.Line(id: LineID("l\(number)"), productID: samples.maybe { $0.text() })
      }, phases: phases(), periodStart: maybe { $0.instant() }, revision: maybe { $0.int(Samples.amounts) },
      metadata: notes())
  }

  private mutating func phases() -> [Subscription.Phase] {
    let moments = list(0...4) { $0.instant() }.sorted()
    return zip(moments.indices, zip(moments, moments.dropFirst())).compactMap { number, moments in
      Subscription.Phase(
        id: PhaseID("p\(number)"), startsAt: moments.0, endsAt: maybe { _ in moments.1 })
    }
  }

  mutating func association() -> Association {
    var made = Association(
      id: identifier(), couponID: identifier(), version: int(1...Int64.max), code: maybe { $0.code() },
      lineID: maybe { $0.text() }, phaseID: maybe { $0.text() }, startsAt: maybe { $0.instant() },
      endsAt: maybe { $0.instant() }, priority: int(-1000...1000), metadata: notes(), attachedAt: instant(),
      counters: list(0...4) { $0.usageCounter() }, revocations: int(0...Int64.max),
      carried: maybe { $0.int(Samples.amounts) })
    made.detachedAt = maybe { $0.instant() }
    made.isGivenBack = bool()
    made.invoices = int(0...Int64.max)
    made.given = int(Samples.amounts)
    return made
  }

  mutating func directUse() -> DirectUse {
    DirectUse(
      code: maybe { $0.code() }, counters: list(0...4) { $0.usageCounter() }, revocations: int(0...Int64.max))
  }

  mutating func invoiceContent() -> Invoice.Content {
    let lines = (0..<int(1...5)).map { number in
      Invoice.Line(
        id: LineID("l\(number)"), amount: exactAmount(), subscriptionLineID: maybe { $0.text() },
        productID: maybe { $0.text() }, categories: maybe { $0.list(0...3) { $0.text() } },
        isDiscountable: bool())
    }
    return Invoice.Content(
      subscriptionID: maybe { $0.visible() }, customer: maybe { $0.visible() }, currency: currency(),
      date: instant(), lines: lines,
      coupons: list(0...3) { samples in
        let name: Invoice.DirectCoupon.Name =
          samples.bool() ? .coupon(samples.identifier()) : .code(samples.text())
        return Invoice.DirectCoupon(name, lineID: samples.maybe { $0.pick(lines.map(\.id)) })
      }, revision: maybe { $0.int(Samples.amounts) }, metadata: notes())
  }

  mutating func invoicePrice() -> InvoicePrice {
    InvoicePrice(
      lines: list(0...4) {
        InvoicePrice.Line(amount: $0.int(-99_999...99_999), discount: $0.int(0...99_999))
      }, applied: list(0...4) { $0.invoiceApplication() },
      notApplied: list(0...3) {
        InvoiceRefusal(
          source: $0.source(), couponID: $0.maybe { $0.identifier() },
          reason: $0.pick(RefusalReason.allCases),
          facts: $0.pick([[:], ["limit": .integer(3)], ["needs": .list(["customer_id"])]]))
      })
  }

  private mutating func invoiceApplication() -> InvoiceApplication {
    let original = int(Samples.amounts)
    return InvoiceApplication(
      source: source(), couponID: identifier(), version: int(1...Int64.max), lineID: maybe { $0.text() },
      original: original, discount: int(0...original), position: int(1...Int64.max),
      snapshot: CouponSnapshot(
        name: text(), discount: pick([discount(), .decimal(decimals())]), isByLine: bool(),
        cadence: billing().cadence, rounding: pick(Rounding.allCases),
        balance: maybe { $0.int(Samples.amounts) }, left: maybe { $0.int(Samples.amounts) }),
      shares: list(0...4) {
        InvoiceApplication.Share(
          line: Int($0.int(0...499)), amount: $0.int(Samples.amounts),
          original: $0.maybe { $0.int(Samples.amounts) })
      }, use: maybe { $0.directUse() })
  }

  private mutating func source() -> InvoiceCouponSource {
    bool() ? .association(identifier()) : .direct(Int(int(0...9)))
  }

  private mutating func invoiceTake() -> InvoiceTake {
    InvoiceTake(
      currency: currency(),
      parts: list(0...4) {
        InvoiceTake.Part(couponID: $0.identifier(), discount: $0.int(Samples.amounts))
      })
  }

  private mutating func exactAmount() -> ExactAmount {
    let sign = bool() ? "-" : ""
    let text = "\(sign)\(int(0...9_007_199_254_740_990)).\(int(0...99_999_999))"
    return ExactAmount(text) ?? .zero
  }

  private mutating func notes() -> [Note: Note] {
    Dictionary(list(0...3) { (Note($0.text()), Note($0.text())) }, uniquingKeysWith: { first, _ in first })
  }

  /// A name with something to see.
  private mutating func visible<Subject>() -> ExactText<Subject> { ExactText("v" + (text() as String)) }

  private static let amounts: ClosedRange<Int64> = 0...9_007_199_254_740_991
}
