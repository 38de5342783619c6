import CommandLineClient
import JSON

/// Asks the service about everything that it has acknowledged, and whether its own figures agree with that.
struct InvariantCheck: Sendable {
  /// What the service's own figures come to, and what is wrong with them.
  struct Result: Sendable {
    var applications = 0
    var discount: [String: Int64] = [:]
    var faults: [String] = []
  }

  /// What the applications of a coupon come to, one by one.
  private struct Tally: Sendable {
    var uses: [String: Int64] = [:]
    var discount: [String: Int64] = [:]
    /// Live uses by who bought, and by code.
    var perUser: [String: Int64] = [:]
    var perCode: [String: Int64] = [:]
  }

  let client: ServiceClient
  let coupons: [String]
  let concurrency: Int

  /// Checks, and says what is wrong.
  func run(_ entries: Journal.Entries, _ console: Console) async throws(ToolError) -> Result {
    var result = Result()
    let found = await read(entries.acknowledged, console)
    var tallies: [String: Tally] = [:]
    var orders: Set<String> = []
    for (promise, answer) in zip(entries.acknowledged, found) {
      guard let application = answer.flatMap({ $0.status == 200 ? try? $0.document() : nil }) else {
        result.faults.append(
          "\(promise.applicationID) of order \(promise.orderID) was acknowledged and is not there")
        continue
      }
      result.applications += 1
      check(application, against: promise, &result)
      if orders.insert(promise.applicationID).inserted { tally(application, of: promise.userID, &tallies) }
    }
    for id in coupons { try await check(coupon: id, tallies[id] ?? Tally(), entries.unanswered > 0, &result) }
    return result
  }

  private func read(
    _ promises: [Journal.Acknowledged], _ console: Console
  ) async -> [ServiceClient.Reply?] {
    let work = WorkList(
      count: promises.count, progress: ProgressBar("checking", total: promises.count, on: console))
    let found = await withTaskGroup(of: [Int: ServiceClient.Reply].self) { group in
      for _ in 0..<concurrency {
        group.addTask {
          var answers: [Int: ServiceClient.Reply] = [:]
          while let index = work.next() {
            let path = "/v1/applications/\(promises[index].applicationID)"
            answers[index] = try? await client.exchange("GET", path)
            work.done()
          }
          return answers
        }
      }
      return await group.reduce(into: [:]) { all, part in all.merge(part) { first, _ in first } }
    }
    work.finish()
    return promises.indices.map { found[$0] }
  }

  private func check(_ application: JSONNode, against promise: Journal.Acknowledged, _ result: inout Result) {
    let state = application.shown("state")
    // A lock that nobody paid for may have run out by now, which is what was promised, too.
    let hasRunOut = promise.state == "locked" && state == "released"
    if state != promise.state, !hasRunOut {
      result.faults.append("\(promise.applicationID) was acknowledged as \(promise.state) and is \(state)")
    }
    let sum = (application["usages"]?.elements ?? []).reduce(0) { $0 + ($1["amount"]?.int64() ?? 0) }
    if sum != application["discount"]?.int64() {
      result.faults.append("the usages of \(promise.applicationID) come to \(sum), not to its discount")
    }
    if state != "released" {
      result.discount[application.shown("currency"), default: 0] += application["discount"]?.int64() ?? 0
    }
  }

  private func tally(_ application: JSONNode, of userID: String?, _ tallies: inout [String: Tally]) {
    for usage in application["usages"]?.elements ?? [] {
      let coupon = usage.shown("coupon_id")
      let state = usage.shown("state")
      tallies[coupon, default: Tally()].uses[state, default: 0] += 1
      if state != "released" {
        if let userID { tallies[coupon]?.perUser[userID, default: 0] += 1 }
        tallies[coupon]?.perCode[usage.shown("code"), default: 0] += 1
        tallies[coupon]?.discount[application.shown("currency"), default: 0] += usage["amount"]?.int64() ?? 0
      }
    }
  }

  private func check(
    coupon id: String, _ tally: Tally, _ hasUnknowns: Bool, _ result: inout Result
  ) async throws(ToolError) {
    let coupon = try await client.call("GET", "/v1/coupons/\(id)").document()
    let stats = try await client.call("GET", "/v1/coupons/\(id)/stats").document()
    let name = coupon.shown("name")
    let live = ["locked", "redeemed"].reduce(0) { $0 + (coupon["usage"]?.member(named: $1)?.int64() ?? 0) }
    if let limit = coupon["limits"]?["total"]?.int64(), live > limit {
      result.faults.append("'\(name)' was used \(live) times of \(limit)")
    }
    for (flag, uses) in [("per_user", tally.perUser), ("per_code", tally.perCode)] {
      guard let limit = coupon["limits"]?.member(named: flag)?.int64() else { continue }
      for (name, count) in uses where count > limit {
        result.faults.append(
          "'\(coupon.shown("name"))' was used \(count) times by \(name), \(flag) is \(limit)")
      }
    }
    for entry in stats["per_currency"]?.elements ?? [] {
      let currency = entry.shown("currency")
      let spent = entry["discount"]?.int64() ?? 0
      if let budget = coupon["limits"]?["budget"]?.member(named: currency)?.int64(), spent > budget {
        result.faults.append(
          "'\(name)' gave \(shownMoney(spent, currency)) of \(shownMoney(budget, currency))")
      }
      // What got no answer may count in the service and not here.
      if spent != tally.discount[currency] ?? 0, !hasUnknowns || spent < tally.discount[currency] ?? 0 {
        result.faults.append(
          "'\(name)' gave \(shownMoney(spent, currency)) by its statistics, "
            + "\(shownMoney(tally.discount[currency] ?? 0, currency)) by its applications")
      }
    }
    for state in ["locked", "redeemed"] {
      let counted = coupon["usage"]?.member(named: state)?.int64() ?? 0
      let summed = stats["uses"]?.member(named: state)?.int64() ?? 0
      let seen = tally.uses[state] ?? 0
      if counted != summed || (seen != counted && (!hasUnknowns || seen > counted)) {
        result.faults.append(
          "'\(name)' has \(counted) \(state) uses by its counter, \(summed) by its statistics, \(seen) by its applications"
        )
      }
    }
  }
}
