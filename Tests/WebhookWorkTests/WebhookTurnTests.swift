import Scrip
import Testing

@testable import WebhookWork

@Suite struct WebhookTurnTests {
  @Test func `a turn that is told to stop waits for what is under way, and does nothing else meanwhile`()
    async
  {
    let turn = WebhookTurn()
    turn.begin(Identifier(1), on: .shared)
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
    turn.begin(Identifier(1), on: .shared)
    turn.begin(Identifier(2), on: .shared)
    turn.end(Identifier(1))
    #expect(await turn.rest() && turn.busy == [Identifier(2)])
    turn.end(Identifier(2))
    #expect(await turn.rest())
    #expect(await !turn.rest())
  }
}
