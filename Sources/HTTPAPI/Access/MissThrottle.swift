import Scrip
import Synchronization

/// Slows down whoever tries codes with publishable keys: so many misses within a window, then refusals that last twice as
/// long each time.
///
/// Misses are counted by address and customer together, and by address alone with a limit that an office does not
/// reach. They are never counted by a customer alone, whom anybody can name. Memory is bounded: so many addresses, and
/// so many customers of each; those with the fewest misses are forgotten first, so that nobody is pushed out by others
/// who missed less.
final class MissThrottle: Sendable {
  /// Who calls.
  struct Caller: Sendable {
    let tenant: Tenant.ID
    let address: ClientAddress
    /// Who the caller says the customer is.
    let customers: [IdentityKey]
  }

  private struct Place: Hashable {
    let tenant: Tenant.ID
    let address: ClientAddress
  }

  private struct Record {
    var misses: Misses
    var customers: [IdentityKey: Misses] = [:]
  }

  private let settings: ThrottleSettings
  private let spans: Spans
  private let start: ContinuousClock.Instant
  private let records = Mutex<[Place: Record]>([:])

  init(_ settings: ThrottleSettings) {
    self.settings = settings
    spans = Spans(settings)
    start = settings.now()
  }

  /// The moment as windows have it. Where they begin means nothing.
  private var now: Instant { Instant(clamping: start.duration(to: settings.now()).microseconds) }

  /// How many addresses are remembered.
  var count: Int { records.withLock { $0.count } }

  /// How many whole seconds the caller has to wait; nil if it is not refused.
  func wait(for caller: Caller) -> Int64? {
    let now = now
    return records.withLock { records in
      guard let record = records[Place(tenant: caller.tenant, address: caller.address)] else { return nil }
      let all = [record.misses] + caller.customers.compactMap { record.customers[$0] }
      return all.compactMap { $0.wait(at: now) }.max()
    }
  }

  /// Counts spellings that opened nothing.
  func record(_ spellings: [String], by caller: Caller) {
    let now = now
    let place = Place(tenant: caller.tenant, address: caller.address)
    records.withLock { records in
      if records[place] == nil, records.count >= settings.addressesMax { forget(&records, now) }
      let unknown = Misses(spans)
      for spelling in spellings {
        records[place, default: Record(misses: unknown)].misses.add(
          spelling, max: settings.missesByAddressMax, spans, now)
        for customer in caller.customers {
          makeRoom(for: customer, in: &records[place, default: Record(misses: unknown)].customers)
          records[place]?.customers[customer, default: unknown].add(
            spelling, max: settings.missesMax, spans, now)
        }
      }
    }
  }

  /// A caller who names somebody else each time pushes out the customers of its own address, and none of other ones.
  private func makeRoom(for customer: IdentityKey, in customers: inout [IdentityKey: Misses]) {
    guard customers[customer] == nil, customers.count >= settings.customersMax else { return }
    if let least = customers.min(by: { $0.value.isLighter(than: $1.value) }) { customers[least.key] = nil }
  }

  /// Makes room: whoever was quiet for the longest block, and then the quarter that missed least.
  private func forget(_ records: inout [Place: Record], _ now: Instant) {
    records = records.filter { $0.value.misses.isRemembered(at: now, spans) }
    guard records.count >= settings.addressesMax else { return }
    let least = records.sorted { $0.value.misses.isLighter(than: $1.value.misses) }
      .prefix(max(1, settings.addressesMax / 4))
    for (place, _) in least { records[place] = nil }
  }
}

/// How long what lasts, in microseconds.
private struct Spans: Sendable {
  let window: SlidingWindow.Shape
  let firstBlock: Int64
  let longestBlock: Int64
  let typingPause: Int64

  init(_ settings: ThrottleSettings) {
    window = SlidingWindow.Shape(spanMicroseconds: max(1, settings.window.microseconds))
    firstBlock = settings.firstBlock.microseconds
    longestBlock = settings.longestBlock.microseconds
    typingPause = settings.typingPause.microseconds
  }
}

/// What one address, or one customer at an address, has missed.
private struct Misses {
  /// A spelling that opened nothing, and when it first did.
  private struct Miss {
    var spelling: Int
    let at: Instant
  }

  /// A code that is being typed: its longest spelling so far.
  private struct Try {
    var longest: [UInt8]
    var touchedAt: Instant
  }

  private static let triesMax = 4

  /// Exact, and no longer than the limit that empties it.
  private var counted: SlidingWindow
  /// What was counted, so that nothing is counted twice within the window.
  private var missed: [Miss] = []
  private var tries: [Try] = []
  private var blockedUntil: Instant?
  private var blocks = 0
  private var lastMiss: Instant?

  init(_ spans: Spans) { counted = SlidingWindow(spans.window) }

  /// Whether less is known against it, so that it is forgotten before the other.
  func isLighter(than other: Misses) -> Bool {
    if blocks != other.blocks { return blocks < other.blocks }
    if counted.count != other.counted.count { return counted.count < other.counted.count }
    guard let lastMiss, let otherLast = other.lastMiss else {
      return lastMiss == nil && other.lastMiss != nil
    }
    return lastMiss < otherLast
  }

  func wait(at now: Instant) -> Int64? {
    guard let blockedUntil, blockedUntil > now else { return nil }
    return max(1, (blockedUntil.microseconds - now.microseconds + 999_999) / 1_000_000)
  }

  func isRemembered(at now: Instant, _ spans: Spans) -> Bool {
    guard let lastMiss else { return false }
    let quiet = now.microseconds - lastMiss.microseconds
    return quiet <= (blocks > 0 ? spans.longestBlock : spans.window.spanMicroseconds)
  }

  /// Counts a spelling, unless it was counted within the window or belongs to a code that is being typed.
  mutating func add(_ spelling: String, max missesMax: Int, _ spans: Spans, _ now: Instant) {
    if let lastMiss, now.microseconds - lastMiss.microseconds > spans.longestBlock { blocks = 0 }
    lastMiss = now
    counted.add(0, at: now)
    missed.removeAll { !spans.window.holds($0.at, at: now) }
    tries.removeAll { now.microseconds - $0.touchedAt.microseconds > spans.typingPause }
    let bytes = Array(spelling.utf8)
    if let place = tries.firstIndex(where: { $0.longest.isStart(of: bytes) || bytes.isStart(of: $0.longest) })
    {
      lengthen(place, to: bytes, now)
      return
    }
    guard !missed.contains(where: { $0.spelling == bytes.hashValue }) else { return }
    counted.add(at: now)
    missed.append(Miss(spelling: bytes.hashValue, at: now))
    tries.append(Try(longest: bytes, touchedAt: now))
    if tries.count > Misses.triesMax { tries.removeFirst() }
    if counted.count >= missesMax { block(spans, now) }
  }

  /// The same try: what counts is the longest spelling, so that going back and on in another way is another try.
  private mutating func lengthen(_ place: Int, to bytes: [UInt8], _ now: Instant) {
    tries[place].touchedAt = now
    guard bytes.count > tries[place].longest.count else { return }
    let old = tries[place].longest.hashValue
    tries[place].longest = bytes
    if let counted = missed.firstIndex(where: { $0.spelling == old }) {
      missed[counted].spelling = bytes.hashValue
    }
  }

  private mutating func block(_ spans: Spans, _ now: Instant) {
    counted = SlidingWindow(spans.window)
    missed = []
    tries = []
    let doubled = spans.firstBlock.multipliedReportingOverflow(by: 1 << min(blocks, 20))
    let length = doubled.overflow ? spans.longestBlock : min(doubled.partialValue, spans.longestBlock)
    blockedUntil = Instant(clamping: now.microseconds + length)
    blocks += 1
  }
}

extension [UInt8] {
  fileprivate func isStart(of other: [UInt8]) -> Bool { count <= other.count && other.starts(with: self) }
}

extension Duration {
  /// Whole microseconds, none if it is negative, and at most the calendar's length.
  fileprivate var microseconds: Int64 {
    let most = SlidingWindow.Shape.spanMax
    let seconds = min(max(components.seconds, 0), most / 1_000_000)
    return min(seconds * 1_000_000 + max(components.attoseconds, 0) / 1_000_000_000_000, most)
  }
}
