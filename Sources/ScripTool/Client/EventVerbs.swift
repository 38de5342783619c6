import CommandLineClient
import JSON

/// What `scrip events` does.
enum EventVerbs {
  private static let pageMax = 500

  @Sendable static func events(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let follows = try invocation.isOn("follow")
    let isJSON = try invocation.isOn("json")
    var after = try invocation.requiredInteger("after", in: 0...Int.max)
    var left = follows ? Int.max : try invocation.requiredInteger("limit", in: 1...Int.max)
    while left > 0 {
      let page = try await client.call(
        "GET", "/v1/events", query: [("after", String(after)), ("limit", String(min(left, pageMax)))]
      )
      let events = try (isJSON ? page.document() : page.printable())["data"]?.elements ?? []
      for event in events {
        console.print(isJSON ? JSONText(bytes: event.bytes).text : words(event, console))
        after = event.member(named: "position")?.int64().map(Int.init) ?? after
      }
      left -= events.count
      if !events.isEmpty { continue }
      if !follows { return }
      try await pause()
    }
  }

  private static func pause() async throws(ToolError) {
    do {
      try await Task.sleep(for: .milliseconds(500))
    } catch {
      throw .failure("The wait for events was cut off.")
    }
  }

  /// An event in one line.
  static func words(_ event: JSONNode, _ console: Console) -> String {
    [
      event.shown("position"), event.shown("at"), console.styled(event.shown("type"), .strong),
      event.text("coupon_id") ?? event.shown("stream"), event.shown("actor"),
    ].joined(separator: "  ")
  }
}
