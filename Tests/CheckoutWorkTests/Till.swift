import Digest
import Ledger
import Payments
import Promotions
import Scrip
import TestSupport
import Testing

@testable import CheckoutWork

/// A shop whose orders are paid through a double of a provider, with a worker that does what is due when it is told to.
struct Till {
  let clock = ManualClock()
  let engine: EngineUnderTest
  let provider = ProviderDouble()
  let worker: DueWorker<WorkingSet>
  let sealer: Sealer
  let desk: PaymentDesk

  init(
    capture: PaymentCapture = .automatic, keys: String = SealingKeys.newLine(named: .first).revealed
  ) async throws {
    let clock = clock
    engine = try await EngineUnderTest(store: InMemoryStore(clock: { clock.now }), clock: clock)
    sealer = Sealer(try SealingKeys(parsing: keys))
    let provider = provider
    let providers = Providers(
      engine: engine.engine, sealer: sealer, stripeAddress: "http://127.0.0.1:1", make: { _ in provider })
    let work = PaymentWork(engine: engine.engine, providers: providers, sealer: sealer)
    let committer = engine.engine.committer
    worker = DueWorker(
      store: engine.engine.store, handlers: work.handlers, chance: { 0.5 },
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    desk = PaymentDesk(engine: engine.engine, sealer: sealer, providers: providers, worker: worker)
    var change = PaymentSettingsChange()
    change.service = .stripe
    change.capture = capture
    change.secretKey = try sealer.seal(SecretText("sk_test_1"), of: engine.tenant, for: .stripeKey)
    change.webhookSecrets = [
      try sealer.seal(Self.webhookSecret, of: engine.tenant, for: .stripeWebhook)
    ]
    _ = try await engine.submit(ChangePaymentSettings(change))
    _ = try await engine.coupon(.percent(10), .of("TEN"))
  }

  static let webhookSecret = SecretText("whsec_1")

  /// The provider sends a message about an object.
  func hear(_ object: String) async throws {
    let body = #"{"object":"event","type":"refund.failed","data":{"object":\#(object)}}"#
    let moment = clock.now.microseconds / 1_000_000
    let code = HMACSHA256.authenticationCode(
      for: Array("\(moment).\(body)".utf8), key: Self.webhookSecret.bytes)
    let signature = code.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    try await desk.receive(
      signature: "t=\(moment),v1=\(signature)", body: Array(body.utf8), tenant: engine.tenant)
  }

  /// An order that was paid.
  func pay(quantity: Int64 = 1) async throws {
    try await checkOut(quantity: quantity)
    try await work()
    provider.move(try await payment().intent, to: .succeeded)
    try await work(after: 10)
    #expect(try await order().state == .paid)
  }

  /// Makes an order and checks it out.
  func checkOut(_ id: OrderID = "o-1", quantity: Int64 = 1) async throws {
    var line = Cart.of(1000)
    line.lines[0].quantity = quantity
    line.pricesIncludeTax = false
    _ = try await engine.submit(
      CreateOrder(orderID: id, codes: ["TEN"], customer: Customer(userID: "u-1"), cart: line))
    _ = try await engine.submit(CheckOutOrder(orderID: id))
  }

  func order(_ id: OrderID = "o-1") async throws -> Order {
    try #require(try await engine.engine.keptOrder(id, tenant: engine.tenant)).order
  }

  func payment(_ id: OrderID = "o-1") async throws -> Payment {
    let payment = try #require(try await order(id).paymentID)
    return try #require(try await engine.engine.row(PaymentRow.self, Owned(engine.tenant, payment))).payment
  }

  /// What waits to be done, and what it failed with.
  func due() async throws -> [DueEntry] {
    try engine.engine.store.find(DueWorkOfTenant(tenant: engine.tenant, limit: 99))
  }

  /// Does what is due after some seconds.
  func work(after seconds: Int64 = 0) async throws {
    clock.advance(seconds: seconds)
    try await worker.runDue()
  }
}

extension SealingKeyID {
  static let first: SealingKeyID = {
    guard let id = SealingKeyID("first") else { preconditionFailure("it is a name") }
    return id
  }()
}
