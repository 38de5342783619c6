import Synchronization

import struct Scrip.Instant

/// How far a clock may be off before it is taken for wrong instead of for the time.
///
/// A moment that was once written is there for ever: after a single commit decades ahead every window is over, and a
/// clock that never goes back stands still for as long.
public struct ClockTolerance: Sendable {
  /// How far ahead of the last commit a store that is opened may find the clock; nil for any distance.
  public var ahead: Duration?
  /// How far behind the last commit; nil for any distance.
  public var behind: Duration?
  /// How much more time than has really passed a clock may show while the process runs, at once or in small steps; as
  /// much is allowed again a day later. Nil for any.
  public var leap: Duration?
  /// Whether time goes on from what the clock says, however far that is behind the last commit, instead of standing
  /// still until the clock has caught up: for a store whose last commits were made under a wrong clock.
  public var goesBack: Bool

  /// Makes a tolerance.
  public init(ahead: Duration?, behind: Duration?, leap: Duration?, goesBack: Bool = false) {
    self.ahead = ahead
    self.behind = behind
    self.leap = leap
    self.goesBack = goesBack
  }

  /// Believes a clock whatever it shows, and never goes back.
  public static let unlimited = ClockTolerance(ahead: nil, behind: nil, leap: nil)

  /// What a service runs with.
  public static let usual = ClockTolerance(
    ahead: .seconds(90 * 86_400), behind: .seconds(86_400), leap: .seconds(3600))

  /// What a service runs with that was told to believe the clock as it is now.
  public static let told = ClockTolerance(ahead: nil, behind: nil, leap: .seconds(3600), goesBack: true)
}

/// The moments of a store's transactions, as far as its clock can be believed. They never go back.
///
/// It is compared with the last commit when the store is opened, and with the time that has really passed afterwards.
public final class ClockGuard: Sendable {
  private struct State {
    var latest: Instant
    /// What the clock showed when it was last believed, or later if it has gone back since, and when that was.
    var believed: (moment: Instant, at: Duration)?
    /// By how much it had run ahead of time by then, as far as that was not forgotten yet.
    var lead = Duration.zero
    /// Why a clock that was right once is not believed any more.
    var failure: StoreFailure?
    /// Why it is not believed since the store was opened.
    var opening: StoreFailure?
  }

  /// How much of the time that passes forgives a clock for having run ahead: an hour is forgotten in a day.
  private static let forgivingShare = 24

  private let tolerance: ClockTolerance
  private let uptime: @Sendable () -> Duration
  private let state: Mutex<State>

  /// Makes a guard that has not seen the clock yet.
  ///
  /// - Parameters:
  ///   - tolerance: how far off the clock may be.
  ///   - uptime: time that passes as it does, also while the computer sleeps.
  public init(_ tolerance: ClockTolerance, uptime: @escaping @Sendable () -> Duration = ClockGuard.elapsed())
  {
    self.tolerance = tolerance
    self.uptime = uptime
    state = Mutex(State(latest: .earliest))
  }

  /// Whether the last commit's moment matters when a store is opened.
  public var comparesLastCommit: Bool { tolerance.ahead != nil || tolerance.behind != nil }

  /// Compares what the clock shows with the last commit, when a store is opened. If one of them can't be right, nothing is
  /// written.
  ///
  /// - Parameter isLatest: whether nothing was committed after it whose moment says nothing of real time; otherwise the
  ///   clock may be any distance ahead of it.
  public func begin(_ shown: Instant, lastCommit: Instant, isLatest: Bool = true) {
    var tolerance = tolerance
    if !isLatest { tolerance.ahead = nil }
    let failure = ClockGuard.failure(shown, lastCommit: lastCommit, tolerance)
    state.withLock { state in
      state.opening = failure
      if !self.tolerance.goesBack { state.latest = max(state.latest, lastCommit) }
    }
  }

  /// Time that passes from now on, also while the computer sleeps.
  public static func elapsed() -> @Sendable () -> Duration {
    let start = ContinuousClock.now
    return { start.duration(to: .now) }
  }

  /// The moment of a transaction, given what the clock shows.
  ///
  /// - Throws: `StoreFailure` of kind `unavailable` if that can't be the time.
  public func moment(_ shown: Instant) throws(StoreFailure) -> Instant {
    let result: Result<Instant, StoreFailure> = state.withLock { state in
      if let opening = state.opening { return .failure(opening) }
      let passed = uptime()
      let expected = ClockGuard.expected(state, passed) ?? shown
      let lead = ClockGuard.lead(state, shown, passed)
      if let leap = tolerance.leap, lead > leap {
        let failure = ClockGuard.leapt(shown, expected, lead, leap)
        state.failure = failure
        return .failure(failure)
      }
      state.failure = nil
      state.lead = lead
      state.believed = (max(shown, expected), passed)
      state.latest = max(state.latest, shown)
      return .success(state.latest)
    }
    return try result.get()
  }

  /// The moment that reads are judged at, given what the clock shows: never before the last transaction's, and not what
  /// a clock shows that has leapt.
  public func readingMoment(_ shown: Instant) -> Instant {
    state.withLock { state in
      let passed = uptime()
      guard let leap = tolerance.leap, let expected = ClockGuard.expected(state, passed),
        ClockGuard.lead(state, shown, passed) > leap
      else { return max(shown, state.latest) }
      return max(expected, state.latest)
    }
  }

  /// Why the clock is not believed; nil while it is. Asking does not look at the clock.
  public var failure: StoreFailure? { state.withLock { $0.opening ?? $0.failure } }

  /// What a clock that goes as time does would show.
  private static func expected(_ state: State, _ now: Duration) -> Instant? {
    state.believed.map { $0.moment.adding(now - $0.at) }
  }

  /// By how much the clock has run ahead of time if it is believed now: what was not forgotten yet, and what it shows
  /// more than it should. One that goes back has not made up for anything.
  private static func lead(_ state: State, _ shown: Instant, _ now: Duration) -> Duration {
    guard let believed = state.believed, let expected = expected(state, now) else { return .zero }
    let kept = max(.zero, state.lead - (now - believed.at) / forgivingShare)
    return kept + .microseconds(max(0, shown.microseconds - expected.microseconds))
  }

  private static func failure(
    _ now: Instant, lastCommit: Instant, _ tolerance: ClockTolerance
  ) -> StoreFailure? {
    if let ahead = tolerance.ahead, now > lastCommit.adding(ahead) {
      return .clock("is \(distance(lastCommit, now)) after the last commit (\(lastCommit))", now)
    }
    if let behind = tolerance.behind, now < lastCommit.adding(.zero - behind) {
      return .clock("is \(distance(now, lastCommit)) before the last commit (\(lastCommit))", now)
    }
    return nil
  }

  private static func leapt(
    _ shown: Instant, _ expected: Instant, _ lead: Duration, _ leap: Duration
  ) -> StoreFailure {
    if shown > expected.adding(leap) {
      return .clock("has leapt by \(distance(expected, shown)) while the program ran", shown)
    }
    let minutes = lead.components.seconds / 60
    return .clock("has run ahead by \(minutes) minutes in small steps while the program ran", shown)
  }

  private static func distance(_ from: Instant, _ to: Instant) -> String {
    let seconds = (to.microseconds - from.microseconds) / 1_000_000
    return seconds >= 2 * 86_400 ? "\(seconds / 86_400) days" : "\(seconds / 60) minutes"
  }
}

extension StoreFailure {
  /// The code of a failure whose cause is a clock that is not believed.
  public static let clockCode = "clock"

  fileprivate static func clock(_ what: String, _ shown: Instant) -> StoreFailure {
    StoreFailure(
      kind: .unavailable, code: clockCode,
      message: "the clock shows \(shown), which \(what): nothing is written until it is right")
  }
}

extension Instant {
  fileprivate func adding(_ duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    let whole = adding(seconds: seconds)
    return Instant(clamping: whole.microseconds + attoseconds / 1_000_000_000_000)
  }
}
