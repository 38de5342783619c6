import CommandLineClient
import FraudReplay
import SampleShop
import Scrip

extension Verb {
  /// What tries rules out, without a service.
  static let replaying: [Verb] = [
    Verb(
      "replay", [], "play made-up attacks and honest crowds against the fraud rules, and tell who is stopped",
      details: """
        Three weeks of a shop are made up from a seed, with attackers among its honest buyers, and judged as the \
        service would judge them. Nothing is read, written or sent. The same seed gives the same figures. \
        docs/fraud-patterns.md tells what they mean.
        """,
      flags: [
        .value("seed", "N", usual: "1", "Where the chances come from."),
        .value("seeds", "N", usual: "1", "How many seeds are played, one after the other, and summed up."),
        .value(
          "attack", "NAME", repeats: true,
          "Only this attack: \(ShopAttack.allCases.map(\.rawValue).joined(separator: ", "))."
        ),
        .value(
          "points", "RULE=N", repeats: true,
          "How many points a rule brings, in place of the usual ones."),
        .value("block", "SCORE", "From which score on an attempt is blocked, in place of the usual one."),
        .value(
          "checkouts", "N", usual: "800",
          "How many honest checkouts a usual day has; sale and newsletter grow with it."),
        .option("never-disable", "Let no coupon be disabled, however leaked it looks."),
        .toggle("json", "Print JSON for machines instead of tables for people."),
      ], run: ReplayVerb.replay)
  ]
}

/// What `scrip replay` does.
enum ReplayVerb {
  @Sendable static func replay(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let first = try invocation.requiredInteger("seed", in: 0...1_000_000_000)
    let count = try invocation.requiredInteger("seeds", in: 1...10_000)
    let checkouts = try invocation.requiredInteger("checkouts", in: 10...100_000)
    let (attacks, policy) = (try attacks(invocation), try policy(invocation))
    var summary = ReplaySummary()
    var progress = ProgressBar("seeds", total: count, on: console)
    for number in 0..<count {
      let scenario = FraudScenario(
        seed: UInt64(first + number), attacks: attacks, checkoutsADay: checkouts)
      summary.add(FraudReplay(scenario, policy: policy))
      progress.advance(to: number + 1)
    }
    progress.finish(count)
    console.print(try invocation.isOn("json") ? summary.json.text : summary.text)
  }

  static func attacks(_ invocation: Invocation) throws(ToolError) -> Set<ShopAttack> {
    var attacks: Set<ShopAttack> = []
    for name in invocation.all("attack") {
      guard let attack = ShopAttack(rawValue: name) else {
        throw .usage("--attack must be one of \(ShopAttack.allCases.map(\.rawValue)), not '\(name)'.")
      }
      attacks.insert(attack)
    }
    return attacks.isEmpty ? Set(ShopAttack.allCases) : attacks
  }

  /// The usual policy, switched on, with what the command line says.
  static func policy(_ invocation: Invocation) throws(ToolError) -> FraudPolicy {
    var policy = FraudPolicy(mode: .on)
    if let block = try invocation.integer("block", in: 1...100) { policy.thresholds.block = block }
    if try invocation.isOn("never-disable") { policy.leak.disable = nil }
    for text in invocation.all("points") {
      let parts = text.split(separator: "=", omittingEmptySubsequences: false)
      let rule = parts.first.flatMap { name in FraudRules.all.first { $0.name.text == name } }
      guard parts.count == 2, let rule, let points = Int(parts[1]), (0...100).contains(points) else {
        throw .usage(
          "--points must be like guessed_codes=60, with 0 to 100 points and one of these rules: "
            + FraudRules.all.map { $0.name.text }.joined(separator: ", ") + ". '\(text)' is not.")
      }
      policy.points[rule.name] = points
    }
    return policy
  }
}
