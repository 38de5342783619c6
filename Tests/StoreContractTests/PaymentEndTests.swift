import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// How payments through a provider end: in what currency, by whose word, and what is given back of them.
@Suite struct PaymentEndTests {
  private static func cart(_ lines: (LineID, ProductID, Int64, Int64)..., currency: String) throws -> Cart {
    var cart = Cart.of(0)
    cart.currency = try #require(Currency(code: currency))
    cart.lines = try lines.map { id, product, quantity, price in
      Cart.Line(
        id: id, productID: product, quantity: quantity,
        unitPrice: try #require(UnitPrice(minorUnits: price)))
    }
    return cart
  }

  /// A shop with an order of some cart, paid through the provider.
  private func paid(_ kind: StoreUnderTest, _ cart: Cart) async throws -> PaymentTests.Checkout {
    let checkout = try await PaymentTests.Checkout(kind)
    #expect(try await checkout.shop.create("o", cart: cart).answer.kind == .created)
    #expect(try await checkout.shop.take(.checkOut, "o").answer.kind == .ok)
    try await checkout.begin("o")
    try await checkout.tell(.taken, "o")
    #expect(try await checkout.shop.order("o")?.state == .paid)
    return checkout
  }

  @Test(arguments: StoreUnderTest.all, [("BHD", Int64(3335), Int64(10)), ("MGA", 150, 100)])
  func
    `what a provider can't be told exactly waits for the next refund, and all of it comes to what was paid`(
      kind: StoreUnderTest, money: (currency: String, price: Int64, step: Int64)
    ) async throws
  {
    let checkout = try await paid(
      kind, Self.cart(("l1", "p1", 2, money.price), currency: money.currency))
    let refund = try #require(try await checkout.shop.take(.refundPart, "o").refund)
    let first = money.price / money.step * money.step
    #expect(refund.refund.amount == money.price && refund.byProvider == first)
    #expect(try await checkout.payment("o").refundDue == first)
    let rest = try #require(try await checkout.shop.take(.refundRest, "o").refund)
    #expect(rest.refund.amount == money.price && rest.byProvider == 2 * money.price - first)
    #expect(try await checkout.payment("o").refundDue == 2 * money.price)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a refund below what a provider can be told asks it for nothing yet`(kind: StoreUnderTest) async throws
  {
    let checkout = try await paid(
      kind, Self.cart(("l1", "p1", 1, 7), ("l2", "p2", 1, 10_003), currency: "BHD"))
    let refund = try #require(try await checkout.shop.take(.refundPart, "o").refund)
    #expect(refund.refund.amount == 7 && refund.byProvider == 0)
    #expect(!(try await checkout.due().contains { $0.hasPrefix("refund") }))
    #expect(try await checkout.shop.take(.refundRest, "o").refund?.byProvider == 10_010)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a total that the provider can't be told exactly is refused at the checkout`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await PaymentTests.Checkout(kind)
    let cart = try Self.cart(("l1", "p1", 3, 3330), currency: "BHD")
    #expect(try await checkout.shop.create("o", codes: ["TEN"], cart: cart).order?.content.total == 8991)
    let refused = try await checkout.shop.take(.checkOut, "o")
    #expect(refused.refusal == .amountNotPayable, "\(refused.text)")
    #expect(try await checkout.shop.order("o")?.state == .pending)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what was charged outside is given back outside, before the provider gives anything`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await paid(kind, OrderShop.cart(("l1", "p1", 5, 1000)))
    func amend(_ quantity: Int64) async throws -> OrderAmendment? {
      let cart = OrderShop.cart(("l1", "p1", quantity, 1000))
      let outcome = try await checkout.shop.engine.submit(AmendOrder(orderID: "o", cart: cart))
      guard case .ok(.entity(let entity)) = outcome.answer else { return nil }
      return entity.value as? OrderAmendment
    }
    #expect(try await amend(7).map { [$0.difference, $0.byProvider] } == [2000, 0])
    #expect(try await amend(6).map { [$0.difference, $0.byProvider] } == [-1000, 0])
    #expect(try await amend(4).map { [$0.difference, $0.byProvider] } == [-2000, 1000])
    // The same once more changes nothing.
    #expect(try await amend(4).map { [$0.difference, $0.byProvider] } == [0, 0])
    #expect(try await amend(5).map { [$0.difference, $0.byProvider] } == [1000, 0])
    let refund = try #require(try await checkout.shop.take(.refundPart, "o").refund)
    #expect(refund.refund.amount == 1000 && refund.byProvider == 0)
    #expect(try await checkout.shop.take(.refundRest, "o").refund?.byProvider == 4000)
    #expect(try await checkout.payment("o").refundDue == 5000)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order whose payment is given up can still be called off, and not the other way round`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await PaymentTests.Checkout(kind, capture: .manual)
    try await checkout.begin()
    try await checkout.tell(.setAside)
    for _ in 0..<2 { #expect(try await checkout.shop.take(.fail).order?.state == .authorized) }
    #expect(try await checkout.payment().end == .failed)
    for _ in 0..<2 { #expect(try await checkout.shop.take(.cancel).order?.state == .authorized) }
    #expect(try await checkout.payment().end == .cancelled)
    let refused = try await checkout.shop.take(.fail)
    #expect(refused.refusal == .forbiddenStep(.paymentProcessing))
    #expect(refused.text.contains(#""step":"fail""#) && refused.text.contains(#""state":"authorized""#))
    try await checkout.tell(.letGo)
    #expect(try await checkout.shop.order()?.state == .cancelled)
    #expect(try await checkout.uses() == UseCounts())
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `the words of whoever gives a payment up stand in the order's history`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await PaymentTests.Checkout(kind)
    let shop = checkout.shop
    try await checkout.begin()
    try await checkout.tell(.news(.waits, problem: "card_declined"))
    _ = try await shop.engine.submit(FailOrder(orderID: "o-1", reason: "customer left"))
    try await checkout.tell(.news(.letGo, problem: "card_declined"))
    #expect(try await shop.facts(CheckoutFailed.self).map(\.reason) == ["customer left"])
    #expect(try await shop.facts(CouponReleased.self).map(\.reason) == ["customer left"])
    #expect(try await checkout.payment().problem == .requested)
    var change = PaymentSettingsChange()
    change.capture = .manual
    _ = try await shop.engine.submit(ChangePaymentSettings(change))
    #expect(try await shop.take(.checkOut).answer.kind == .ok)
    try await checkout.begin()
    try await checkout.tell(.setAside)
    _ = try await shop.engine.submit(CancelOrder(orderID: "o-1", reason: "fraud suspected"))
    try await checkout.tell(.letGo)
    #expect(try await shop.facts(OrderCancelled.self).map(\.reason) == ["fraud suspected"])
    #expect(try await shop.facts(CouponReleased.self).map(\.reason).last == "fraud suspected")
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all, PaymentState.allCases)
  func `who has looked at the provider's books ends a payment that nothing usable is heard of`(
    kind: StoreUnderTest, state: PaymentState
  ) async throws {
    let checkout = try await PaymentTests.Checkout(kind, capture: .manual)
    for news in state.way {
      if let news {
        try await checkout.tell(.news(news, problem: news == .giveUp ? .timedOut : nil))
      } else {
        try await checkout.begin()
      }
    }
    if state == .capturing { _ = try await checkout.shop.engine.submit(CaptureOrder(orderID: "o-1")) }
    let payment = try await checkout.payment()
    #expect(payment.state == state)
    func settle(_ isPaid: Bool) async throws -> CommandOutcome {
      try await checkout.shop.engine.submit(
        SettlePayment(orderID: "o-1", paymentID: payment.id, isPaid: isPaid, seen: state, reason: "by hand"))
    }
    if state.isFinal {
      #expect(try await settle(true).refusal == .paymentNotSettleable)
      #expect(try await settle(false).refusal == .paymentNotSettleable)
    } else if state == .starting {
      #expect(try await settle(true).refusal == .paymentNotSettleable)
      #expect(try await settle(false).order?.state == .failed)
    } else {
      let isPaid = state == .capturing || state == .open
      #expect(try await settle(isPaid).order?.state == (isPaid ? .paid : .failed))
      #expect(try await checkout.payment().problem == .settled)
      #expect(try await checkout.shop.facts(PaymentStateChanged.self).last?.reason == "by hand")
      if !isPaid { #expect(try await checkout.shop.facts(CheckoutFailed.self).last?.reason == "by hand") }
      #expect(try await checkout.uses() == (isPaid ? UseCounts(redeemed: 1) : UseCounts()))
    }
    #expect(try await checkout.due() == [])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what was settled by hand is given back by hand`(kind: StoreUnderTest) async throws {
    let checkout = try await PaymentTests.Checkout(kind)
    try await checkout.begin()
    let payment = try await checkout.payment().id
    let paid = SettlePayment(
      orderID: "o-1", paymentID: payment, isPaid: true, seen: .open, reason: "bank 4711")
    #expect(try await checkout.shop.engine.submit(paid).order?.state == .paid)
    let refund = try await checkout.shop.take(.refundRest).refund
    #expect(refund?.refund.amount == 5000 && refund?.byProvider == 0)
    #expect(try await checkout.due() == [])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `nobody can say by hand that an order was paid whose coupons are lost`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await PaymentTests.Checkout(kind, withoutRoom: .refund)
    let shop = checkout.shop
    try await checkout.begin()
    let revoke = ChangeCouponState.Step.disable(reason: "leaked", revokesLocks: true)
    _ = try await shop.engine.submit(ChangeCouponState(couponID: checkout.coupon, step: revoke))
    let payment = try await checkout.payment().id
    let late = SettlePayment(orderID: "o-1", paymentID: payment, isPaid: false, seen: .starting)
    #expect(try await shop.engine.submit(late).refusal == .paymentNotSettleable)
    let paid = SettlePayment(orderID: "o-1", paymentID: payment, isPaid: true, seen: .open)
    #expect(try await shop.engine.submit(paid).refusal == .lockRevoked)
    #expect(try await shop.order()?.state == .processing)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a refund that fails after it was made is asked for again once, and operators are told`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await PaymentTests.Checkout(kind)
    let shop = checkout.shop
    try await checkout.begin()
    try await checkout.tell(.taken)
    _ = try await shop.take(.refundPart)
    let payment = try await checkout.payment().id
    func failed(_ amount: Int64, count: Int64) async throws {
      let told = ReportFailedRefund(
        orderID: "o-1", paymentID: payment, amount: amount, reference: "re_1", refundCount: count)
      #expect(try await shop.engine.submit(told).answer.kind == .ok)
    }
    // It is asked for still.
    try await failed(900, count: 1)
    let made = ReportRefund(orderID: "o-1", paymentID: payment, number: 1, amount: 900, reference: "re_1")
    #expect(try await shop.engine.submit(made).answer.kind == .ok)
    // Somebody had looked before it was begun, or more is missing than was given.
    try await failed(900, count: 0)
    try await failed(901, count: 1)
    #expect(try await checkout.payment().refunded == 900)
    for _ in 0..<2 { try await failed(400, count: 1) }
    #expect(try await checkout.payment().refunded == 500)
    #expect(try await checkout.due() == ["refund 2"])
    let facts = try await shop.facts(RefundFailed.self)
    #expect(facts.count == 1 && facts.first?.notice == .refundFailed)
    let again = ReportRefund(orderID: "o-1", paymentID: payment, number: 2, amount: 400, reference: "re_2")
    #expect(try await shop.engine.submit(again).answer.kind == .ok)
    let after = try await checkout.payment()
    #expect(after.refunded == 900 && after.refundDue == 900 && after.refundCount == 2)
    // A look from before that is late.
    try await failed(400, count: 1)
    #expect(try await checkout.payment() == after)
    #expect(try await checkout.due() == [])
    try await checkout.end()
  }
}

extension PaymentState {
  /// The news that lead there; nil for the intent that is made.
  fileprivate var way: [PaymentNews?] {
    switch self {
    case .starting: []
    case .open: [nil]
    case .processing: [nil, .works]
    case .authorized, .capturing: [nil, .setAside]
    case .cancelling: [nil, .giveUp]
    case .succeeded: [nil, .taken]
    case .canceled: [nil, .letGo]
    case .failed: [.refused]
    }
  }
}
