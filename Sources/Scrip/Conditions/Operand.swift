/// What a condition compares with: a closed set of shapes, so that each is read, written and described once.
public enum Operand: Hashable, Sendable {
  /// Names of which one is to be there, or none.
  case names(NameSet)
  /// Bounds of an amount.
  case amounts(AmountRange)
  /// Bounds of a count.
  case count(CountRange)
  /// Yes or no.
  case flag(Bool)

  /// Whether a kind of this form can have it.
  func isOf(_ form: OperandForm) -> Bool {
    switch (self, form) {
    case (.names, .names), (.names, .countries), (.amounts, .amounts), (.count, .count), (.flag, .flag): true
    case (.names, _), (.amounts, _), (.count, _), (.flag, _): false
    }
  }
}

/// How an operand is written.
public enum OperandForm: CaseIterable, Sendable {
  /// Any names.
  case names
  /// Names that are countries.
  case countries
  /// Bounds of an amount, by currency.
  case amounts
  /// Bounds of a count.
  case count
  /// Yes or no.
  case flag
}

/// A type that conditions compare with: one shape of ``Operand``, as their judgement wants it.
public protocol OperandValue: Sendable {
  /// How it is written, unless a kind says otherwise.
  static var form: OperandForm { get }
  /// The value as an operand.
  var operand: Operand { get }

  /// The value of an operand; nil for one of another shape.
  init?(_ operand: Operand)
}

/// From an amount to an amount, both included, each by currency.
public struct AmountRange: Hashable, Sendable, OperandValue {
  /// The least; nil for no such bound.
  public let minimum: AmountsByCurrency?
  /// The most; nil for no such bound.
  public let maximum: AmountsByCurrency?

  /// Makes bounds.
  public init(minimum: AmountsByCurrency? = nil, maximum: AmountsByCurrency? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// The bounds of an operand.
  public init?(_ operand: Operand) {
    guard case .amounts(let range) = operand else { return nil }
    self = range
  }

  /// By currency.
  public static var form: OperandForm { .amounts }
  /// The bounds as an operand.
  public var operand: Operand { .amounts(self) }

  /// Whether an amount lies within; unknown where a bound has no entry for its currency.
  func judge(_ amount: Int64, in currency: Currency) -> Truth {
    bound(minimum, in: currency) { amount >= $0 } && bound(maximum, in: currency) { amount <= $0 }
  }

  private func bound(
    _ amounts: AmountsByCurrency?, in currency: Currency, _ isKept: (Int64) -> Bool
  ) -> Truth {
    guard let amounts else { return .holds }
    return amounts[currency].map { Truth(isKept($0)) } ?? .unknown
  }
}

/// From a count to a count, both included.
public struct CountRange: Hashable, Sendable, OperandValue {
  /// The least; nil for no such bound.
  public let minimum: Int64?
  /// The most; nil for no such bound.
  public let maximum: Int64?

  /// Makes bounds.
  public init(minimum: Int64? = nil, maximum: Int64? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// The bounds of an operand.
  public init?(_ operand: Operand) {
    guard case .count(let range) = operand else { return nil }
    self = range
  }

  /// As numbers.
  public static var form: OperandForm { .count }
  /// The bounds as an operand.
  public var operand: Operand { .count(self) }

  /// Whether a count lies within.
  func judge(_ count: Int64) -> Truth { Truth(count >= minimum ?? 0 && count <= maximum ?? .max) }
}

extension Bool: OperandValue {
  /// Yes or no.
  public init?(_ operand: Operand) {
    guard case .flag(let flag) = operand else { return nil }
    self = flag
  }

  /// As it is.
  public static var form: OperandForm { .flag }
  /// The flag as an operand.
  public var operand: Operand { .flag(self) }
}

extension Condition.Kind where Subject: ~Copyable, Value == AmountRange {
  /// A condition with these bounds.
  public func callAsFunction(
    minimum: AmountsByCurrency? = nil, maximum: AmountsByCurrency? = nil
  ) -> Condition<Subject> {
    self(AmountRange(minimum: minimum, maximum: maximum))
  }
}

extension Condition.Kind where Subject: ~Copyable, Value == CountRange {
  /// A condition with these bounds.
  public func callAsFunction(minimum: Int64? = nil, maximum: Int64? = nil) -> Condition<Subject> {
    self(CountRange(minimum: minimum, maximum: maximum))
  }
}
