import Ledger
import Promotions
import Scrip

/// What one node knows of one tenant's attempts: the book, and whose the last applications are.
struct FraudMemory {
  /// How many applications are remembered: what is given back later says nothing of anybody.
  static let applicationsMax = 50_000

  /// Whose an application is.
  private struct Known {
    let attempt: FraudAttempt
    var isPaid = false
  }

  private(set) var book = FraudBook()
  /// Up to which position the log was read; nil if nobody has begun.
  var position: Int64?
  private var known: [DiscountApplication.ID: Known] = [:]
  /// The applications in the order in which they came, some of them forgotten by now.
  private var order: [DiscountApplication.ID] = []
  private var first = 0

  /// Notes what an event says.
  mutating func note(_ change: FraudReader.Change, at moment: Instant) {
    switch change {
    case .use(let application, let coupon, let code, let record):
      if let record {
        let attempt = record.attempt(codes: [code], at: moment)
        book.noteUse(by: attempt, of: [coupon])
        remember(application, attempt)
      } else {
        var attempt = known[application]?.attempt ?? FraudAttempt(traits: [], at: moment)
        attempt.codes = [code]
        attempt.at = moment
        book.noteFurtherUse(by: attempt, of: coupon)
      }
    case .block(let record): book.noteBlock(of: record.attempt(at: moment))
    case .miss(let code, let traits): book.noteMisses([code.text], of: traits, at: moment)
    case .foreignCoupon(let traits): book.note(.foreignCoupon, of: traits, at: moment)
    case .end(let application, let signal): end(application, signal, at: moment)
    }
  }

  /// An application counts once, however many coupons it has.
  private mutating func end(_ application: DiscountApplication.ID, _ signal: FraudSignal, at moment: Instant)
  {
    guard let whose = known[application] else { return }
    if signal == .purchase {
      if whose.isPaid { return }
      known[application]?.isPaid = true
    } else {
      known[application] = nil
    }
    book.note(signal, of: whose.attempt.traits, at: moment)
  }

  /// The applications of whoever has a trait that were neither paid for nor given back.
  func unpaidApplications(of trait: FraudTrait) -> [DiscountApplication.ID] {
    known.compactMap { id, whose in !whose.isPaid && whose.attempt.traits.contains(trait) ? id : nil }
  }

  /// Notes codes that opened nothing.
  mutating func noteMisses(_ codes: [String], of traits: [FraudTrait], at moment: Instant) {
    book.noteMisses(codes, of: traits, at: moment)
  }

  private mutating func remember(_ application: DiscountApplication.ID, _ attempt: FraudAttempt) {
    if known.updateValue(Known(attempt: attempt), forKey: application) != nil { return }
    order.append(application)
    guard order.count - first > FraudMemory.applicationsMax else { return }
    known[order[first]] = nil
    first += 1
    if first > FraudMemory.applicationsMax {
      order.removeFirst(first)
      first = 0
    }
  }
}
