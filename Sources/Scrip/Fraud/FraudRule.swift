/// A sign that somebody is up to something: one file each, pure, and in the list of ``FraudRules``.
public protocol FraudRule: Sendable {
  /// Its name, in assessments and settings; it never changes.
  static var name: FraudRuleName { get }

  /// How many points it brings at full strength, where a tenant has said nothing.
  static var usualPoints: Int { get }
}

/// A sign that stands in what is known of a buyer.
public protocol FraudBuyerRule: FraudRule {
  /// What it sees in an attempt; nil if nothing.
  static func look(at attempt: FraudAttempt, in book: FraudBook) -> FraudSign?
}

/// Marks names of rules.
public enum FraudRuleSubject {}

/// A rule's name.
public typealias FraudRuleName = ExactText<FraudRuleSubject>

/// What a rule has seen.
public struct FraudSign: Hashable, Sendable {
  /// How strong it is, from 1 to 100 per cent of the rule's points.
  public let strength: Int
  /// What it is about: `uses` and how many, and the kind of trait that they have in common.
  public let facts: [FraudFact]

  /// Tells of a sign; one without any strength is none.
  public init?(strength: Int, _ facts: @autoclosure () -> [FraudFact]) {
    if strength <= 0 { return nil }
    self.strength = min(strength, 100)
    self.facts = facts()
  }

  /// How strong a number is: not at all up to `harmless`, fully from `certain` on, and evenly in between.
  static func strength(of count: Int64, harmless: Int64, certain: Int64) -> Int {
    if count <= harmless { return 0 }
    if count >= certain { return 100 }
    return max(1, Int((count - harmless) * 100 / (certain - harmless)))
  }
}

/// A number in an explanation, and what it is of.
public struct FraudFact: Hashable, Sendable {
  /// What is counted: `uses_in_an_hour`.
  @Exact public var name: String
  /// How many.
  public let count: Int64
  /// What those have in common; nil if that is the coupon, or nothing.
  public let trait: FraudTrait?

  /// Makes a fact.
  public init(_ name: String, _ count: Int64, of trait: FraudTrait? = nil) {
    self.count = count
    self.trait = trait?.plain
    self.name = name
  }
}

/// Every rule.
public enum FraudRules {
  /// The version of their judgement: it rises with every change after which the same book may give another score.
  public static let version: Int64 = 2

  /// Those that look at buyers, in the order in which they are asked.
  public static let ofBuyers: [any FraudBuyerRule.Type] = [
    UsesByPerson.self, UsesByDevice.self, UsesByPayment.self, UsesByNetwork.self, PersonsOnDevice.self,
    PersonsOnPayment.self, StrangersTogether.self, SpellingsOfMailbox.self, CardsOfPerson.self,
    DevicesOfPerson.self, GuessedCodes.self, NearGuesses.self, GuessedStem.self, HoardedLocks.self,
    ForeignCoupons.self, CycledRefunds.self, NewAccount.self, BlockedBefore.self,
  ]

  /// All of them.
  public static let all: [any FraudRule.Type] = ofBuyers + [LeakedCoupon.self]
}

extension FraudAttempt {
  /// The strongest sign that the traits of some kinds give, each by itself.
  func strongest(_ kinds: FraudTrait.Kinds, _ sign: (FraudTrait) -> FraudSign?) -> FraudSign? {
    var strongest: FraudSign?
    for trait in traits where kinds.holds(trait.kind) {
      if let found = sign(trait), found.strength > strongest?.strength ?? 0 { strongest = found }
    }
    return strongest
  }
}
