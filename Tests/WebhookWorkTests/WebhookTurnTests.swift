import Promotions
import Scrip
import Testing

@testable import WebhookWork

@Suite struct WebhookTurnTests {
  private func message(_ number: UInt128, _ origin: WebhookDelivery.Origin = .event) -> WebhookDelivery {
    WebhookDelivery(
      id: Identifier(number), webhookID: Identifier(1), position: Int64(number), eventID: "coupon_x/1",
      type: "CouponRedeemed", origin: origin, createdAt: Instant(clamping: 0))
  }

  @Test func `a turn that is told to stop waits for what is under way, and does nothing else meanwhile`()
    async
  {
    let turn = WebhookTurn()
    turn.begin(message(1), on: .shared)
    let waiting = Task {
      var rests = 0
      while await turn.rest() { rests += 1 }
      return rests
    }
    waiting.cancel()
    try? await Task.sleep(for: .milliseconds(600))
    turn.end(Identifier(1))
    // One for each quarter of a second, and one for the end.
    #expect(await waiting.value <= 8)
  }

  @Test func `a place that is free again is noticed at once`() async {
    let turn = WebhookTurn()
    turn.begin(message(1), on: .shared)
    turn.begin(message(2), on: .shared)
    turn.end(Identifier(1))
    #expect(await turn.rest() && turn.busy == [Identifier(2)])
    turn.end(Identifier(2))
    #expect(await turn.rest())
    #expect(await !turn.rest())
  }

  @Test func `new events and those that are sent once more have their turns`() {
    let events = (1...3).map { message(UInt128($0)) }
    let replays = (11...12).map { message(UInt128($0), .replay) }
    func chosen(after last: WebhookDelivery.Origin, most: Int) -> [UInt128] {
      WebhookWork.inTurns(events, replays, after: last, most: most).map { UInt128($0.position) }
    }
    #expect(chosen(after: .replay, most: 8) == [1, 11, 2, 12, 3])
    #expect(chosen(after: .event, most: 2) == [11, 1])
    #expect(chosen(after: .replay, most: 1) == [1])
    #expect(WebhookWork.inTurns([], replays, after: .replay, most: 8) == replays)
  }
}
