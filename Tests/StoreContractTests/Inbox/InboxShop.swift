import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A shop whose own messages tell of its orders.
struct InboxShop {
  let shop: OrderShop
  let coupon: Coupon.ID
  private let worker: DueWorker<WorkingSet>

  init(_ kind: StoreUnderTest, _ terms: CouponTerms = .percent(restoreOn: [.canceled, .fullyRefunded]))
    async throws
  {
    shop = try await OrderShop(kind)
    coupon = try await shop.engine.coupon(terms, .of("TEN"), .of("OTHER"))
    let committer = shop.engine.engine.committer
    worker = DueWorker(
      store: shop.opened.store, handlers: [SettleInboxOrder.handler],
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
  }

  var engine: EngineUnderTest { shop.engine }

  /// Has a message taken.
  @discardableResult
  func take(_ message: Sent, _ order: OrderID = "o-1", replay: Bool = false) async throws -> InboxOutcome {
    let action = message.action(order, replay: replay)
    guard case .ok(.entity(let entity)) = try await engine.submit(action).answer,
      let outcome = entity.value as? InboxOutcome
    else { throw NotAnswered() }
    return outcome
  }

  struct NotAnswered: Error {}

  /// Does the work that is due.
  func work() async throws { try await worker.runDue() }

  /// Lets time pass, second by second at first, and does the work that is due.
  func wait(_ seconds: Int64) async throws {
    shop.advance(seconds)
    try await work()
  }

  /// What is kept of a message.
  func kept(_ message: Sent, _ order: OrderID = "o-1") async throws -> InboxMessageRow? {
    try await engine.engine.row(InboxMessageRow.self, Owned(engine.tenant, message.id(order)))
  }

  /// How the order's coupons stand: the counts of the coupon, and what the order holds.
  func standing(_ order: OrderID = "o-1") async throws -> String {
    let uses = try await engine.uses(coupon)
    let held = try await engine.application(order).flatMap { $0.state == .released ? nil : $0.state.rawValue }
    return "\(held ?? "nothing"), \(uses.locked) locked, \(uses.redeemed) redeemed"
  }

  func end() async {
    await worker.shutDown()
    await shop.end()
  }
}

/// A message of a shop's.
enum Sent: String, CaseIterable, Hashable {
  case started, created, createdOther, failed, startedAgain, paid, cancelled, refunded, partlyRefunded

  var topic: InboxTopic {
    switch self {
    case .started, .startedAgain: .checkoutStarted
    case .failed: .checkoutFailed
    case .created, .createdOther: .orderCreated
    case .paid: .orderPaid
    case .cancelled: .orderCancelled
    case .refunded, .partlyRefunded: .orderRefunded
    }
  }

  private var told: InboxTold {
    switch self {
    case .started, .startedAgain, .created:
      .order(codes: ["TEN"], customer: Customer(userID: "u-1"), cart: OrderShop.cart)
    case .createdOther: .order(codes: ["OTHER"], customer: Customer(userID: "u-1"), cart: OrderShop.cart)
    case .failed: .failed
    case .paid: .paid(saysNoCodes: false)
    case .cancelled: .cancelled
    case .refunded: .refunded(.everything)
    case .partlyRefunded: .refunded(.amount(100))
    }
  }

  private func envelope(_ order: OrderID) -> InboxEnvelope {
    InboxEnvelope(source: "shop", id: InboxEnvelope.Attribute("\(order)/\(rawValue)"), time: time)
  }

  /// When it was sent, in the order of the shop's own doings.
  private var time: Instant? {
    isTimed ? noon.adding(seconds: Int64(Sent.allCases.firstIndex(of: self) ?? 0)) : nil
  }

  /// Whether messages say when they were sent.
  @TaskLocal static var areTimed = true
  private var isTimed: Bool { Sent.areTimed }

  func id(_ order: OrderID) -> Identifier<InboxMessage> { InboxMessageRow.id(envelope(order)) }

  func action(_ order: OrderID, replay: Bool) -> TakeMessage {
    TakeMessage(
      envelope(order), type: InboxMessageRow.Text(topic.rawValue), topic, of: order, told,
      body: Array("{}".utf8), isReplay: replay)
  }
}

/// Every order of some elements.
func permutations<Element>(_ elements: [Element]) -> [[Element]] {
  if elements.count < 2 { return [elements] }
  return elements.indices.flatMap { index in
    var rest = elements
    let first = rest.remove(at: index)
    return permutations(rest).map { [first] + $0 }
  }
}
