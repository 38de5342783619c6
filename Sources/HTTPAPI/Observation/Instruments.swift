import Synchronization

/// A number that only grows; added to from any thread without waiting.
final class Counter: Sendable {
  private let number = Atomic<Int>(0)

  var value: Int { number.load(ordering: .relaxed) }

  func add(_ amount: Int = 1) { number.wrappingAdd(amount, ordering: .relaxed) }
}

/// How values are spread over buckets.
final class Histogram: Sendable {
  let bounds: [Double]
  private let counters: [Counter]
  /// In millionths.
  private let total = Counter()

  /// - Parameter bounds: the upper bounds of the buckets, rising; one more bucket takes what is above.
  init(_ bounds: [Double]) {
    self.bounds = bounds
    counters = (0...bounds.count).map { _ in Counter() }
  }

  func record(_ value: Double) {
    counters[bounds.firstIndex { value <= $0 } ?? bounds.count].add()
    total.add(Int(value * 1e6))
  }

  var sum: Double { Double(total.value) / 1e6 }

  /// How many values are at or below each bound, and in the end how many there are.
  var cumulated: [Int] {
    var running = 0
    return counters.map {
      running += $0.value
      return running
    }
  }

  /// From a ten-thousandth of a second to ten seconds.
  static let seconds = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
  ]
}

/// Text in the exposition format of Prometheus (version 0.0.4).
struct Exposition {
  private(set) var text = ""

  mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Int) {
    line(name, labels, String(value))
  }

  mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
    line(name, labels, "\(value)")
  }

  mutating func histogram(_ name: String, _ labels: [(String, String)], _ histogram: Histogram) {
    let counts = histogram.cumulated
    for (bound, count) in zip(histogram.bounds, counts) {
      sample("\(name)_bucket", labels + [("le", "\(bound)")], count)
    }
    let all = counts.last ?? 0
    sample("\(name)_bucket", labels + [("le", "+Inf")], all)
    sample("\(name)_sum", labels, histogram.sum)
    sample("\(name)_count", labels, all)
  }

  private mutating func line(_ name: String, _ labels: [(String, String)], _ value: String) {
    text += name
    if !labels.isEmpty {
      text += "{" + labels.map { "\($0.0)=\"\(Exposition.escaped($0.1))\"" }.joined(separator: ",") + "}"
    }
    text += " \(value)\n"
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
