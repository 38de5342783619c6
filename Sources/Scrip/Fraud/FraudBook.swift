/// What rules remember of the last weeks, in bounded memory: counts by trait, who was seen together with whom, and how
/// often each coupon is used.
///
/// A value without a clock: moments come with what happens. Two nodes that were told the same have the same book, and one
/// that starts is told what the log holds of the last weeks. What is forgotten where there are too many keys is what
/// counts least, so a flood of new identities pushes out none that has done more.
public struct FraudBook: Sendable {
  /// How much is remembered at most.
  public struct Bounds: Hashable, Sendable {
    /// Counts by signal and trait, in each of the two windows.
    public var tallies: Int
    /// Traits of which it is known whom they were seen with; as many of which it is known what codes they tried.
    public var companies: Int
    /// Coupons whose rhythm is known.
    public var coupons: Int

    /// Says how much. A thousand tallies take about 200 KiB.
    public init(tallies: Int = 50_000, companies: Int = 20_000, coupons: Int = 5000) {
      self.tallies = tallies
      self.companies = companies
      self.coupons = coupons
    }
  }

  struct Tally: Hashable, Comparable, Sendable {
    let signal: FraudSignal
    let trait: FraudTrait

    /// Hashes both as one number: the digest is a hash itself.
    func hash(into hasher: inout Hasher) { hasher.combine(trait.digest &+ signal.salt) }

    static func < (left: Tally, right: Tally) -> Bool {
      left.signal == right.signal
        ? left.trait < right.trait : left.signal.rawValue < right.signal.rawValue
    }
  }

  private static let minute: Int64 = 60_000_000
  private static let hour: Int64 = 60 * minute
  private static let day: Int64 = 24 * hour
  /// What happens in a rush: an hour, to the minute.
  private static let rush = SlidingWindow.Shape(spanMicroseconds: hour, grainMicroseconds: minute)
  /// What becomes a habit: thirty days, to half a day.
  private static let habit = SlidingWindow.Shape(spanMicroseconds: 30 * day, grainMicroseconds: 12 * hour)

  /// Beyond so much all counts say the same, and rules may calculate with them.
  private static let countMax: Int64 = 1_000_000_000

  private let bounds: Bounds
  private var rushes: SlidingCounts<Tally>
  private var habits: SlidingCounts<Tally>
  private var companies: [FraudTrait: FraudCompany] = [:]
  private var rhythms: [Coupon.ID: FraudRhythms] = [:]
  /// Of all coupons together.
  private var shop: FraudRhythms?
  private var guesses: [FraudTrait: FraudGuesses] = [:]
  private var stems: FraudStems
  /// Coupons that looked leaked when they were used last: few, and mostly none.
  private var suspects: Set<Coupon.ID> = []

  /// A book in which nothing stands.
  public init(_ bounds: Bounds = Bounds()) {
    self.bounds = bounds
    rushes = SlidingCounts(FraudBook.rush, keysMax: bounds.tallies)
    habits = SlidingCounts(FraudBook.habit, keysMax: bounds.tallies)
    stems = FraudStems(keysMax: bounds.companies)
  }

  /// Notes that an attempt was given a lock of some coupons: a use of its traits, with all that rules want to know of it.
  public mutating func noteUse(by asked: FraudAttempt, of coupons: [Coupon.ID]) {
    let attempt = asked.held
    // A rhythm is of buyers: nobody makes a coupon look leaked by locking it again and again.
    let isAgain = attempt.traits.contains {
      $0.kind != .network && countOfRush(.use, $0, at: attempt.at) > 0
    }
    count(.use, 1, of: attempt.traits, at: attempt.at)
    introduce(attempt.traits, strangers: attempt.isOfStranger ? attempt.names : [], at: attempt.at)
    for code in attempt.codes { stems.addUse(of: code, at: attempt.at) }
    if !isAgain { noteUse(of: coupons, isStranger: attempt.isOfStranger, at: attempt.at) }
  }

  /// Notes another coupon of an attempt whose use was noted before.
  public mutating func noteFurtherUse(by attempt: FraudAttempt, of coupon: Coupon.ID) {
    for code in attempt.codes { stems.addUse(of: code, at: attempt.at) }
    noteUse(of: [coupon], isStranger: attempt.isOfStranger, at: attempt.at)
  }

  /// Notes that an attempt was refused because of its score. It is no use, but who was seen with what is remembered: a ring
  /// whose next card is refused has one card more.
  public mutating func noteBlock(of asked: FraudAttempt) {
    let attempt = asked.held
    count(.block, 1, of: attempt.traits, at: attempt.at)
    introduce(attempt.traits, strangers: attempt.isOfStranger ? attempt.names : [], at: attempt.at)
  }

  /// Notes what happened to somebody. For a use, ``noteUse(by:of:)`` says more.
  ///
  /// - Parameters:
  ///   - weight: how often.
  ///   - uses: the coupons, for a use.
  public mutating func note(
    _ signal: FraudSignal, _ weight: Int64 = 1, of traits: [FraudTrait], uses: [Coupon.ID] = [],
    at moment: Instant
  ) {
    let traits = FraudTrait.held(traits)
    count(signal, weight, of: traits, at: moment)
    guard signal == .use else { return }
    introduce(traits, strangers: [], at: moment)
    noteUse(of: uses, isStranger: true, at: moment)
  }

  private mutating func count(
    _ signal: FraudSignal, _ weight: Int64, of traits: [FraudTrait], at moment: Instant
  ) {
    for trait in traits {
      rushes.add(weight, of: Tally(signal: signal, trait: trait), at: moment)
      if signal != .miss, signal != .nearMiss {
        habits.add(weight, of: Tally(signal: signal, trait: trait), at: moment)
      }
    }
  }

  /// Notes codes that opened nothing. One that a trait has tried before, or that is just being typed, is no other try.
  ///
  /// - Parameter codes: their spellings as they are compared.
  public mutating func noteMisses(_ codes: [String], of traits: [FraudTrait], at moment: Instant) {
    for code in codes { stems.addMiss(of: FraudCode(code), at: moment) }
    for trait in FraudTrait.held(traits) {
      if guesses[trait] == nil, guesses.count >= bounds.companies { forgetGuesses() }
      for code in codes {
        let kind = guesses[trait, default: FraudGuesses()].add(code, at: moment)
        if kind == .known { continue }
        count(.miss, 1, of: [trait], at: moment)
        if kind == .near { count(.nearMiss, 1, of: [trait], at: moment) }
      }
    }
  }

  /// How often something has happened to a trait within an hour.
  func countOfRush(_ signal: FraudSignal, _ trait: FraudTrait, at moment: Instant) -> Int64 {
    min(rushes.count(of: Tally(signal: signal, trait: trait), at: moment), FraudBook.countMax)
  }

  /// How often something has happened to a trait within thirty days.
  func countOfHabit(_ signal: FraudSignal, _ trait: FraudTrait, at moment: Instant) -> Int64 {
    min(habits.count(of: Tally(signal: signal, trait: trait), at: moment), FraudBook.countMax)
  }

  /// How many traits of a kind were seen together with one within thirty days, and with whom it would be more.
  ///
  /// - Parameter others: those of an attempt, which count as well.
  func company(
    of trait: FraudTrait, _ kind: FraudTrait.Kind, with others: [FraudTrait], at moment: Instant
  ) -> Int64 {
    let known = companies[trait] ?? FraudCompany()
    return known.count(of: kind, with: others, at: moment)
  }

  /// How many customers whom the shop did not know were seen within thirty days with any of an attempt's devices, cards,
  /// phones and mailboxes, or with any other thing of those, its own customer among them.
  func strangers(with attempt: FraudAttempt) -> Int64 {
    var customers = Set(attempt.names)
    var things = Set(attempt.traits)
    for _ in 0..<2 {
      let found = things.flatMap { companies[$0]?.strangers(at: attempt.at) ?? [] }
      customers.formUnion(found)
      things.formUnion(found.flatMap { companies[$0]?.things(at: attempt.at) ?? [] })
    }
    return Int64(customers.count)
  }

  /// How many codes that begin like one opened nothing within an hour, and how many opened something, whoever tried.
  func stem(of code: FraudCode, at moment: Instant) -> (misses: Int64, uses: Int64) {
    stems.counts(of: code, at: moment)
  }

  /// How much coupons look leaked at a moment: those alone that look so at all.
  func leaks(at moment: Instant) -> [Coupon.ID: FraudSign] {
    var leaks: [Coupon.ID: FraudSign] = [:]
    for coupon in suspects { leaks[coupon] = leak(of: coupon, at: moment) }
    return leaks
  }

  /// How much is remembered.
  var sizes: (tallies: Int, companies: Int, coupons: Int, guesses: Int) {
    (rushes.keys.count + habits.keys.count, companies.count, rhythms.count, guesses.count)
  }

  /// Those who share a device, an instrument, a phone or a mailbox are remembered with it, and with whom things are.
  private mutating func introduce(_ traits: [FraudTrait], strangers: [FraudTrait], at moment: Instant) {
    for trait in traits where trait.kind != .email || strangers.contains(trait) {
      let kinds = FraudCompany.kinds(with: trait.kind)
      let others = traits.filter { kinds.contains($0.kind) }
      if others.isEmpty { continue }
      if companies[trait] == nil, companies.count >= bounds.companies { forgetCompanies() }
      companies[trait, default: FraudCompany()].add(others, strangers: strangers, at: moment)
    }
  }

  private mutating func noteUse(of coupons: [Coupon.ID], isStranger: Bool, at moment: Instant) {
    for coupon in coupons {
      shop = shop ?? FraudRhythms(from: moment)
      shop?.add(isStranger: isStranger, at: moment)
      noteUse(of: coupon, isStranger: isStranger, at: moment)
    }
  }

  private mutating func noteUse(of coupon: Coupon.ID, isStranger: Bool, at moment: Instant) {
    if rhythms[coupon] == nil, rhythms.count >= bounds.coupons { forgetRhythms() }
    rhythms[coupon, default: FraudRhythms(from: moment)].add(isStranger: isStranger, at: moment)
    if leak(of: coupon, at: moment) == nil { suspects.remove(coupon) } else { suspects.insert(coupon) }
  }

  private func leak(of coupon: Coupon.ID, at moment: Instant) -> FraudSign? {
    guard let rhythm = rhythms[coupon], let shop else { return nil }
    return LeakedCoupon.look(at: rhythm, in: shop, at: moment)
  }

  /// Those with the smallest company go first, the longest unseen among equals.
  private mutating func forgetCompanies() {
    let lightest = companies.map { (count: $1.count, latest: $1.latest, key: $0) }
      .sorted { ($0.count, $0.latest, $0.key) < ($1.count, $1.latest, $1.key) }
    for entry in lightest.prefix(max(1, companies.count / 4)) { companies[entry.key] = nil }
  }

  private mutating func forgetRhythms() {
    let oldest = rhythms.map { (latest: $1.latest, key: $0) }
      .sorted { ($0.latest, $0.key) < ($1.latest, $1.key) }
    for entry in oldest.prefix(max(1, rhythms.count / 4)) {
      rhythms[entry.key] = nil
      suspects.remove(entry.key)
    }
  }

  private mutating func forgetGuesses() {
    let oldest = guesses.map { (latest: $1.latest, key: $0) }
      .sorted { ($0.latest, $0.key) < ($1.latest, $1.key) }
    for entry in oldest.prefix(max(1, guesses.count / 4)) { guesses[entry.key] = nil }
  }
}

extension FraudSignal {
  /// Tells signals of one trait apart where they are hashed.
  fileprivate var salt: UInt64 {
    switch self {
    case .use: 1
    case .purchase: 2
    case .abandonment: 3
    case .miss: 4
    case .nearMiss: 5
    case .foreignCoupon: 6
    case .refund: 7
    case .block: 8
    }
  }
}
