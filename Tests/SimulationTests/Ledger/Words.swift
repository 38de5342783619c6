/// What the ledger talks about: plain values, nothing of the engine's.
///
/// Money is a number of minor units by the code of its currency, moments are seconds, shares are parts in a million.
extension Ledger {
  /// Text that names something, compared by its bytes.
  struct Name: Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    let text: String

    init(_ text: String) { self.text = text }
    init(stringLiteral text: String) { self.text = text }

    var description: String { text }

    /// What it looks like: without hyphens, O as 0, I and L as 1.
    var likeness: String {
      String(text.filter { $0 != "-" }.map { ["O": "0", "I": "1", "L": "1"][$0] ?? $0 })
    }

    static func == (left: Name, right: Name) -> Bool { Array(left.text.utf8) == Array(right.text.utf8) }
    static func < (left: Name, right: Name) -> Bool {
      left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }
    func hash(into hasher: inout Hasher) { hasher.combine(Array(text.utf8)) }
  }

  typealias Amounts = [String: Int]

  enum Rounding: CaseIterable { case halfUp, halfEven, down }

  struct Line: Hashable {
    var id: Name
    var product: Name
    var category: Name
    var seller: Name?
    var quantity: Int
    /// Of one unit, in thousandths of a minor unit.
    var price: Int

    /// What the line costs: a half goes up.
    var cost: Int { (price * quantity + 500) / 1000 }

    /// What each unit costs: the line's money in equal parts, what is left by ones to the first.
    var units: [Int] { (0..<quantity).map { cost / quantity + ($0 < cost % quantity ? 1 : 0) } }
  }

  struct Charge: Hashable {
    var id: Name
    var method: Name
    var seller: Name?
    var amount: Int
  }

  struct Cart: Hashable {
    var currency = "USD"
    var lines: [Line] = []
    var charges: [Charge] = []

    var goods: Int { lines.map(\.cost).reduce(0, +) }
    var shipping: Int { charges.map(\.amount).reduce(0, +) }
  }

  struct Customer: Hashable {
    var user: Name?
    var email: Name?
    var country: String?
    var segments: [Name]?
    var isNew: Bool?

    /// What limits for each person are held against.
    var keys: Set<Name> {
      Set([user.map { Name("user " + $0.text) }, email.map { Name("email " + $0.text) }].compactMap(\.self))
    }
  }

  indirect enum Rule: Hashable {
    case all([Rule]), any([Rule]), not(Rule)
    case amount(Amounts), quantity(Int), isNew(Bool), country([String]), segment([Name]), user([Name])
    case product([Name]), category([Name]), seller([Name])
  }

  enum Period: CaseIterable { case day, week, month }

  /// One day, week or month, by the day that it begins with.
  struct Span: Hashable {
    let period: Period
    let firstDay: Int
  }

  struct Limits: Hashable {
    var total: Int?
    var perUser: Int?
    var perCode: Int?
    var perPeriod: [Period: Int] = [:]
    var budget: Amounts = [:]
    var clips = false
  }

  enum Kind: Hashable {
    case percent(Int), fixed(Amounts), shipping(Int, methods: [Name], countries: [String])
    /// Amounts in parts of a minor unit.
    case decimal(Amounts)

    var isAmount: Bool {
      switch self {
      case .fixed, .decimal: true
      case .percent, .shipping: false
      }
    }
  }

  enum Scope: CaseIterable { case order, line, unit }
  enum Class: CaseIterable { case line, order, shipping }
  enum Stacking: Hashable { case exclusive, group(Name), open }
  enum Cause: Hashable { case canceled, refunded }

  struct Terms: Hashable {
    var kind: Kind
    var cap: Amounts = [:]
    var scope = Scope.order
    /// Lines that it may discount, by product or category.
    var lines: Rule?
    var seller: Name?
    var rules: Rule?
    var minimum: Amounts = [:]
    var isMinimumRunning = false
    var starts: Int?
    var ends: Int?
    var limits = Limits()
    var owner: Name?
    var stacking = Stacking.open
    var beside = Set(Class.allCases)
    var priority = 0
    var restores: Set<Cause> = [.canceled]
    var campaign: Int?
    var billing: BillingTerms?

    var kindOfClass: Class {
      if case .shipping = kind { return .shipping }
      return scope == .order ? .order : .line
    }
  }

  /// What several coupons may give together.
  struct Campaign: Hashable {
    var starts: Int?
    var ends: Int?
    var total: Int?
    var budget: Amounts = [:]

    /// What it may give in a currency: nothing in one that it does not name, if it names any.
    func limit(_ currency: String) -> Int? { budget.isEmpty ? nil : budget[currency] ?? 0 }
  }

  enum CouponState { case draft, active, disabled, archived }

  struct Coupon: Equatable {
    /// The engine's text for it, which also says what is older.
    var id: String
    var terms: Terms
    var state = CouponState.draft
    var revokes = false
    var hasCode = false
  }

  struct Code: Equatable {
    let coupon: Int
    let owner: Name?
    let limit: Int?
    var isGenerated = false
  }

  enum UseState { case locked, redeemed, released }

  struct Use: Equatable {
    let coupon: Int
    let code: Name
    let codeOwner: Name?
    /// The terms that were agreed.
    let terms: Terms
    /// Who is counted; nobody where no limit for each person stood.
    let keys: Set<Name>
    let spans: Set<Span>
    /// The currency whose budget pays, if there is one.
    let budget: String?
    /// The order's currency.
    let currency: String
    var amount: Int
    var state = UseState.locked
    /// Whether its coupon was disabled together with its locks while it was locked.
    var isDoomed = false
    /// Whether its coupon came back to the application and took its place in the tables.
    var isReplaced = false
    /// Whether its order was honoured although there was no room for it.
    var isOverLimit = false
    /// Whether a subscription or an invoice holds it; it has no code then if its coupon was named itself.
    var isBilled = false

    /// Whether limits count it.
    var isCounted: Bool { state != .released && !isOverLimit }
  }

  struct Application: Equatable {
    let order: Name
    let lockedAt: Int
    var expiresAt: Int
    var cart: Cart
    var customer: Customer
    var uses: [Int]
    /// All uses that it ever had.
    var ever: [Int]
    var quote: Quote
    var state = UseState.locked
    var cause = ""
    /// Whether a coupon of it was disabled together with its locks while it was one: it may never be redeemed.
    var isDoomed = false
    /// Whether its time is over and nobody has tidied it yet: its campaigns count it still.
    var isUntidied = false
    /// Whether its order is kept by the engine, so that nothing is asked of it by itself.
    var isKept = false
  }

  /// What one coupon takes off one line or one shipping charge.
  struct Part: Hashable {
    let target: Name
    let amount: Int
    let units: [Int]
  }

  struct Applied: Hashable {
    let coupon: Int
    let code: Name
    let amount: Int
    let uncapped: Int
    let isPending: Bool
    let parts: [Part]
  }

  /// What an order wants, and what it has got of that so far.
  struct Order {
    let candidates: [Candidate]
    var applied: [Applied] = []
  }

  struct Quote: Equatable {
    struct Refused: Hashable {
      let index: Int
      let reason: String
    }

    var applied: [Applied] = []
    var refused: [Refused] = []
    var discount: Int { applied.map(\.amount).reduce(0, +) }
  }

  enum Verdict: Equatable { case made, done, refused(String) }
}
