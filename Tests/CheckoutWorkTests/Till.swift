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
    var change = PaymentSettingsChange()
    change.service = .stripe
    change.capture = capture
    change.secretKey = try sealer.seal(SecretText("sk_test_1"), of: engine.tenant, for: .stripeKey)
    _ = try await engine.submit(ChangePaymentSettings(change))
    _ = try await engine.coupon(.percent(10), .of("TEN"))
  }

  /// Makes an order and checks it out.
  func checkOut(_ id: OrderID = "o-1") async throws {
    var line = Cart.of(1000)
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
