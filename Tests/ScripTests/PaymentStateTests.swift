import Scrip
import Testing

@Suite struct PaymentStateTests {
  /// Every state with all news that change it, and where they lead. Whatever is not here changes nothing.
  private static let table: [PaymentState: [PaymentNews: PaymentState]] = [
    .starting: [.begun: .open, .refused: .failed, .giveUp: .failed],
    .open: [
      .works: .processing, .setAside: .authorized, .taken: .succeeded, .letGo: .canceled,
      .giveUp: .cancelling,
    ],
    .processing: [
      .waits: .open, .setAside: .authorized, .taken: .succeeded, .letGo: .canceled, .giveUp: .cancelling,
    ],
    .authorized: [.capture: .capturing, .taken: .succeeded, .letGo: .canceled, .giveUp: .cancelling],
    .capturing: [.taken: .succeeded, .letGo: .canceled],
    .cancelling: [.taken: .succeeded, .letGo: .canceled],
    .succeeded: [:], .canceled: [:], .failed: [:],
  ]

  @Test func `news lead where the table says, and nowhere else`() throws {
    for state in PaymentState.allCases {
      let row = try #require(Self.table[state])
      for news in PaymentNews.allCases {
        #expect(state.after(news) == row[news], "\(state) \(news)")
      }
      #expect(state.isFinal == row.isEmpty)
    }
  }

  @Test func `what is final asks nothing of the provider, and nothing else does not`() {
    for state in PaymentState.allCases { #expect((state.action == .none) == state.isFinal, "\(state)") }
  }

  @Test func `from every state that is not final the provider's last word leads to an end`() {
    for state in PaymentState.allCases where !state.isFinal && state != .starting {
      #expect(state.after(.taken) == .succeeded && state.after(.letGo) == .canceled, "\(state)")
    }
    #expect(PaymentState.starting.after(.refused) == .failed)
  }

  /// An order's states while its payment is in each state that is not final.
  private static let orders: [PaymentState: [OrderState]] = [
    .starting: [.processing], .open: [.processing], .processing: [.processing], .authorized: [.authorized],
    .capturing: [.authorized], .cancelling: [.processing, .authorized],
  ]

  @Test func `an order can take every step that its payment asks for, whatever order news come in`() throws {
    for (state, orders) in Self.orders {
      for order in orders {
        for news in PaymentNews.allCases {
          guard let next = state.after(news) else { continue }
          for end in [nil, PaymentEnd.failed, .cancelled] {
            guard let step = next.orderStep(given: end, order: order) else { continue }
            let after = try order.after(step).state
            if next.isFinal {
              #expect(after == .paid || after == .failed || after == .cancelled, "\(state) \(news) \(order)")
              #expect((next == .succeeded) == (after == .paid))
            } else {
              #expect(Self.orders[next]?.contains(after) == true, "\(state) \(news) \(order)")
            }
          }
        }
      }
    }
  }
}
