import Testing

@testable import Scrip

@Suite struct OrderStateTests {
  /// All that is allowed. Every other pair of state and step is refused.
  static let allowed: [OrderState: [OrderStep: OrderTransition]] = [
    .pending: [
      .change: OrderTransition(.pending, .price), .checkOut: OrderTransition(.processing, .takePayment),
      .checkOutFree: OrderTransition(.paid, .redeem), .cancel: OrderTransition(.cancelled, .release),
    ],
    .processing: [
      .authorize: OrderTransition(.authorized, .none), .pay: OrderTransition(.paid, .redeem),
      .fail: OrderTransition(.failed, .release),
    ],
    .authorized: [
      .capture: OrderTransition(.paid, .redeem), .fail: OrderTransition(.failed, .release),
      .cancel: OrderTransition(.cancelled, .voidAndRelease),
    ],
    .failed: [
      .retry: OrderTransition(.processing, .lockAndTakePayment), .cancel: OrderTransition(.cancelled, .none),
    ],
    .paid: [
      .refundPart: OrderTransition(.partlyRefunded, .refund),
      .refundRest: OrderTransition(.refunded, .refundAndRestore),
      .cancel: OrderTransition(.cancelled, .refundAndRestore),
      .amend: OrderTransition(.paid, .settleDifference),
    ],
    .partlyRefunded: [
      .refundPart: OrderTransition(.partlyRefunded, .refund),
      .refundRest: OrderTransition(.refunded, .refundAndRestore),
    ],
  ]

  static let reasons: [OrderState: String] = [
    .pending: "order_not_checked_out", .processing: "payment_processing", .authorized: "payment_authorized",
    .paid: "order_paid", .partlyRefunded: "order_partly_refunded", .refunded: "order_refunded",
    .failed: "payment_failed", .cancelled: "order_cancelled",
  ]

  @Test(arguments: OrderState.allCases, OrderStep.allCases)
  func `a step leads where the table says, or is refused by the name of what has happened`(
    state: OrderState, step: OrderStep
  ) throws {
    if let expected = Self.allowed[state]?[step] {
      #expect(try state.after(step) == expected)
      return
    }
    let refusal = #expect(throws: ForbiddenStep.self) { _ = try state.after(step) }
    #expect(refusal == ForbiddenStep(state, step))
    #expect(refusal?.reason.rawValue == Self.reasons[state])
  }

  @Test func `every state is reached from a pending order, and two are final`() {
    var reached: Set<OrderState> = [.pending]
    while true {
      let more = reached.union(reached.flatMap { state in Self.allowed[state]?.values.map(\.state) ?? [] })
      if more == reached { break }
      reached = more
    }
    #expect(reached == Set(OrderState.allCases))
    #expect(OrderState.allCases.filter(\.isFinal) == [.refunded, .cancelled])
  }

  /// Along every way of up to eight steps: what usages and money have come to at its end.
  @Test func `no way pays twice, keeps a lock, or leaves a paid order without its coupons`() {
    struct Purse: Hashable {
      var state = OrderState.pending
      var isLocked = true
      var isRedeemed = false
      var hasMoney = false
    }
    var purses: Set<Purse> = [Purse()]
    for _ in 0..<8 {
      var next = purses
      for purse in purses {
        for (step, transition) in Self.allowed[purse.state] ?? [:] {
          var after = purse
          after.state = transition.state
          switch transition.action {
          case .none, .price, .takePayment, .refund, .settleDifference: break
          case .lockAndTakePayment:
            #expect(!purse.isLocked)
            after.isLocked = true
          case .redeem:
            #expect(purse.isLocked && !purse.hasMoney, "\(purse) \(step)")
            (after.isLocked, after.isRedeemed, after.hasMoney) = (false, true, true)
          case .release, .voidAndRelease:
            #expect(purse.isLocked && !purse.hasMoney, "\(purse) \(step)")
            after.isLocked = false
          case .refundAndRestore:
            #expect(purse.hasMoney)
            after.hasMoney = false
          }
          next.insert(after)
        }
      }
      purses = next
    }
    for purse in purses {
      #expect(purse.state.isPaid == purse.hasMoney, "\(purse)")
      #expect([.pending, .processing, .authorized].contains(purse.state) == purse.isLocked, "\(purse)")
      if purse.hasMoney { #expect(purse.isRedeemed) }
    }
  }
}
