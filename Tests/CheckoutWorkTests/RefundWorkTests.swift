import Ledger
import Payments
import Promotions
import Scrip
import TestSupport
import Testing

@testable import CheckoutWork

@Suite struct RefundWorkTests {
  @Test(arguments: [Int64(1), 400, 899, 900])
  func `what somebody has given back at the provider by hand counts, and no more than was paid goes back`(
    amount: Int64
  ) async throws {
    let till = try await Till()
    try await till.pay()
    try till.provider.giveBack(amount, of: try await till.payment().intent)
    _ = try await till.engine.submit(CancelOrder(orderID: "o-1"))
    try await till.work()
    #expect(try await till.payment().refunded == 900)
    #expect(till.provider.refunds.map(\.amount.minorUnits).reduce(0, +) == 900)
    #expect(try await till.due() == [])
    let facts = try await till.engine.facts()
    #expect(facts.compactMap { ($0 as? RefundCompleted)?.byHand } == [amount])
    await till.engine.stop()
  }

  @Test func `a refund beside one by hand whose answer was lost is found by its label`() async throws {
    let till = try await Till()
    try await till.pay()
    try till.provider.giveBack(400, of: try await till.payment().intent)
    till.provider.fail(.refund, .lost)
    _ = try await till.engine.submit(CancelOrder(orderID: "o-1"))
    try await till.work()
    #expect(try await till.payment().refunded == 0)
    try await till.work(after: 10)
    #expect(try await till.payment().refunded == 900)
    #expect(till.provider.refunds.map(\.amount.minorUnits).sorted() == [400, 500])
    await till.engine.stop()
  }

  @Test func `a refund that fails days later is asked for again once a message or a look tells`() async throws
  {
    let till = try await Till()
    try await till.pay()
    _ = try await till.engine.submit(RefundOrder(orderID: "o-1", .rest))
    try await till.work()
    let payment = try await till.payment()
    #expect(payment.refunded == 900)
    let object = #"{"object":"refund","id":"re_1","metadata":{"scrip_refund":"\#(payment.id):1"}}"#
    // A message about a refund that stands changes nothing.
    try await till.hear(object)
    #expect(try await till.payment().refunded == 900)
    till.provider.moveRefunds(to: .failed)
    till.clock.advance(seconds: 5 * 86_400)
    try await till.hear(object)
    // While it is asked for again nobody can tell: the message is to come once more.
    await #expect(throws: PaymentDesk.Refusal.self) { try await till.hear(object) }
    #expect(try await till.payment().refunded == 0)
    try await till.work()
    #expect(try await till.payment().refunded == 900)
    #expect(till.provider.refunds.filter { $0.status == .succeeded }.count == 1)
    // The first one stays failed, and is known.
    try await till.desk.lookAtRefunds(of: try await till.payment(), tenant: till.engine.tenant)
    #expect(try await till.payment().refunded == 900)
    till.provider.moveRefunds(to: .failed)
    try await till.desk.lookAtRefunds(of: try await till.payment(), tenant: till.engine.tenant)
    #expect(try await till.payment().refunded == 0)
    let failures = try await till.engine.facts().filter { $0 is RefundFailed }
    #expect(failures.count == 2)
    await till.engine.stop()
  }

  @Test func `a refund by hand that stood for ours and then fails is asked for, once`() async throws {
    let till = try await Till()
    try await till.pay()
    try till.provider.giveBack(900, of: try await till.payment().intent)
    _ = try await till.engine.submit(CancelOrder(orderID: "o-1"))
    try await till.work()
    #expect(try await till.payment().refunded == 900)
    till.provider.moveRefunds(to: .failed)
    for _ in 0..<3 {
      try await till.desk.lookAtRefunds(of: try await till.payment(), tenant: till.engine.tenant)
    }
    #expect(try await till.payment().refunded == 0)
    try await till.work()
    #expect(try await till.payment().refunded == 900)
    #expect(till.provider.refunds.filter { $0.status == .succeeded }.map(\.amount.minorUnits) == [900])
    await till.engine.stop()
  }

  @Test func `a failed refund that somebody has made up for by hand is not asked for again`() async throws {
    let till = try await Till()
    try await till.pay()
    _ = try await till.engine.submit(CancelOrder(orderID: "o-1"))
    try await till.work()
    till.provider.moveRefunds(to: .failed)
    try till.provider.giveBack(900, of: try await till.payment().intent)
    for _ in 0..<3 {
      try await till.desk.lookAtRefunds(of: try await till.payment(), tenant: till.engine.tenant)
    }
    #expect(try await till.payment().refunded == 900)
    #expect(try await till.engine.facts().filter { $0 is RefundFailed }.isEmpty)
    await till.engine.stop()
  }

  @Test func `a refund by hand between looking and asking holds ours up no longer than a try`() async throws {
    let till = try await Till()
    try await till.pay()
    till.provider.fail(.refund, .refused(.ours))
    _ = try await till.engine.submit(CancelOrder(orderID: "o-1"))
    try await till.work()
    try till.provider.giveBack(300, of: try await till.payment().intent)
    try await till.work(after: 5)
    #expect(try await till.payment().refunded == 900)
    #expect(till.provider.refunds.map(\.amount.minorUnits).sorted() == [300, 600])
    #expect(Set(till.provider.keys.filter { $0.contains(":refund:") }).count == 2)
    await till.engine.stop()
  }

  @Test func `only a payment of which the provider says nothing usable is settled by hand`() async throws {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    let payment = try await till.payment()
    func settle(_ isPaid: Bool) async throws {
      try await till.desk.prepareSettlement(
        of: try await till.payment(), isPaid: isPaid, tenant: till.engine.tenant)
    }
    for isPaid in [true, false] {
      await #expect(throws: PaymentDesk.Unsettled.self) { try await settle(isPaid) }
    }
    till.provider.move(payment.intent, to: .succeeded, amount: 500)
    try await settle(true)
    try await settle(false)
    till.provider.fail(.fetch, .refused(.retriable(after: nil)))
    await #expect(throws: PaymentDesk.Unsettled.self) { try await settle(true) }
    await till.engine.stop()
  }

  @Test func `an intent of another amount is given up before its payment is settled as unpaid`() async throws
  {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.change(try await till.payment().intent, to: 1)
    func settle(_ isPaid: Bool) async throws {
      try await till.desk.prepareSettlement(
        of: try await till.payment(), isPaid: isPaid, tenant: till.engine.tenant)
    }
    await #expect(throws: PaymentDesk.Unsettled.self) { try await settle(true) }
    try await settle(false)
    #expect(till.provider.intents.map(\.status) == [.canceled])
    await till.engine.stop()
  }

  @Test func `a message about a refund comes again while another refund is under way`() async throws {
    let till = try await Till()
    try await till.pay(quantity: 2)
    for status in [PaymentRefund.Status.succeeded, .pending] {
      till.provider.setRefunds(status)
      _ = try await till.engine.submit(
        RefundOrder(orderID: "o-1", .parts(lines: [("l1", .count(1))], charges: [])))
      try await till.work()
    }
    let payment = try await till.payment()
    #expect(payment.refunded > 0 && payment.refunded < payment.refundDue)
    let object = #"{"object":"refund","id":"re_1","metadata":{"scrip_refund":"\#(payment.id):1"}}"#
    await #expect(throws: PaymentDesk.Refusal.self) { try await till.hear(object) }
    await till.engine.stop()
  }

  @Test func `an intent that is given up for a settlement is asked for under another key each time`()
    async throws
  {
    let till = try await Till()
    try await till.checkOut()
    try await till.work()
    till.provider.change(try await till.payment().intent, to: 1)
    till.provider.fail(.cancel, .refused(.unknownOutcome))
    for _ in 0..<2 {
      till.clock.advance(seconds: 1)
      _ = try? await till.desk.prepareSettlement(
        of: try await till.payment(), isPaid: false, tenant: till.engine.tenant)
    }
    #expect(Set(till.provider.keys.filter { $0.contains(":settle:") }).count == 2)
    #expect(till.provider.intents.map(\.status) == [.canceled])
    await till.engine.stop()
  }

  @Test func `a message about a refund comes again while the provider can't be asked`() async throws {
    let till = try await Till()
    try await till.pay()
    _ = try await till.engine.submit(RefundOrder(orderID: "o-1", .rest))
    try await till.work()
    let payment = try await till.payment()
    till.provider.fail(.refunds, .refused(.retriable(after: nil)))
    let object = #"{"object":"refund","id":"re_1","metadata":{"scrip_refund":"\#(payment.id):1"}}"#
    await #expect(throws: PaymentDesk.Refusal.self) { try await till.hear(object) }
    try await till.hear(object)
    await till.engine.stop()
  }
}
