import CommandLineClient
import Foundation
import JSON
import Synchronization

/// What `shopday play` does.
enum PlayVerb {
  @Sendable static func play(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let concurrency = try invocation.requiredInteger("concurrency", in: 1...1000)
    let prefix = RunPrefix(text: invocation["prefix"] ?? newPrefix())
    let day = try PlannedDay(folder: try invocation.operand(0, "FOLDER"), prefix: prefix)
    let client = try invocation.client(connectionsMax: concurrency)
    let pace = try Pace(invocation)
    let run = Run(
      day: day, client: client, concurrency: concurrency, pace: pace, journal: Journal(), console: console)
    let coupons = try await run.makeCoupons()
    let start = ContinuousClock.now
    await run.play()
    try await run.collectLatePayments(waits: try invocation.isOn("outlive-locks"))
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let check = try await InvariantCheck(client: client, coupons: coupons, concurrency: concurrency)
      .run(run.journal.all, console)
    let report = DayReport(
      prefix: prefix.text, entries: run.journal.all, check: check, checkouts: day.checkouts.count,
      seconds: seconds)
    console.print(try invocation.isOn("json") ? report.json.text : report.words(console))
    let faults = run.journal.all.faults.count + check.faults.count
    if faults > 0 { throw .checkFailed("The run does not add up: \(faults) faults.") }
  }

  private static func newPrefix() -> String {
    let alphabet = Array("ABCDEFGHJKMNPQRSTVWXYZ23456789")
    return "R" + String((0..<5).map { _ in alphabet[Int.random(in: alphabet.indices)] })
  }
}

/// How fast the day goes by.
struct Pace: Sendable {
  private let factor: Double?

  init(_ invocation: Invocation) throws(ToolError) {
    let text = try invocation.required("speed")
    guard let factor = text == "max" ? .infinity : Double(text), factor > 0 else {
      throw .usage("--speed must be max or a factor such as 100, not '\(text)'.")
    }
    self.factor = factor.isFinite ? factor : nil
  }

  /// Waits until a moment of the day, counted from the run's start at its first checkout.
  func wait(until milliseconds: Int, since start: ContinuousClock.Instant) async {
    guard let factor else { return }
    // Cut off only when the whole program ends.
    try? await Task.sleep(
      until: start + .milliseconds(Int(Double(milliseconds) / factor)), clock: .continuous)
  }
}

/// One run of a day.
private struct Run {
  let day: PlannedDay
  let client: ServiceClient
  let concurrency: Int
  let pace: Pace
  let journal: Journal
  let console: Console

  /// Makes the day's coupons and says their ids.
  func makeCoupons() async throws(ToolError) -> [String] {
    var ids: [String] = []
    for coupon in day.coupons {
      let made = try await client.command("/v1/coupons", body: coupon.body.bytes).document()
      guard let id = made.text("id") else { throw .failure("A new coupon came back without an id.") }
      ids.append(id)
      if coupon.state != "draft" { try await step(id, "activate") }
      if coupon.state == "disabled" { try await step(id, "disable") }
      if coupon.state == "over" { try await end(id) }
    }
    return ids
  }

  private func step(_ id: String, _ step: String) async throws(ToolError) {
    let body = JSONText.object(step == "disable" ? [("reason", .string("leaked"))] : [])
    _ = try await client.command("/v1/coupons/\(id)/\(step)", body: body.bytes)
  }

  /// Ends a coupon's window in the past: one that is over can't be activated.
  private func end(_ id: String) async throws(ToolError) {
    let body = JSONText.object([("ends_at", .string("2020-09-01T00:00:00Z"))])
    _ = try await client.call("PATCH", "/v1/coupons/\(id)", body: body.bytes)
  }

  /// Lets as many customers as may act at once go through the day in its order.
  func play() async {
    let player = CheckoutPlayer(client: client, journal: journal)
    let start = ContinuousClock.now
    let first = day.checkouts.first?.atMilliseconds ?? 0
    await forEachConcurrently(day.checkouts, "checkouts") { checkout in
      await pace.wait(until: checkout.atMilliseconds - first, since: start)
      await player.play(checkout)
    }
  }

  /// Those who pay last.
  func collectLatePayments(waits: Bool) async throws(ToolError) {
    let late = journal.all.late
    let player = CheckoutPlayer(client: client, journal: journal)
    if waits { try await outlive(late) }
    await forEachConcurrently(late, "late payments") { promise in
      await player.settle(promise, "redeem", .object([]), "redeemed")
    }
  }

  /// Shortens the late payers' locks to the shortest there are, and waits until these are over.
  private func outlive(_ late: [Journal.Acknowledged]) async throws(ToolError) {
    let shortest = 60
    for promise in late {
      let body = JSONText.object([("ttl_seconds", .integer(Int64(shortest)))])
      _ = try await client.command("/v1/applications/\(promise.applicationID)/extend", body: body.bytes)
    }
    console.say("waiting \(shortest + 1) s until \(late.count) locks are over")
    try? await Task.sleep(for: .seconds(shortest + 1))
  }

  private func forEachConcurrently<Element: Sendable>(
    _ elements: [Element], _ title: String, _ body: @escaping @Sendable (Element) async -> Void
  ) async {
    let work = WorkList(
      count: elements.count, progress: ProgressBar(title, total: elements.count, on: console))
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<concurrency {
        group.addTask {
          while let index = work.next() {
            await body(elements[index])
            work.done()
          }
        }
      }
    }
    work.finish()
  }
}

/// Hands out indices in order to whoever asks next.
final class WorkList: Sendable {
  private struct State {
    var next = 0
    var done = 0
    var progress: ProgressBar
  }

  private let count: Int
  private let state: Mutex<State>

  init(count: Int, progress: ProgressBar) {
    self.count = count
    state = Mutex(State(progress: progress))
  }

  func next() -> Int? {
    state.withLock { state in
      guard state.next < count else { return nil }
      state.next += 1
      return state.next - 1
    }
  }

  func done() {
    state.withLock { state in
      state.done += 1
      state.progress.advance(to: state.done)
    }
  }

  func finish() { state.withLock { $0.progress.finish($0.done) } }
}
