import CommandLineClient
import FraudReplay
import JSON
import SampleShop
import Scrip

extension ReplaySummary {
  /// The figures for people.
  var text: String {
    [attackTable, crowdTable, blame].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// The rows that there are: each attack in all, and by how much care it took if there is more than one kind of it.
  var rows: [(key: Key, attack: Attack)] {
    ShopAttack.allCases.flatMap { attack -> [(key: Key, attack: Attack)] in
      let manners = ShopAttackManner.allCases.map { Key(attack, $0) }.filter { attacks[$0] != nil }
      let keys = manners.count == 1 ? manners : [Key(attack)] + manners
      return keys.compactMap { key in attacks[key].map { (key, $0) } }
    }
  }

  private var attackTable: String {
    var table = Table(
      "attack", "care", ">runs", ">attempts", ">wanted", ">got", ">stopped", ">after 1 min", ">aim reached",
      ">worst", ">flagged", ">challenged", ">alerted", ">stopped after")
    for (key, attack) in rows {
      let sum = attack.sum
      table.add(
        key.attack.rawValue, key.manner?.rawValue ?? "all", "\(attack.runs.count)", "\(sum.attempts)",
        money(sum.wanted), money(sum.got), percent(sum.stopped), percent(sum.stoppedLater),
        "\(attack.reaching)",
        attack.worst.map { "\(percent($0.figures.stoppedLater)) (\($0.seed))" } ?? "-",
        span(attack.half(\.flaggedAfter)), span(attack.half(\.challengedAfter)),
        span(attack.half(\.alertedAfter)), span(attack.half(\.stoppedAfter)))
    }
    return table.isEmpty ? "" : table.text
  }

  private var crowdTable: String {
    var table = Table(
      "honest buyers", ">checkouts", ">flagged", ">challenged", ">blocked", ">share", ">without coupon")
    for crowd in ShopCrowd.allCases { crowds[crowd].map { add($0, crowd.rawValue, to: &table) } }
    add(honest, "all", to: &table)
    let worst = worstShare.map { "\nWorst seed: \($0.seed), \(thousandths($0.share)) blocked." } ?? ""
    return table.text + worst
  }

  private func add(_ figures: CrowdFigures, _ name: String, to table: inout Table) {
    table.add(
      name, "\(figures.checkouts)", "\(figures.flagged)", "\(figures.challenged)", "\(figures.blocked)",
      thousandths(figures.blockedShare), "\(figures.withoutCoupon)")
  }

  private var blame: String {
    if blaming.isEmpty { return "" }
    let rules = blaming.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    return "Honest checkouts blocked, by the rule that counted most: "
      + rules.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + "."
  }

  private func money(_ minorUnits: Int64) -> String {
    let cents = minorUnits % 100
    return "\(minorUnits / 100).\(cents < 10 ? "0" : "")\(cents)"
  }

  private func percent(_ share: Int64) -> String { money(share) + " %" }

  private func thousandths(_ share: Int64) -> String {
    let digits = String(share % 1000)
    return "\(share / 1000)." + String(repeating: "0", count: 3 - digits.utf8.count) + digits + " %"
  }

  private func span(_ seconds: Int64?) -> String {
    guard let seconds else { return "never" }
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\(seconds / 60) min" }
    return seconds < 172_800 ? "\(seconds / 3600) h" : "\(seconds / 86_400) d"
  }
}

extension ReplaySummary {
  /// The figures for machines: money in minor units, shares in hundredths of a per cent, spans in seconds.
  var json: JSONText {
    .object([
      ("seeds", .integer(Int64(seeds))),
      ("attacks", .array(rows.map { json(of: $0.key, $0.attack) })),
      (
        "crowds",
        .array(ShopCrowd.allCases.compactMap { crowd in crowds[crowd].map { json(of: $0, crowd.rawValue) } })
      ),
      ("honest", json(of: honest, "all")),
      (
        "blocked_by_rule",
        .object(blaming.sorted { $0.key < $1.key }.map { ($0.key.text, .integer(Int64($0.value))) })
      ),
    ])
  }

  private func json(of key: Key, _ attack: Attack) -> JSONText {
    let sum = attack.sum
    func seconds(_ moment: KeyPath<AttackFigures, Int64?>) -> JSONText {
      attack.half(moment).map(JSONText.integer) ?? .null
    }
    return .object([
      ("attack", .string(key.attack.rawValue)), ("care", key.manner.map { .string($0.rawValue) } ?? .null),
      ("runs", .integer(Int64(attack.runs.count))), ("attempts", .integer(Int64(sum.attempts))),
      ("blocked", .integer(Int64(sum.blocked))), ("wanted", .integer(sum.wanted)),
      ("got", .integer(sum.got)), ("wanted_after_minute", .integer(sum.wantedLater)),
      ("got_after_minute", .integer(sum.gotLater)), ("stopped", .integer(sum.stopped)),
      ("stopped_after_minute", .integer(sum.stoppedLater)), ("aim_reached", .integer(Int64(attack.reaching))),
      ("worst", attack.worst.map { .integer($0.figures.stoppedLater) } ?? .null),
      ("worst_seed", attack.worst.map { .integer(Int64($0.seed)) } ?? .null),
      ("flagged_after", seconds(\.flaggedAfter)), ("challenged_after", seconds(\.challengedAfter)),
      ("blocked_after", seconds(\.blockedAfter)), ("alerted_after", seconds(\.alertedAfter)),
      ("disabled_after", seconds(\.disabledAfter)), ("stopped_after", seconds(\.stoppedAfter)),
    ])
  }

  private func json(of figures: CrowdFigures, _ name: String) -> JSONText {
    .object([
      ("crowd", .string(name)), ("checkouts", .integer(Int64(figures.checkouts))),
      ("flagged", .integer(Int64(figures.flagged))), ("challenged", .integer(Int64(figures.challenged))),
      ("blocked", .integer(Int64(figures.blocked))),
      ("without_coupon", .integer(Int64(figures.withoutCoupon))),
    ])
  }
}
