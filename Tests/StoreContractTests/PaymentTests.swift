import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Orders that are paid through a provider, as far as commands tell: what the provider says is made up here.
@Suite struct PaymentTests {
  /// A shop that Stripe takes the money for, with a coupon of ten percent, and an order that was just checked out.
  struct Checkout {
    let shop: OrderShop
    let coupon: Coupon.ID

    init(
      _ kind: StoreUnderTest, capture: PaymentCapture = .automatic, withoutRoom: PaidWithoutRoom = .refund,
      limits: UsageLimits = UsageLimits()
    ) async throws {
      shop = try await OrderShop(kind)
      coupon = try await shop.engine.coupon(.percent(10, limits: limits), .of("TEN"))
      var change = PaymentSettingsChange()
      change.service = .stripe
      change.capture = capture
      change.withoutRoom = withoutRoom
      change.secretKey = "00ff"
      #expect(try await shop.engine.submit(ChangePaymentSettings(change)).answer.kind == .ok)
      #expect(try await shop.create(codes: ["TEN"]).answer.kind == .created)
      #expect(try await shop.take(.checkOut).answer.kind == .ok)
    }

    func payment(_ order: OrderID = "o-1") async throws -> Payment {
      let id = try #require(try await shop.order(order)?.paymentID)
      return try #require(try await shop.engine.engine.row(PaymentRow.self, Owned(shop.engine.tenant, id)))
        .payment
    }

    @discardableResult
    func tell(_ report: ReportPayment.Report, _ order: OrderID = "o-1") async throws -> CommandOutcome {
      let id = try #require(try await shop.order(order)?.paymentID)
      return try await shop.engine.submit(ReportPayment(orderID: order, paymentID: id, report))
    }

    func begin(_ order: OrderID = "o-1") async throws {
      try await tell(.begun("pi_1", clientSecret: "00aa"), order)
    }

    func tell(_ news: PaymentNews, _ order: OrderID = "o-1") async throws {
      try await tell(.news(news, problem: nil), order)
    }

    /// What is due, by key; the payment's own name left out.
    func due() async throws -> [String] {
      let entries = try shop.opened.store.find(DueWorkOfTenant(tenant: shop.engine.tenant, limit: 99))
      return entries.map { entry in
        let name = entry.key.value.name.text
        return "\(entry.key.value.kind) \(name.drop { $0 != "/" }.dropFirst())"
      }
    }

    func uses() async throws -> UseCounts { try await shop.engine.uses(coupon) }

    func end() async throws {
      try shop.check()
      await shop.end()
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a payment is begun, watched and done, and the order is paid with its coupon`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind)
    let shop = checkout.shop
    #expect(try await shop.order()?.state == .processing)
    var payment = try await checkout.payment()
    #expect(payment.state == .starting && payment.amount.minorUnits == 5000 && payment.service == .stripe)
    #expect(payment.payBy == payment.createdAt.adding(seconds: 3600))
    #expect(try await checkout.due() == ["payment create"])
    try await checkout.begin()
    payment = try await checkout.payment()
    #expect(payment.state == .open && payment.intent == "pi_1" && payment.clientSecret == "00aa")
    #expect(try await checkout.due() == ["payment look"])
    try await checkout.tell(.works)
    #expect(try await checkout.payment().state == .processing)
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    try await checkout.tell(.taken)
    let order = try #require(try await shop.order())
    #expect(order.state == .paid && order.paymentReference == "pi_1" && order.paidAt != nil)
    #expect(try await checkout.payment().state == .succeeded)
    #expect(try await checkout.due() == [])
    #expect(try await checkout.uses() == UseCounts(redeemed: 1))
    #expect(
      try await shop.history() == [
        "OrderCreated", "CheckoutStarted", "PaymentStarted", "PaymentIntentCreated", "PaymentStateChanged",
        "PaymentStateChanged", "OrderPaid",
      ])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what comes late, twice or in another order changes nothing`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.taken)
    let before = try await checkout.shop.history()
    for news in PaymentNews.allCases { try await checkout.tell(news) }
    try await checkout.begin()
    #expect(try await checkout.shop.history() == before)
    #expect(try await checkout.shop.order()?.state == .paid)
    #expect(try await checkout.uses() == UseCounts(redeemed: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a refused card is told, and the customer may try another one`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.news(.waits, problem: "card_declined"))
    try await checkout.tell(.news(.waits, problem: "card_declined"))
    #expect(try await checkout.payment().problem == "card_declined")
    #expect(try await checkout.shop.order()?.state == .processing)
    #expect(try await checkout.shop.history().filter { $0 == "PaymentStateChanged" }.count == 1)
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.order()?.state == .paid)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `time that is over has the payment given up before the coupons are given back`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.news(.giveUp, problem: .timedOut))
    #expect(try await checkout.payment().state == .cancelling)
    #expect(try await checkout.due() == ["payment cancel"])
    #expect(try await checkout.shop.order()?.state == .processing)
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    try await checkout.tell(.letGo)
    #expect(try await checkout.shop.order()?.state == .failed)
    #expect(try await checkout.payment().problem == .timedOut)
    #expect(try await checkout.uses() == UseCounts())
    #expect(try await checkout.due() == [])
    // Another try is another payment.
    let first = try await checkout.payment().id
    #expect(try await checkout.shop.take(.checkOut).answer.kind == .ok)
    #expect(try await checkout.payment().id != first)
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that comes while the payment is given up pays the order`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    #expect(try await checkout.shop.take(.fail).answer.kind == .ok)
    #expect(try await checkout.shop.order()?.state == .processing)
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.order()?.state == .paid)
    #expect(try await checkout.uses() == UseCounts(redeemed: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a provider that makes no intent fails the checkout at once`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    try await checkout.tell(.news(.refused, problem: .refusedByProvider))
    #expect(try await checkout.shop.order()?.state == .failed)
    #expect(try await checkout.payment().state == .failed)
    #expect(try await checkout.uses() == UseCounts())
    #expect(try await checkout.due() == [])
    // An intent that is heard of after that was made for nobody.
    try await checkout.begin()
    #expect(try await checkout.payment().state == .failed)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a checkout that the shop calls off before the provider was asked fails at once`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind)
    #expect(try await checkout.shop.take(.fail).answer.kind == .ok)
    #expect(try await checkout.shop.order()?.state == .failed)
    #expect(try await checkout.uses() == UseCounts())
    #expect(try await checkout.due() == [])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that is set aside is taken when the shop says so, and the coupon is used then`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await Checkout(kind, capture: .manual)
    let shop = checkout.shop
    try await checkout.begin()
    #expect(
      try await shop.engine.submit(CaptureOrder(orderID: "o-1")).refusal == .forbiddenStep(.paymentProcessing)
    )
    try await checkout.tell(.setAside)
    #expect(try await shop.order()?.state == .authorized)
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    #expect(
      try await shop.engine.submit(CaptureOrder(orderID: "o-1", expectedTotal: 1)).refusal == .totalChanged)
    for _ in 0..<2 {
      #expect(try await shop.engine.submit(CaptureOrder(orderID: "o-1")).order?.state == .authorized)
    }
    #expect(try await checkout.payment().state == .capturing)
    #expect(try await checkout.due() == ["payment capture"])
    #expect(try await shop.take(.cancel).refusal == .forbiddenStep(.paymentProcessing))
    #expect(try await shop.take(.fail).refusal == .forbiddenStep(.paymentProcessing))
    try await checkout.tell(.taken)
    #expect(try await shop.order()?.state == .paid)
    #expect(try await checkout.uses() == UseCounts(redeemed: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order whose money is set aside is called off once the provider has let go of it`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await Checkout(kind, capture: .manual)
    try await checkout.begin()
    try await checkout.tell(.setAside)
    #expect(try await checkout.shop.take(.cancel).order?.state == .authorized)
    #expect(try await checkout.payment().state == .cancelling)
    try await checkout.tell(.letGo)
    #expect(try await checkout.shop.order()?.state == .cancelled)
    #expect(try await checkout.uses() == UseCounts())
    #expect(try await checkout.due() == [])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `nobody can tell that an order was paid whose money a provider takes`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind)
    #expect(try await checkout.shop.take(.pay).refusal == .paymentByProvider)
    try await checkout.begin()
    #expect(try await checkout.shop.take(.pay).refusal == .paymentByProvider)
    #expect(try await checkout.shop.take(.checkOut).refusal == .forbiddenStep(.paymentProcessing))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `refunds are asked of the provider, each once, never above what was paid`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.take(.refundPart).refund?.refund.amount == 900)
    #expect(try await checkout.shop.take(.refundRest).refund?.refund.amount == 4100)
    var payment = try await checkout.payment()
    #expect(payment.refundDue == 5000 && payment.refunded == 0 && payment.refundCount == 2)
    #expect(try await checkout.due() == ["refund 1", "refund 2"])
    for _ in 0..<2 {
      let told = ReportRefund(
        orderID: "o-1", paymentID: payment.id, number: 2, amount: 4100, reference: "re_2")
      #expect(try await checkout.shop.engine.submit(told).answer.kind == .ok)
    }
    #expect(try await checkout.due() == ["refund 1"])
    payment = try await checkout.payment()
    #expect(payment.refunded == 4100 && payment.refundDue == 5000)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a paid order that is called off has all of its money given back`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    try await checkout.begin()
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.take(.cancel).order?.state == .cancelled)
    #expect(try await checkout.payment().refundDue == 5000)
    #expect(try await checkout.due() == ["refund 1"])
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that comes when the last place is gone is given back, if the shop has said so`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await Checkout(kind, withoutRoom: .refund, limits: UsageLimits(total: 1))
    try await checkout.begin()
    checkout.shop.advance(8 * 86_400)
    _ = try await checkout.shop.engine.lock(["TEN"], order: "other")
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.order()?.state == .failed)
    let payment = try await checkout.payment()
    #expect(payment.state == .succeeded && payment.refundDue == 5000)
    #expect(try await checkout.due() == ["refund 1"])
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that comes when the last place is gone pays the order outside of the counts, if that is wanted`(
    kind: StoreUnderTest
  ) async throws {
    let checkout = try await Checkout(kind, withoutRoom: .honour, limits: UsageLimits(total: 1))
    try await checkout.begin()
    checkout.shop.advance(8 * 86_400)
    _ = try await checkout.shop.engine.lock(["TEN"], order: "other")
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.order()?.state == .paid)
    #expect(try await checkout.payment().refundDue == 0)
    #expect(try await checkout.shop.facts(CouponRedeemed.self).map(\.isOverLimit) == [true])
    #expect(try await checkout.uses() == UseCounts(locked: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all, [PaidWithoutRoom.honour, .refund])
  func `money that comes after a coupon revoked its locks is given back, and so is what else was held`(
    kind: StoreUnderTest, policy: PaidWithoutRoom
  ) async throws {
    let checkout = try await Checkout(kind, withoutRoom: policy)
    let shop = checkout.shop
    let other = try await shop.engine.coupon(.fixed(100), .of("OTHER"))
    #expect(try await shop.create("o-2", codes: ["TEN", "OTHER"]).answer.kind == .created)
    #expect(try await shop.take(.checkOut, "o-2").answer.kind == .ok)
    try await checkout.begin("o-2")
    let revoke = ChangeCouponState.Step.disable(reason: "leaked", revokesLocks: true)
    _ = try await shop.engine.submit(ChangeCouponState(couponID: checkout.coupon, step: revoke))
    try await checkout.tell(.taken, "o-2")
    #expect(try await shop.order("o-2")?.state == .failed)
    let payment = try await checkout.payment("o-2")
    #expect(payment.refundDue == payment.amount.minorUnits)
    #expect(try await shop.engine.uses(other) == UseCounts())
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `money that comes after the lock ran out uses the coupon if there is room`(kind: StoreUnderTest)
    async throws
  {
    let checkout = try await Checkout(kind, limits: UsageLimits(total: 1))
    try await checkout.begin()
    checkout.shop.advance(8 * 86_400)
    try await checkout.tell(.taken)
    #expect(try await checkout.shop.order()?.state == .paid)
    #expect(try await checkout.uses() == UseCounts(redeemed: 1))
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that costs nothing needs no provider`(kind: StoreUnderTest) async throws {
    let checkout = try await Checkout(kind)
    #expect(
      try await checkout.shop.create("free", cart: OrderShop.cart(("l1", "p1", 1, 0))).answer.kind == .created
    )
    #expect(try await checkout.shop.take(.checkOut, "free").order?.state == .paid)
    #expect(try await checkout.shop.order("free")?.paymentID == nil)
    try await checkout.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `settings need a key before a provider takes money, and are changed one at a time`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    var change = PaymentSettingsChange()
    change.service = .stripe
    #expect(try await shop.engine.submit(ChangePaymentSettings(change)).refusal == .providerNotSetUp)
    change.secretKey = "aa"
    #expect(
      try await shop.engine.submit(ChangePaymentSettings(change, expectedVersion: 0)).answer.kind == .ok)
    #expect(
      try await shop.engine.submit(ChangePaymentSettings(change, expectedVersion: 0)).refusal
        == .versionConflict)
    // What is the same already is no change.
    #expect(try await shop.engine.submit(ChangePaymentSettings(change)).answer.kind == .ok)
    let row = try await shop.engine.engine.row(PaymentSettingsRow.self, shop.engine.tenant)
    #expect(row?.version == 1 && row?.settings.service == .stripe && row?.settings.secretKey == "aa")
    try shop.check()
    await shop.end()
  }
}
