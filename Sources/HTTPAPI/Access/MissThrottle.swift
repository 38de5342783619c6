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
    var misses = Misses()
    var customers: [IdentityKey: Misses] = [:]
  }

  private let settings: ThrottleSettings
  private let records = Mutex<[Place: Record]>([:])

  init(_ settings: ThrottleSettings) { self.settings = settings }

  /// How many addresses are remembered.
  var count: Int { records.withLock { $0.count } }

  /// How many whole seconds the caller has to wait; nil if it is not refused.
  func wait(for caller: Caller) -> Int64? {
    let now = settings.now()
    return records.withLock { records in
      guard let record = records[Place(tenant: caller.tenant, address: caller.address)] else { return nil }
      let all = [record.misses] + caller.customers.compactMap { record.customers[$0] }
      return all.compactMap { $0.wait(at: now) }.max()
    }
  }

  /// Counts spellings that opened nothing.
  func record(_ spellings: [String], by caller: Caller) {
    let now = settings.now()
    let place = Place(tenant: caller.tenant, address: caller.address)
    records.withLock { records in
      if records[place] == nil, records.count >= settings.addressesMax { forget(&records, now) }
      for spelling in spellings {
        records[place, default: Record()].misses.add(
          spelling, max: settings.missesByAddressMax, settings, now)
        for customer in caller.customers {
          makeRoom(for: customer, in: &records[place, default: Record()].customers)
          records[place]?.customers[customer, default: Misses()].add(
            spelling, max: settings.missesMax, settings, now)
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
  private func forget(_ records: inout [Place: Record], _ now: ContinuousClock.Instant) {
    records = records.filter { $0.value.misses.isRemembered(at: now, settings) }
    guard records.count >= settings.addressesMax else { return }
    let least = records.sorted { $0.value.misses.isLighter(than: $1.value.misses) }
      .prefix(max(1, settings.addressesMax / 4))
    for (place, _) in least { records[place] = nil }
  }
}

/// What one address, or one customer at an address, has missed.
private struct Misses {
  /// A spelling that opened nothing, and when it first did.
  private struct Miss {
    var spelling: Int
    let at: ContinuousClock.Instant
  }

  /// A code that is being typed: its longest spelling so far.
  private struct Try {
    var longest: [UInt8]
    var touchedAt: ContinuousClock.Instant
  }

  private static let triesMax = 4

  private var missed: [Miss] = []
  private var tries: [Try] = []
  private var blockedUntil: ContinuousClock.Instant?
  private var blocks = 0
  private var lastMiss: ContinuousClock.Instant?

  /// Whether less is known against it, so that it is forgotten before the other.
  func isLighter(than other: Misses) -> Bool {
    if blocks != other.blocks { return blocks < other.blocks }
    if missed.count != other.missed.count { return missed.count < other.missed.count }
    guard let lastMiss, let otherLast = other.lastMiss else {
      return lastMiss == nil && other.lastMiss != nil
    }
    return lastMiss < otherLast
  }

  func wait(at now: ContinuousClock.Instant) -> Int64? {
    guard let blockedUntil, blockedUntil > now else { return nil }
    return now.duration(to: blockedUntil).secondsUp
  }

  func isRemembered(at now: ContinuousClock.Instant, _ settings: ThrottleSettings) -> Bool {
    guard let lastMiss else { return false }
    return lastMiss.duration(to: now) <= (blocks > 0 ? settings.longestBlock : settings.window)
  }

  /// Counts a spelling, unless it was counted within the window or belongs to a code that is being typed.
  mutating func add(
    _ spelling: String, max missesMax: Int, _ settings: ThrottleSettings, _ now: ContinuousClock.Instant
  ) {
    if let lastMiss, lastMiss.duration(to: now) > settings.longestBlock { blocks = 0 }
    lastMiss = now
    missed.removeAll { $0.at.duration(to: now) >= settings.window }
    tries.removeAll { $0.touchedAt.duration(to: now) > settings.typingPause }
    let bytes = Array(spelling.utf8)
    if let place = tries.firstIndex(where: { $0.longest.isStart(of: bytes) || bytes.isStart(of: $0.longest) })
    {
      lengthen(place, to: bytes, now)
      return
    }
    guard !missed.contains(where: { $0.spelling == bytes.hashValue }) else { return }
    missed.append(Miss(spelling: bytes.hashValue, at: now))
    tries.append(Try(longest: bytes, touchedAt: now))
    if tries.count > Misses.triesMax { tries.removeFirst() }
    if missed.count >= missesMax { block(settings, now) }
  }

  /// The same try: what counts is the longest spelling, so that going back and on in another way is another try.
  private mutating func lengthen(_ place: Int, to bytes: [UInt8], _ now: ContinuousClock.Instant) {
    tries[place].touchedAt = now
    guard bytes.count > tries[place].longest.count else { return }
    let old = tries[place].longest.hashValue
    tries[place].longest = bytes
    if let counted = missed.firstIndex(where: { $0.spelling == old }) {
      missed[counted].spelling = bytes.hashValue
    }
  }

  private mutating func block(_ settings: ThrottleSettings, _ now: ContinuousClock.Instant) {
    missed = []
    tries = []
    let doubled = settings.firstBlock * (1 << min(blocks, 20))
    blockedUntil = now.advanced(by: min(doubled, settings.longestBlock))
    blocks += 1
  }
}

extension [UInt8] {
  fileprivate func isStart(of other: [UInt8]) -> Bool { count <= other.count && other.starts(with: self) }
}

extension Duration {
  /// Whole seconds, rounded up, at least one.
  fileprivate var secondsUp: Int64 {
    max(1, components.seconds + (components.attoseconds > 0 ? 1 : 0))
  }
}
