/// What the ledger knows of subscriptions and invoices: plain values, nothing of the engine's.
///
/// Amounts of more digits than the currency has are parts of a minor unit: 100,000,000 are one.
extension Ledger {
  static let parts = 100_000_000

  /// How a coupon acts on subscriptions and invoices.
  struct BillingTerms: Hashable {
    enum Cadence: Hashable {
      case once, periods(Int), months(Int), forever
    }

    var cadence: Cadence
    var redeemAfter: Int?
    var redeemBefore: Int?
    /// An amount that is more than there is, is left out.
    var skips = false
    var carries = false
    var again = false
    var isForCheckout = false
  }

  enum PlanStatus: String, CaseIterable {
    case trialing, active, past_due, paused, cancelled
  }

  struct Phase: Hashable {
    let name: Name
    let starts: Int
    let ends: Int?
  }

  /// What is told of a subscription.
  struct Plan: Equatable {
    var customer: Name
    var currency: String
    var status = PlanStatus.active
    var lines: [Name] = []
    var phases: [Phase] = []
    var periodStart: Int?
    var revision: Int?
  }

  struct Subscription: Equatable {
    let name: Name
    var plan: Plan
  }

  /// How somebody names a coupon.
  enum CouponName: Hashable {
    case code(Name)
    case itself(Int)
  }

  /// What somebody wants attached.
  struct Wanted: Equatable {
    var coupon: CouponName
    var line: Name?
    var phase: Name?
    var starts: Int?
    var ends: Int?
    var isForNow = false
    var priority: Int?
  }

  struct Association: Equatable {
    /// The engine's text for it, which also says what is older.
    var id = ""
    let subscription: Int
    /// The use that it holds.
    let use: Int
    let line: Name?
    let phase: Name?
    let starts: Int?
    let ends: Int?
    let priority: Int
    let attachedAt: Int
    /// The whole amount that it carries over.
    let carried: Int?
    var detachedAt: Int?
    var isGivenBack = false

    var start: Int { starts ?? attachedAt }
  }

  struct BillLine: Hashable {
    var id: Name
    /// In parts of a minor unit; below zero for a credit.
    var amount: Int
    var item: Name?
    var product: Name?
    var categories: [Name]?
    var isDiscountable = true

    /// A half goes away from nothing.
    var money: Int {
      let magnitude = (abs(amount) + Ledger.parts / 2) / Ledger.parts
      return amount < 0 ? -magnitude : magnitude
    }
  }

  /// A coupon that is named for one invoice.
  struct Named: Hashable {
    var coupon: CouponName
    /// As it is typed, which says whether it is the same as before.
    var typed: Name
    var line: Name?
  }

  /// What is told of an invoice.
  struct BillContent: Equatable {
    var subscription: Int?
    var customer: Name?
    var currency: String
    /// Nil for what it was, or now.
    var date: Int?
    var lines: [BillLine]
    var named: [Named] = []
    var revision: Int?
  }

  /// Where a coupon of an invoice comes from.
  enum Origin: Hashable {
    case association(Int)
    case named(Int)
  }

  struct BillShare: Hashable {
    let line: Int
    let amount: Int
  }

  /// What a coupon takes off an invoice.
  struct Deduction: Equatable {
    var origin: Origin
    var coupon: Int
    var original: Int
    var amount: Int
    var position: Int
    var shares: [BillShare]
    /// The use that it holds, of a coupon that is named for the invoice.
    var use: Int?
    var balance: Int?
    /// On how many invoices it is taken off; nil for any number.
    var most: Int?
  }

  struct BillPrice: Equatable {
    var amounts: [Int] = []
    var discounts: [Int] = []
    var applied: [Deduction] = []
    var refused: [Origin: String] = [:]

    var discount: Int { discounts.reduce(0, +) }
    var total: Int { amounts.reduce(0, +) - discount }
  }

  enum BillState: String { case draft, finalized, voided }

  struct Bill: Equatable {
    let name: Name
    var content: BillContent
    var price: BillPrice
    var state = BillState.draft
  }

  /// Everything about billing.
  struct Billing: Equatable {
    var subscriptions: [Subscription] = []
    var associations: [Association] = []
    var bills: [Bill] = []
  }
}
