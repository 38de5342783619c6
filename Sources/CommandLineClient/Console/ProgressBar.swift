import Foundation

/// How far a long piece of work is: drawn over itself on a terminal, a line every few seconds elsewhere.
package struct ProgressBar {
  private let console: Console
  private let title: String
  private let total: Int?
  private let start = ContinuousClock.now
  private var drawnAt: ContinuousClock.Instant?

  private static let width = 30

  /// A bar; without a total it counts only.
  package init(_ title: String, total: Int? = nil, on console: Console) {
    self.title = title
    self.total = total
    self.console = console
  }

  /// Shows how much is done, not more often than people can read.
  package mutating func advance(to done: Int) {
    let pause: Duration = console.drawsProgress ? .milliseconds(100) : .seconds(5)
    let now = ContinuousClock.now
    guard drawnAt.map({ now - $0 >= pause }) ?? console.drawsProgress else {
      if drawnAt == nil { drawnAt = now }
      return
    }
    drawnAt = now
    show(done)
  }

  /// Shows the end.
  package func finish(_ done: Int) {
    if console.drawsProgress {
      console.draw("\r\u{1B}[K")
    }
    console.say("\(title): \(done) in \(elapsed)")
  }

  private func show(_ done: Int) {
    guard let total, total > 0 else { return put("\(title): \(done)") }
    let filled = min(ProgressBar.width, done * ProgressBar.width / total)
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: ProgressBar.width - filled)
    put(console.drawsProgress ? "\(title) \(bar) \(done)/\(total)" : "\(title): \(done) of \(total)")
  }

  private func put(_ text: String) {
    if console.drawsProgress { console.draw("\r\u{1B}[K\(text)") } else { console.say(text) }
  }

  private var elapsed: String {
    let seconds = Double((ContinuousClock.now - start) / .milliseconds(1)) / 1000
    return String(format: seconds < 10 ? "%.2f s" : "%.0f s", seconds)
  }
}
