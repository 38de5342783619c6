import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A shop that keeps its orders here.
struct OrderShop {
  let clock = TestClock()
  let opened: OpenedStore
  let engine: EngineUnderTest

  init(_ kind: StoreUnderTest) async throws {
    opened = try kind.makeFragile(at: clock)
    engine = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
  }

  func advance(_ seconds: Int64) { clock.now = clock.now.adding(seconds: seconds) }

  func end() async {
    await engine.stop()
    opened.discard()
  }

  /// Two lines, 3 × 10.00 and 1 × 20.00, and shipping of 5.00.
  static let cart = cart(("l1", "p1", 3, 1000), ("l2", "p2", 1, 2000), shipping: 500)

  static func cart(
    _ lines: (id: LineID, product: ProductID, quantity: Int64, price: Int64)..., shipping: Int64? = nil
  ) -> Cart {
    var cart = Cart.of(0, shipping: shipping)
    cart.lines = lines.map { line in
      guard let price = UnitPrice(minorUnits: line.price) else { preconditionFailure("a price fits") }
      return Cart.Line(id: line.id, productID: line.product, quantity: line.quantity, unitPrice: price)
    }
    return cart
  }

  /// Has an order made.
  func create(
    _ id: OrderID? = "o-1", codes: [String] = [], user: UserID? = "u-1", cart: Cart = cart,
    expected: Int64? = nil, seconds: Int64? = nil, allOrNothing: Bool = true, key: IdempotencyKey.Name? = nil
  ) async throws -> CommandOutcome {
    try await engine.submit(
      CreateOrder(
        orderID: id, codes: codes, customer: Customer(userID: user), cart: cart, expectedTotal: expected,
        lockSeconds: seconds, isAllOrNothing: allOrNothing), key: key)
  }

  /// Makes an order that stands somewhere.
  func order(_ state: OrderState, _ id: OrderID = "o-1", codes: [String] = [], cart: Cart = cart) async throws
  {
    #expect(try await create(id, codes: codes, cart: cart).answer.kind == .created)
    for step in state.way { #expect(try await take(step, id).answer.kind == .ok, "\(step)") }
    // What no step of today leads to.
    if state == .authorized {
      try opened.run(Damage("authorized", sqlite: "UPDATE shop_order SET state = 2"))
    }
    #expect(try await self.order(id)?.state == state)
  }

  /// Has a step taken.
  func take(_ step: Step, _ id: OrderID = "o-1") async throws -> CommandOutcome {
    try await engine.submit(step.action(id))
  }

  /// The order as it is.
  func order(_ id: OrderID = "o-1") async throws -> Order? {
    try await engine.engine.keptOrder(id, tenant: engine.tenant)?.order
  }

  /// The application of an order.
  func application(_ id: OrderID = "o-1") async throws -> DiscountApplication? {
    try await engine.application(id)
  }

  /// The names of the facts in an order's stream.
  func history(_ id: OrderID = "o-1") async throws -> [String] {
    try await opened.store.wholeLog().filter { $0.envelope.stream == .order(id) }.map(\.envelope.type)
  }

  /// The facts of one kind, oldest first.
  func facts<Wanted: Fact<WorkingSet>>(_ kind: Wanted.Type) async throws -> [Wanted] {
    try await opened.store.wholeLog().compactMap { try WorkingSet.understand($0).fact as? Wanted }
  }

  /// Folding the log gives the tables, the log is whole, and no more is in use than orders use.
  func check(_ comment: Comment? = nil) throws {
    guard let store = opened.store as? any RebuildableStore<WorkingSet> else { return }
    try check(store, comment)
  }

  private func check(_ store: some RebuildableStore<WorkingSet>, _ comment: Comment?) throws {
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [], comment)
    #expect(try AuditVerification(of: store).findings == [], comment)
  }
}

/// Each step that the API has.
enum Step: String, CaseIterable, Sendable {
  case change, checkOut, pay, fail, refundPart, refundRest, cancel

  func action(_ id: OrderID) -> any Action<WorkingSet> {
    switch self {
    case .change: ChangeOrder(orderID: id, metadata: ["note": "changed"])
    case .checkOut: CheckOutOrder(orderID: id)
    case .pay: PayOrder(orderID: id, reference: "bank-1")
    case .fail: FailOrder(orderID: id, reason: "declined")
    case .refundPart: RefundOrder(orderID: id, .parts(lines: [("l1", .count(1))], charges: []))
    case .refundRest: RefundOrder(orderID: id, .rest)
    case .cancel: CancelOrder(orderID: id, reason: "changed my mind")
    }
  }

  /// What the table of states calls it where an order stands.
  func step(from state: OrderState) -> OrderStep {
    switch self {
    case .change: .change
    case .checkOut: state == .failed ? .retry : .checkOut
    case .pay: state == .authorized ? .capture : .pay
    case .fail: .fail
    case .refundPart: .refundPart
    case .refundRest: .refundRest
    case .cancel: .cancel
    }
  }
}

extension OrderState {
  /// The steps that lead there.
  fileprivate var way: [Step] {
    switch self {
    case .pending: []
    case .processing, .authorized: [.checkOut]
    case .paid: [.checkOut, .pay]
    case .partlyRefunded: [.checkOut, .pay, .refundPart]
    case .refunded: [.checkOut, .pay, .refundRest]
    case .failed: [.checkOut, .fail]
    case .cancelled: [.cancel]
    }
  }
}

extension CommandOutcome {
  /// The refund that is told of.
  var refund: OrderRefund? {
    guard case .ok(.entity(let entity)) = answer else { return nil }
    return entity.value as? OrderRefund
  }

  /// The order that is shown.
  var order: Order? {
    switch answer {
    case .created(.entity(let entity)), .ok(.entity(let entity)): entity.value as? Order
    case .created, .ok, .refused: nil
    }
  }

  /// The sentence of a refusal.
  var detail: String? {
    guard case .refused(let refusal) = answer else { return nil }
    return refusal.detail
  }

  /// The codes of what stands in the way, each with its place.
  var items: [String] {
    guard case .refused(let refusal) = answer else { return [] }
    return refusal.items.map { "\($0.pointer) \($0.code)" }
  }
}

extension Order {
  /// The quote that says what it costs.
  var quote: Quote? { try? Quote(stored: content.quote) }

  /// The amounts: goods, shipping, discount, total.
  var amounts: [Int64] { [content.subtotal, content.shipping, content.discount, content.total] }
}

extension DiscountApplication {
  /// The quote that was agreed.
  var quote: Quote? { try? Quote(stored: snapshot.quote) }
}
