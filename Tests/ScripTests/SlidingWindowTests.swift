import Testing

@testable import Scrip

/// Everything that happened, one by one: what a window must not differ from by more than it says.
private struct EveryMoment {
  var happened: [(at: Int64, weight: Int64)] = []
  var latest: Int64?

  mutating func add(_ weight: Int64, at moment: Int64) {
    let now = max(moment, latest ?? moment)
    latest = now
    happened.append((now, weight))
  }

  /// What happened after `now - span`, and not after now.
  func count(at moment: Int64, span: Int64) -> Int64 {
    let now = max(moment, latest ?? moment)
    return happened.filter { $0.at > now - span && $0.at <= now }.reduce(0) { $0 + $1.weight }
  }
}

/// A window and every moment that it was told of.
private struct Pair {
  var window: SlidingWindow
  var moments = EveryMoment()

  init(_ shape: SlidingWindow.Shape) { window = SlidingWindow(shape) }

  mutating func add(_ weight: Int64, at moment: Int64) {
    window.add(weight, at: Instant(microseconds: moment))
    moments.add(weight, at: moment)
  }

  /// A sequence of steps that go on, stand still and jump back, from some moment on.
  static func random(_ shape: SlidingWindow.Shape, steps: Int, _ random: inout some RandomNumberGenerator)
    -> Pair
  {
    var pair = Pair(shape)
    var now = Int64.random(in: -40...40, using: &random)
    for _ in 0..<steps {
      switch Int.random(in: 0..<6, using: &random) {
      case 0: now -= Int64.random(in: 1...20, using: &random)
      case 1, 2: break
      default: now += Int64.random(in: 1...(2 * shape.spanMicroseconds), using: &random)
      }
      pair.add(Int64.random(in: 0...3, using: &random), at: now)
    }
    return pair
  }
}

private let shapes = (1...7).flatMap { span in
  (1...span).map { SlidingWindow.Shape(spanMicroseconds: Int64(span), grainMicroseconds: Int64($0)) }
}

@Suite struct `Sliding windows` {
  private var random = SeededNumbers(seed: 20_261)

  @Test mutating func `count what an exact window counts, and at most what one that is a grain longer does`()
  {
    for shape in shapes {
      for _ in 0..<60 {
        let pair = Pair.random(shape, steps: 12, &random)
        let latest = pair.moments.latest ?? 0
        for now in (latest - 10)...(latest + 20) {
          let count = pair.window.count(at: Instant(microseconds: now))
          let least = pair.moments.count(at: now, span: shape.spanMicroseconds)
          let most = pair.moments.count(at: now, span: shape.spanMicroseconds + shape.grainMicroseconds - 1)
          #expect((least...most).contains(count), "\(shape) at \(now): \(pair.moments.happened)")
        }
        #expect(pair.window.entries.count <= shape.spanMicroseconds / shape.grainMicroseconds + 2)
      }
    }
  }

  @Test mutating func `are exact with a grain of a microsecond`() {
    for span in 1...30 as ClosedRange<Int64> {
      let pair = Pair.random(SlidingWindow.Shape(spanMicroseconds: span), steps: 40, &random)
      let latest = pair.moments.latest ?? 0
      for now in latest...(latest + span + 2) {
        #expect(
          pair.window.count(at: Instant(microseconds: now)) == pair.moments.count(at: now, span: span))
      }
      #expect(pair.window.count == pair.moments.count(at: latest, span: span))
    }
  }

  @Test mutating func `say the first moment at which there is room`() {
    for shape in shapes {
      for _ in 0..<40 {
        let window = Pair.random(shape, steps: 10, &random).window
        let now = (window.latest?.microseconds ?? 0) + Int64.random(in: -3...5, using: &random)
        let from = max(now, window.latest?.microseconds ?? now)
        for limit in 0...8 as ClosedRange<Int64> {
          for weight in 0...3 as ClosedRange<Int64> {
            let room = window.room(for: weight, within: limit, at: Instant(microseconds: now))
            let first = (from...(from + 20)).first {
              window.count(at: Instant(microseconds: $0)) + weight <= limit
            }
            #expect(room?.microseconds == (weight <= limit ? first : nil), "\(shape) \(limit) \(weight)")
          }
        }
      }
    }
  }

  @Test mutating func `that are added count what each of them counts, in whatever order`() {
    for shape in shapes {
      for _ in 0..<30 {
        let windows = (0..<3).map { _ in Pair.random(shape, steps: 8, &random).window }
        var (forwards, backwards, nested) = (windows[0], windows[2], windows[1])
        forwards.add(windows[1])
        forwards.add(windows[2])
        nested.add(windows[2])
        var other = windows[0]
        other.add(nested)
        backwards.add(windows[1])
        backwards.add(windows[0])
        #expect(forwards == backwards && forwards == other)
        let latest = forwards.latest?.microseconds ?? 0
        for now in latest...(latest + 16) {
          let moment = Instant(microseconds: now)
          #expect(forwards.count(at: moment) == windows.reduce(0) { $0 + $1.count(at: moment) })
        }
      }
    }
  }

  @Test mutating func `read back from what is stored as what they were`() throws {
    for shape in shapes {
      for _ in 0..<30 {
        let window = Pair.random(shape, steps: 10, &random).window
        let again = try #require(SlidingWindow(stored: window.stored))
        #expect(again == window && again.stored == window.stored)
      }
      #expect(SlidingWindow(stored: SlidingWindow(shape).stored) == SlidingWindow(shape))
    }
  }

  @Test mutating func `that were damaged where they are stored are none, or others that are stored so`() {
    for _ in 0..<40 {
      let stored = Pair.random(shapes[Int.random(in: 0..<shapes.count, using: &random)], steps: 8, &random)
        .window.stored
      for count in 0..<stored.count { #expect(SlidingWindow(stored: Array(stored[..<count])) == nil) }
      #expect(SlidingWindow(stored: stored + [0]) == nil)
      for place in stored.indices {
        for bit in 0..<8 {
          var bytes = stored
          bytes[place] ^= 1 << bit
          if let read = SlidingWindow(stored: bytes) { #expect(read.stored == bytes) }
        }
      }
    }
    for _ in 0..<5000 {
      let bytes =
        [UInt8(ascii: "1")]
        + (0..<Int.random(in: 0...24, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random) & (Bool.random(using: &random) ? 0x7F : 0xFF)
        }
      if let read = SlidingWindow(stored: bytes) { #expect(read.stored == bytes) }
    }
  }

  @Test func `of minutes take few bytes`() {
    var window = SlidingWindow(
      SlidingWindow.Shape(spanMicroseconds: 600_000_000, grainMicroseconds: 1_000_000))
    let start: Int64 = 1_795_161_600
    for second in 0..<10 as Range<Int64> {
      window.add(at: Instant(microseconds: (start + second * 30) * 1_000_000))
    }
    #expect(window.stored.count <= 40)
  }

  @Test func `reach to both ends of the calendar`() throws {
    for span in [1, 1_000_000, SlidingWindow.Shape.spanMax] {
      for grain in [1, span] {
        let shape = SlidingWindow.Shape(spanMicroseconds: span, grainMicroseconds: grain)
        for moment in [Instant.earliest, Instant(microseconds: 0), .latest] {
          var window = SlidingWindow(shape)
          window.add(2, at: moment)
          #expect(window.count(at: moment) == 2 && window.count(at: .earliest) == 2)
          #expect(SlidingWindow(stored: window.stored) == window)
          let room = window.room(within: 2, at: moment)
          #expect(room.map { window.count(at: $0) } ?? 0 == 0)
          if moment == .latest { #expect(room == nil) }
          window.add(3, at: .latest)
          #expect(window.count >= 3)
        }
      }
    }
  }

  @Test func `end where the integers do`() {
    var window = SlidingWindow(SlidingWindow.Shape(spanMicroseconds: 10))
    window.add(.max, at: Instant(microseconds: 0))
    window.add(.max, at: Instant(microseconds: 5))
    #expect(window.count == .max)
    #expect(window.room(for: 1, within: .max, at: Instant(microseconds: 6)) == Instant(microseconds: 15))
    #expect(window.room(for: 0, within: .max, at: Instant(microseconds: 6)) == Instant(microseconds: 6))
    var other = window
    other.add(window)
    #expect(other.count == .max && other.count(at: Instant(microseconds: 15)) == 0)
  }

  @Test func `stand still while time stands still or goes back`() {
    var window = SlidingWindow(SlidingWindow.Shape(spanMicroseconds: 10))
    window.add(at: Instant(microseconds: 100))
    for moment in [100, 90, -5] as [Int64] { window.add(at: Instant(microseconds: moment)) }
    #expect(window.latest == Instant(microseconds: 100))
    #expect(window.count(at: Instant(microseconds: 0)) == 4)
    #expect(window.count(at: Instant(microseconds: 109)) == 4)
    #expect(window.count(at: Instant(microseconds: 110)) == 0)
    #expect(window.room(within: 4, at: Instant(microseconds: 0)) == Instant(microseconds: 110))
  }

  @Test func `of the documentation's examples are right`() {
    let seconds = { (count: Int64) in Instant(microseconds: count * 1_000_000) }
    var window = SlidingWindow(SlidingWindow.Shape(spanMicroseconds: 10_000_000))
    window.add(at: seconds(3))
    #expect(window.count(at: Instant(microseconds: 12_999_999)) == 1 && window.count(at: seconds(13)) == 0)
    window.add(at: seconds(5))
    #expect(window.room(within: 2, at: seconds(5)) == seconds(13))
    #expect(window.shape.holds(seconds(3), at: Instant(microseconds: 12_999_999)))
    #expect(!window.shape.holds(seconds(3), at: seconds(13)))
  }

  @Test func `take nothing back and have a shape`() async {
    await #expect(processExitsWith: .failure) {
      var window = SlidingWindow(SlidingWindow.Shape(spanMicroseconds: 10))
      window.add(-1, at: Instant(microseconds: 0))
    }
    await #expect(processExitsWith: .failure) {
      _ = SlidingWindow.Shape(spanMicroseconds: 10, grainMicroseconds: 11)
    }
  }
}

@Suite struct `Sliding counts` {
  private let shape = SlidingWindow.Shape(spanMicroseconds: 100, grainMicroseconds: 10)

  @Test func `are each key's own`() {
    var counts = SlidingCounts<Int>(shape, keysMax: 3)
    counts.add(2, of: 1, at: Instant(microseconds: 0))
    counts.add(of: 2, at: Instant(microseconds: 50))
    #expect(counts.count(of: 1, at: Instant(microseconds: 50)) == 2)
    #expect(counts.count(of: 2, at: Instant(microseconds: 50)) == 1)
    #expect(counts.count(of: 3, at: Instant(microseconds: 50)) == 0)
    #expect(counts.room(of: 1, within: 2, at: Instant(microseconds: 50)) == Instant(microseconds: 109))
    #expect(counts.room(of: 3, within: 2, at: Instant(microseconds: 50)) == Instant(microseconds: 50))
    counts.forget(1)
    #expect(counts.keys == [2])
  }

  @Test func `are of so many keys, of which those with the least are forgotten`() {
    var counts = SlidingCounts<Int>(shape, keysMax: 100)
    for key in 0..<20 { counts.add(5, of: key, at: Instant(microseconds: 0)) }
    for key in 1000..<3000 {
      counts.add(of: key, at: Instant(microseconds: 1))
      #expect(counts.keys.count <= 100)
    }
    #expect((0..<20).allSatisfy { counts.count(of: $0, at: Instant(microseconds: 1)) == 5 })
    #expect(counts.keys.contains(2999))
    // What counts no more weighs nothing.
    for key in 3000..<3200 { counts.add(of: key, at: Instant(microseconds: 150)) }
    #expect(counts.keys.allSatisfy { $0 >= 3000 })
  }

  @Test func `of two nodes are the sum of both`() {
    var random = SeededNumbers(seed: 7)
    var (one, other, both) = (
      SlidingCounts<Int>(shape, keysMax: 50), SlidingCounts<Int>(shape, keysMax: 50),
      SlidingCounts<Int>(shape, keysMax: 50)
    )
    for step in 0..<200 {
      let key = Int.random(in: 0..<20, using: &random)
      let moment = Instant(microseconds: Int64(step))
      if Bool.random(using: &random) { one.add(of: key, at: moment) } else { other.add(of: key, at: moment) }
      both.add(of: key, at: moment)
    }
    var sum = one
    sum.add(other)
    for key in 0..<20 {
      let moment = Instant(microseconds: 200)
      #expect(sum.count(of: key, at: moment) == both.count(of: key, at: moment))
    }
    var small = SlidingCounts<Int>(shape, keysMax: 3)
    small.add(sum)
    #expect(small.keys.count == 3)
  }
}

/// SplitMix64.
private struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
