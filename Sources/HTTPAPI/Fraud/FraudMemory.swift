import Ledger
import Promotions
import Scrip

/// What one node knows of one tenant's attempts: the book, and whose the last applications are.
struct FraudMemory {
  /// How many applications are remembered: what is given back later says nothing of anybody.
  static let applicationsMax = 50_000

  private(set) var book = FraudBook()
  /// Up to which position the log was read; nil if nobody has begun.
  var position: Int64?
  private var traits: [DiscountApplication.ID: [FraudTrait]] = [:]
  /// The applications in the order in which they came, some of them forgotten by now.
  private var order: [DiscountApplication.ID] = []
  private var first = 0

  /// Notes what an event says.
  mutating func note(_ change: FraudReader.Change, at moment: Instant) {
    switch change {
    case .use(let application, let coupon, let traits):
      book.note(.use, of: traits, uses: [coupon], at: moment)
      if !traits.isEmpty { remember(application, traits) }
    case .miss(let code, let traits): book.noteMisses([code], of: traits, at: moment)
    case .foreignCoupon(let traits): book.note(.foreignCoupon, of: traits, at: moment)
    case .release(let application, let signal):
      // An application counts once, however many coupons it has.
      guard let traits = traits.removeValue(forKey: application) else { return }
      book.note(signal, of: traits, at: moment)
    }
  }

  /// Notes codes that opened nothing.
  mutating func noteMisses(_ codes: [String], of traits: [FraudTrait], at moment: Instant) {
    book.noteMisses(codes, of: traits, at: moment)
  }

  private mutating func remember(_ application: DiscountApplication.ID, _ traits: [FraudTrait]) {
    if self.traits.updateValue(traits, forKey: application) != nil { return }
    order.append(application)
    guard order.count - first > FraudMemory.applicationsMax else { return }
    self.traits[order[first]] = nil
    first += 1
    if first > FraudMemory.applicationsMax {
      order.removeFirst(first)
      first = 0
    }
  }
}
