/// A moment on the monotonic clock until which an exchange with the server may take.
struct Deadline: Sendable {
  private let moment: ContinuousClock.Instant

  /// The moment so many milliseconds from now.
  static func after(milliseconds: Int) -> Deadline {
    Deadline(moment: .now.advanced(by: .milliseconds(milliseconds)))
  }

  /// Whole milliseconds left, rounded up; zero once the moment has passed.
  var remainingMilliseconds: Int {
    let left = ContinuousClock.now.duration(to: moment)
    guard left > .zero else { return 0 }
    let (seconds, attoseconds) = left.components
    return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  var hasPassed: Bool { ContinuousClock.now >= moment }
}

extension Deadline: Comparable {
  static func < (left: Deadline, right: Deadline) -> Bool { left.moment < right.moment }
}
