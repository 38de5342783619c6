import Digest
import Ledger
import Payments
import Promotions
import Scrip
import TestSupport
import Testing

@testable import CheckoutWork

@Suite struct PaymentWorkTests {
  @Test func `an intent is made of the order's total, and what the browser needs is sealed`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    let payment = try await till.payment()
    #expect(payment.state == .open && payment.intent == "pi_1")
    let intent = try #require(till.provider.intents.first)
    #expect(intent.amount == payment.amount && payment.amount.minorUnits == 900)
    #expect(intent.labels.map(\.value) == [payment.id.description, "o-1"])
    let sealed = try #require(payment.clientSecret)
    #expect(!sealed.text.contains("secret"))
    #expect(
      try till.sealer.open(sealed, of: till.engine.tenant, for: .clientSecret).revealed == "pi_1_secret")
    await till.engine.stop()
  }

  @Test func `what the customer has paid is found by looking, less often as time goes by`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    var looks = 0
    for _ in 0..<3000 {
      try await till.work(after: 1)
      if till.provider.calls.last == .fetch { looks = till.provider.calls.count }
    }
    #expect((10...40).contains(looks))
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 3600)
    #expect(try await till.order().state == .paid)
    #expect(try await till.due() == [])
    await till.engine.stop()
  }

  @Test func `a message hastens a look`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    let payment = try await till.payment()
    till.provider.move(payment.intent, to: .succeeded)
    try await till.work()
    #expect(try await till.order().state == .processing)
    #expect(try await till.worker.hasten(Owned(till.engine.tenant, .payment(payment.id, .look))) == .hastened)
    try await till.work()
    #expect(try await till.order().state == .paid)
    #expect(try await till.worker.hasten(Owned(till.engine.tenant, .payment(payment.id, .look))) == .none)
    await till.engine.stop()
  }

  @Test(arguments: [PaymentFailure.Kind.retriable(after: nil), .unknownOutcome])
  func `an intent whose making failed is made under the same key, once`(kind: PaymentFailure.Kind)
    async throws
  {
    let till = try await Till()
    till.provider.fail(.create, .refused(kind), .lost)
    try await till.checkOut()
    try await till.work()
    #expect(try await till.due().map(\.reason) == ["as the test wants it"])
    try await till.work(after: 3)
    try await till.work(after: 6)
    #expect(try await till.payment().state == .open)
    #expect(till.provider.intents.count == 1)
    #expect(Set(till.provider.keys).count == 1 && till.provider.keys.count == 3)

    await till.engine.stop()
  }

  @Test func `a provider that will not begin fails the checkout at once and gives the coupon back`()
    async throws
  {
    let till = try await Till()
    till.provider.fail(.create, .refused(.ours))
    try await till.checkOut()
    try await till.work()
    #expect(try await till.order().state == .failed)
    #expect(try await till.payment().problem == .refusedByProvider)
    #expect(try await till.engine.application("o-1")?.state == .released)
    await till.engine.stop()
  }

  @Test func `a provider that nobody reaches until the time is over fails the checkout`() async throws {
    let till = try await Till()
    for _ in 0..<100 { till.provider.fail(.create, .refused(.retriable(after: nil))) }
    try await till.checkOut()
    for _ in 0..<14 { try await till.work(after: 300) }
    #expect(try await till.order().state == .failed)
    #expect(try await till.payment().problem == .timedOut)
    await till.engine.stop()
  }

  @Test func `a customer who does not pay in time finds the intent given up, and the coupon is free`()
    async throws
  {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.fail(.cancel, .refused(.retriable(after: nil)), .lost)
    for _ in 0..<20 { try await till.work(after: 300) }
    #expect(till.provider.intents.map(\.status) == [.canceled])
    #expect(try await till.order().state == .failed)
    #expect(try await till.payment().problem == .timedOut)
    #expect(try await till.engine.application("o-1")?.state == .released)
    await till.engine.stop()
  }

  @Test func `a bank that is at work when the time is over is waited for`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .processing)
    for _ in 0..<50 { try await till.work(after: 3600) }
    #expect(try await till.payment().state == .processing)
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 3600)
    #expect(try await till.order().state == .paid)
    await till.engine.stop()
  }

  @Test func `an intent about another sum is never believed`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .succeeded, amount: 899)
    try await till.work(after: 10)
    #expect(try await till.order().state == .processing)
    #expect(try await till.due().first?.reason?.contains("amount") == true)
    await till.engine.stop()
  }

  @Test func `money is taken once, whatever answers are lost`() async throws {
    let till = try await Till(capture: .manual)
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .needsCapture)
    try await till.work(after: 10)
    #expect(try await till.order().state == .authorized)
    till.provider.fail(.capture, .refused(.unknownOutcome), .lost)
    _ = try await till.engine.submit(CaptureOrder(orderID: "o-1"))
    for _ in 0..<5 { try await till.work(after: 10) }
    #expect(try await till.order().state == .paid)
    #expect(till.provider.intents.map(\.amountReceived.minorUnits) == [900])
    await till.engine.stop()
  }

  @Test func `a refund is given once, whatever answers are lost and however late it is tried again`()
    async throws
  {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 10)
    till.provider.fail(.refund, .refused(.retriable(after: nil)), .lost)
    _ = try await till.engine.submit(RefundOrder(orderID: "o-1", .rest))
    try await till.work()
    try await till.work(after: 10)
    try await till.work(after: 2 * 86_400)
    #expect(till.provider.refunds.map(\.amount.minorUnits) == [900])
    #expect(till.provider.calls.filter { $0 == .refund }.count == 2)
    #expect(try await till.payment().refunded == 900)
    #expect(try await till.due() == [])
    await till.engine.stop()
  }

  @Test
  func `a refund that a provider breaks down under is asked for under another key, once none is under way`()
    async throws
  {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 10)
    for _ in 0..<48 { till.provider.fail(.refund, .refused(.unknownOutcome)) }
    _ = try await till.engine.submit(RefundOrder(orderID: "o-1", .rest))
    let key = Owned(till.engine.tenant, DueKey.refund(1, of: try await till.payment().id))
    var keys: [String: [Int64]] = [:]
    for second in stride(from: Int64(0), to: 700, by: 10) {
      // However often somebody has it tried again.
      _ = try await till.worker.hasten(key)
      let before = till.provider.keys.count
      try await till.work()
      for key in till.provider.keys[before...] { keys[key, default: []].append(second) }
      till.clock.advance(seconds: 10)
    }
    let times = keys.values.sorted { $0[0] < $1[0] }
    #expect(times.count == 2 && till.provider.refunds.count == 1)
    #expect((times.first?.last).map { $0 < 480 } == true && (times.last?.first).map { $0 >= 600 } == true)
    #expect(try await till.payment().refunded == 900)
    await till.engine.stop()
  }

  @Test func `a refund that the bank would not have is asked for anew under another key`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 10)
    till.provider.setRefunds(.failed)
    _ = try await till.engine.submit(
      RefundOrder(orderID: "o-1", .parts(lines: [("l1", .count(1))], charges: [])))
    try await till.work()
    #expect(try await till.payment().refunded == 0)
    #expect(try await till.due().first?.reason?.contains("could not give") == true)
    await till.engine.stop()
  }

  @Test func `a refund that is on its way is looked at until it has arrived`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.move(try await till.payment().intent, to: .succeeded)
    try await till.work(after: 10)
    till.provider.setRefunds(.pending)
    _ = try await till.engine.submit(RefundOrder(orderID: "o-1", .rest))
    try await till.work()
    #expect(try await till.payment().refunded == 0)
    #expect(try await till.due().count == 1)
    await till.engine.stop()
  }

  @Test func `keys that can't open the provider's secret leave the checkout to a later try`() async throws {
    let till = try await Till()
    var change = PaymentSettingsChange()
    change.secretKey = try Sealer(try SealingKeys(parsing: SealingKeys.newLine(named: .first).revealed))
      .seal(SecretText("sk"), of: till.engine.tenant, for: .stripeKey)
    _ = try await till.engine.submit(ChangePaymentSettings(change))
    try await till.checkOut()
    try await till.work()
    #expect(try await till.payment().state == .starting)
    #expect(try await till.due().first?.reason?.contains("sealed for something else") == true)
    await till.engine.stop()
  }
}
