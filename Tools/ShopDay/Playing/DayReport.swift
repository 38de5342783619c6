import CommandLineClient
import Foundation
import JSON

/// What a run came to.
struct DayReport {
  let prefix: String
  let entries: Journal.Entries
  let check: InvariantCheck.Result
  let checkouts: Int
  let seconds: Double

  private static let percentiles = [50, 90, 99]

  /// For people.
  func words(_ console: Console) -> String {
    var parts = ["run \(prefix): \(checkouts) checkouts in \(String(format: "%.1f", seconds)) s"]
    var outcomes = Table("outcome", ">orders")
    for (name, count) in entries.outcomes.sorted(by: { $0.key < $1.key }) {
      outcomes.add(name, String(count))
    }
    var refusals = Table("refused", ">times")
    for (name, count) in entries.refusals.sorted(by: { $0.key < $1.key }) {
      refusals.add(name, String(count))
    }
    var money = Table("currency", ">discount given or held")
    for (currency, amount) in check.discount.sorted(by: { $0.key < $1.key }) {
      money.add(currency, shownMoney(amount, currency))
    }
    parts += [outcomes.text, refusals.text, money.text, latencies.text]
    if entries.unanswered > 0 { parts.append("\(entries.unanswered) requests got no answer") }
    let faults = entries.faults + check.faults
    parts.append(
      faults.isEmpty
        ? console.styled(
          "✓ all \(check.applications) acknowledged applications are there; every sum agrees", .good)
        : faults.prefix(50).map { console.styled("✗ ", .bad) + $0 }.joined(separator: "\n"))
    return parts.joined(separator: "\n\n")
  }

  private var latencies: Table {
    var table = Table("ms", ">requests", ">p50", ">p90", ">p99", ">max")
    for (operation, values) in entries.milliseconds.sorted(by: { $0.key < $1.key }) {
      let sorted = values.sorted()
      let figures = (DayReport.percentiles + [100]).map {
        String(format: "%.1f", percentile($0, ofSorted: sorted))
      }
      table.add(operation, String(sorted.count), figures[0], figures[1], figures[2], figures[3])
    }
    return table
  }

  /// For machines.
  var json: JSONText {
    func counts(_ counts: [String: Int]) -> JSONText {
      .object(counts.sorted { $0.key < $1.key }.map { ($0.key, .integer(Int64($0.value))) })
    }
    let latency = entries.milliseconds.sorted { $0.key < $1.key }.map { operation, values in
      let sorted = values.sorted()
      let figures = (DayReport.percentiles + [100]).map { percent in
        (
          percent == 100 ? "max_us" : "p\(percent)_us",
          JSONText.integer(Int64(percentile(percent, ofSorted: sorted) * 1000))
        )
      }
      return (operation, JSONText.object([("count", .integer(Int64(sorted.count)))] + figures))
    }
    return .object([
      ("run", .string(prefix)), ("checkouts", .integer(Int64(checkouts))),
      ("milliseconds", .integer(Int64(seconds * 1000))), ("outcomes", counts(entries.outcomes)),
      ("refused", counts(entries.refusals)),
      (
        "discount",
        .object(check.discount.sorted { $0.key < $1.key }.map { ($0.key, .integer($0.value)) })
      ),
      ("latency", .object(latency)), ("unanswered", .integer(Int64(entries.unanswered))),
      ("applications_checked", .integer(Int64(check.applications))),
      ("faults", .array((entries.faults + check.faults).map(JSONText.string))),
    ])
  }
}
