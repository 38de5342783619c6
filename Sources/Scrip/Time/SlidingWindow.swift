/// Counts what happened within a span that moves with time: misses of the last ten minutes, requests of the last second,
/// uses of the last day. It has no clock; every moment is given.
///
/// *What is within.* At a moment `now` everything counts that happened after `now - span` and not after `now`. With a span
/// of 10 s, what happens at 3 s counts up to 12.999999 s, and at 13 s no more.
///
/// *What pieces lose.* Moments are told apart by `grain` only: what happens within one piece of time counts until all of
/// the piece is older than the span. So the count is never too small, and what is in it is never older than span and
/// grain together: it lies between the exact count of `span` and that of `span + grain`. With a grain of one microsecond
/// there is nothing to tell apart, and the count is exact.
///
/// *What it holds.* One entry for each piece in which something happened, so at most `span / grain + 2`, whatever is
/// counted. Callers of exact windows bound them by what they let happen.
///
/// *Time that goes back* stands still: what is told of a moment before the latest one is taken as of the latest one.
/// Otherwise a clock that is put back would make room, or count twice.
public struct SlidingWindow: Hashable, Sendable {
  /// How long something counts, and how finely moments are told apart.
  public struct Shape: Hashable, Sendable {
    /// How long something counts.
    public let spanMicroseconds: Int64
    /// How long one piece of time is.
    public let grainMicroseconds: Int64

    /// The longest span: the whole calendar.
    public static let spanMax = Instant.latest.microseconds - Instant.earliest.microseconds + 1

    /// Makes a shape, exact if nothing is said of the grain.
    ///
    /// - Precondition: the span is positive and at most `spanMax`, the grain positive and at most the span.
    public init(spanMicroseconds: Int64, grainMicroseconds: Int64 = 1) {
      precondition(
        Shape.isShape(spanMicroseconds, grainMicroseconds),
        "a span lies within the calendar, and a grain within the span")
      self.spanMicroseconds = spanMicroseconds
      self.grainMicroseconds = grainMicroseconds
    }

    static func isShape(_ span: Int64, _ grain: Int64) -> Bool {
      (1...spanMax).contains(span) && (1...span).contains(grain)
    }

    /// Whether what happened at a moment still counts at a later one.
    public func holds(_ moment: Instant, at now: Instant) -> Bool { holds(piece(of: moment), at: now) }

    func piece(of moment: Instant) -> Int64 {
      moment.microseconds.dividedDown(by: grainMicroseconds).quotient
    }

    func holds(_ piece: Int64, at now: Instant) -> Bool { now.microseconds < end(of: piece) }

    /// The first moment at which a piece counts no more, in microseconds; it may lie behind the calendar.
    func end(of piece: Int64) -> Int64 {
      piece * grainMicroseconds + grainMicroseconds - 1 + spanMicroseconds
    }
  }

  /// What happened within one piece of time.
  struct Entry: Hashable, Sendable {
    /// The piece's number: its first moment is so many grains after 1970.
    let piece: Int64
    /// How much, at least 1.
    var weight: Int64
  }

  /// How long something counts, and how finely moments are told apart.
  public let shape: Shape
  /// The latest moment that was told of; nil if nothing has happened.
  public private(set) var latest: Instant?
  /// What counts at the latest moment, oldest first.
  private(set) var entries: [Entry] = []

  /// A window in which nothing has happened.
  public init(_ shape: Shape) { self.shape = shape }

  /// Takes what was stored; nil if it is no window.
  init?(_ shape: Shape, latest: Instant?, entries: [Entry]) {
    self.init(shape)
    self.latest = latest
    self.entries = entries
    guard let latest else {
      if entries.isEmpty { return }
      return nil
    }
    let isRising = zip(entries, entries.dropFirst()).allSatisfy { $0.piece < $1.piece }
    let newest = shape.piece(of: latest)
    guard isRising, entries.allSatisfy({ $0.weight > 0 && $0.piece <= newest }),
      entries.first.map({ shape.holds($0.piece, at: latest) }) ?? true
    else { return nil }
  }

  /// Counts something.
  ///
  /// - Parameters:
  ///   - weight: how much of it; sums end at the largest integer.
  ///   - moment: when; a moment before `latest` is taken as `latest`.
  /// - Precondition: the weight is not negative.
  public mutating func add(_ weight: Int64 = 1, at moment: Instant) {
    precondition(weight >= 0, "what has happened is not taken back")
    let moment = advance(to: moment)
    guard weight > 0 else { return }
    let piece = shape.piece(of: moment)
    if let last = entries.last, last.piece == piece {
      entries[entries.count - 1].weight = last.weight.addingUpToMax(weight)
    } else {
      entries.append(Entry(piece: piece, weight: weight))
    }
  }

  /// Adds what another node has counted: the count of both is the sum of their counts, in whatever order they are added.
  ///
  /// - Precondition: both have the same shape.
  public mutating func add(_ other: SlidingWindow) {
    precondition(shape == other.shape, "windows that are added have one shape")
    var sums: [Entry] = []
    sums.reserveCapacity(entries.count + other.entries.count)
    var (own, others) = (entries[...], other.entries[...])
    while let entry = own.first ?? others.first {
      let piece = min(entry.piece, others.first?.piece ?? entry.piece)
      var weight: Int64 = 0
      if own.first?.piece == piece { weight = own.removeFirst().weight }
      if others.first?.piece == piece { weight = weight.addingUpToMax(others.removeFirst().weight) }
      sums.append(Entry(piece: piece, weight: weight))
    }
    entries = sums
    if let moment = other.latest { _ = advance(to: moment) }
  }

  /// How much counts at a moment; a moment before `latest` is taken as `latest`.
  public func count(at moment: Instant) -> Int64 {
    let now = notBeforeLatest(moment)
    return SlidingWindow.sum(entries.drop { !shape.holds($0.piece, at: now) })
  }

  /// How much counted at the latest moment.
  public var count: Int64 { SlidingWindow.sum(entries[...]) }

  /// The first moment, not before a given one, at which there is room for more if nothing else happens.
  ///
  /// At that moment, and not before, `count(at:) + weight` is at most the limit. With a limit of 2 in 10 s, and something
  /// at 3 s and at 5 s, there is room for one more at 13 s.
  ///
  /// - Parameters:
  ///   - weight: how much more.
  ///   - limit: how much may count at once.
  /// - Returns: nil if there is never room: the weight is more than the limit, or the calendar ends before.
  /// - Precondition: the weight is not negative.
  public func room(for weight: Int64 = 1, within limit: Int64, at moment: Instant) -> Instant? {
    precondition(weight >= 0, "room is for something")
    guard weight <= limit else { return nil }
    let now = notBeforeLatest(moment)
    let held = entries.drop { !shape.holds($0.piece, at: now) }
    var firstFree = now.microseconds
    var rest = SlidingWindow.sum(held)
    // What sums say past the largest integer would be wrong, so each rest is summed by itself there.
    var later = held
    while rest > limit - weight, let oldest = later.popFirst() {
      firstFree = shape.end(of: oldest.piece)
      rest = rest == .max ? SlidingWindow.sum(later) : rest - oldest.weight
    }
    return Instant(exactly: firstFree)
  }

  private mutating func advance(to moment: Instant) -> Instant {
    let now = notBeforeLatest(moment)
    latest = now
    let gone = entries.prefix { !shape.holds($0.piece, at: now) }.count
    if gone > 0 { entries.removeFirst(gone) }
    return now
  }

  private func notBeforeLatest(_ moment: Instant) -> Instant { latest.map { max($0, moment) } ?? moment }

  private static func sum(_ entries: ArraySlice<Entry>) -> Int64 {
    entries.reduce(0) { $0.addingUpToMax($1.weight) }
  }
}

extension Int64 {
  /// The sum of two numbers that are not negative, at most the largest one.
  fileprivate func addingUpToMax(_ other: Int64) -> Int64 {
    let (sum, isTooLarge) = addingReportingOverflow(other)
    return isTooLarge ? .max : sum
  }
}
