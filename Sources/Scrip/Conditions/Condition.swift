/// One condition of a rule: its kind, and what the coupon names for it.
///
/// Each kind stands in one file of this folder, which declares its name, what it names, what it asks of a request, how
/// it judges and what explains its refusal; ``RuledOrder/kinds`` and ``RuledLine/kinds`` list them. Reading, writing
/// and the schema follow from the form of what it names.
public struct Condition<Subject: RuleSubject & ~Copyable>: Sendable {
  // The kind by its place in the list: one byte instead of a reference that every copy would count.
  private let place: UInt8
  /// What the coupon names.
  public let operand: Operand

  /// A condition of a kind that is in the list.
  public init(_ kind: AnyKind, _ operand: Operand) {
    guard let place = Subject.kinds.firstIndex(of: kind) else {
      preconditionFailure("the kind \(kind.name) is not listed")
    }
    precondition(operand.isOf(kind.form), "the kind \(kind.name) names something else")
    self.place = UInt8(place)
    self.operand = operand
  }

  /// What kind of condition it is.
  public var kind: AnyKind { Subject.kinds[Int(place)] }

  /// Its name in JSON, also used to explain a refusal.
  public var name: String { kind.name }

  /// What can be said of a subject.
  func judge(_ subject: borrowing Subject) -> Truth { Subject.kinds[Int(place)].judge(operand, subject) }
}

extension Condition: Hashable where Subject: ~Copyable {
  /// Two conditions are the same if they are of one kind and name the same.
  public static func == (left: Self, right: Self) -> Bool {
    left.place == right.place && left.operand == right.operand
  }

  /// Hashes the kind and what is named.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(place)
    hasher.combine(operand)
  }
}

extension Condition where Subject: ~Copyable {
  /// A kind of condition, as lists hold it.
  public struct AnyKind: Sendable {
    /// Its name in JSON and in refusals.
    public let name: String
    /// What it looks at, in words for whoever writes a coupon.
    public let meaning: String
    /// The form of what a coupon names.
    public let form: OperandForm
    /// What a request has to say for it to be judged; nil where a cart says enough by itself, or where, as of amounts
    /// in another currency, nothing can be said.
    public let asks: OrderFact?
    let judge: @Sendable (Operand, borrowing Subject) -> Truth
    let explain: @Sendable (borrowing Subject) -> Details
  }

  /// A kind of condition together with the type of what a coupon names; call it with such a value to make one.
  ///
  /// ```swift
  /// let germans = Rule.condition(.country(.isIn(["DE"])))
  /// ```
  public struct Kind<Value: OperandValue>: Sendable {
    /// The kind as lists hold it.
    public let kind: AnyKind

    /// Declares a kind.
    ///
    /// - Parameters:
    ///   - form: how the values are written, if not as their type is by itself.
    ///   - asks: what a request has to say for it to be judged.
    ///   - explain: facts for a refusal that asks, beside what is missing.
    init(
      _ name: String, _ meaning: String, form: OperandForm = Value.form, asks: OrderFact? = nil,
      explain: @escaping @Sendable (borrowing Subject) -> Details = { _ in [:] },
      judge: @escaping @Sendable (Value, borrowing Subject) -> Truth
    ) {
      kind = AnyKind(
        name: name, meaning: meaning, form: form, asks: asks,
        judge: { operand, subject in
          guard let value = Value(operand) else { preconditionFailure("an operand is of its kind's form") }
          return judge(value, subject)
        }, explain: explain)
    }

    /// A condition of this kind.
    public func callAsFunction(_ value: Value) -> Condition { Condition(kind, value.operand) }
  }
}

extension Condition.AnyKind: Equatable where Subject: ~Copyable {
  /// Two kinds are the same if they have one name.
  public static func == (left: Self, right: Self) -> Bool { left.name.hasSameBytes(as: right.name) }
}

/// Which orders may use a coupon.
public typealias Rule = RuleTree<OrderCondition>
/// Which lines a coupon may discount.
public typealias LineRule = RuleTree<LineCondition>
/// One condition on a whole order.
public typealias OrderCondition = Condition<RuledOrder>
/// One condition on a line, which decides whether a coupon may discount it.
public typealias LineCondition = Condition<RuledLine>
