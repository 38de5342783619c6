/// Conditions joined by all, any and not.
public indirect enum RuleTree<Leaf: Hashable & Sendable>: Hashable, Sendable {
  /// Every part holds; true when empty.
  case all([RuleTree])
  /// At least one part holds; false when empty.
  case any([RuleTree])
  /// The part does not hold.
  case not(RuleTree)
  /// One condition.
  case condition(Leaf)

  /// What can be said of the tree when `test` judges each condition.
  ///
  /// A part that is unknown leaves `all` and `any` open unless another part decides; `not` of something unknown is
  /// unknown. So whatever becomes known later, a tree that holds still holds, and one that fails still fails.
  public func judged(by test: (Leaf) -> Truth) -> Truth {
    switch self {
    case .all(let parts): parts.everyOne { $0.judged(by: test) }
    case .any(let parts): parts.someOne { $0.judged(by: test) }
    case .not(let part): !part.judged(by: test)
    case .condition(let condition): test(condition)
    }
  }

  /// Whether some condition of the tree is such a one.
  public func contains(where isOne: (Leaf) -> Bool) -> Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains { $0.contains(where: isOne) }
    case .not(let part): part.contains(where: isOne)
    case .condition(let condition): isOne(condition)
    }
  }

  /// The conditions that stand in the way, in the order written: what to tell somebody whom the rule turned away.
  /// A condition under `not` stands in the way when it holds. Empty unless the tree fails.
  public func obstacles(_ test: (Leaf) -> Truth) -> [Leaf] {
    reasons(for: .fails, test)
  }

  /// The conditions by which the tree comes out as it does; empty if it does not come out so.
  private func reasons(for outcome: Truth, _ test: (Leaf) -> Truth) -> [Leaf] {
    if judged(by: test) != outcome { return [] }
    switch self {
    case .all(let parts), .any(let parts): return parts.flatMap { $0.reasons(for: outcome, test) }
    case .not(let part): return part.reasons(for: !outcome, test)
    case .condition(let condition): return [condition]
    }
  }
}

extension RuleTree {
  /// Whether the tree would hold if whoever asks could say the best of every unknown condition that can be told.
  ///
  /// Other unknown conditions stay unknown: nothing that could be said makes an amount in another currency.
  public func couldHold(_ test: (Leaf) -> Truth, ifTold isTellable: (Leaf) -> Bool) -> Bool {
    could(.holds, test, isTellable)
  }

  /// The unknown conditions that can be told and of which it depends whether the tree holds, in the order written:
  /// once all of them are known, no other unknown condition that can be told keeps it from holding. Empty unless the
  /// tree is unknown and could hold.
  public func openQuestions(
    _ test: (Leaf) -> Truth, ifTold isTellable: (Leaf) -> Bool
  ) -> [Leaf] {
    questions(about: .holds, test, isTellable)
  }

  private func could(
    _ wanted: Truth, _ test: (Leaf) -> Truth, _ isTellable: (Leaf) -> Bool
  ) -> Bool {
    switch self {
    case .all(let parts):
      wanted == .holds
        ? parts.allSatisfy { $0.could(wanted, test, isTellable) }
        : parts.contains { $0.could(wanted, test, isTellable) }
    case .any(let parts):
      wanted == .holds
        ? parts.contains { $0.could(wanted, test, isTellable) }
        : parts.allSatisfy { $0.could(wanted, test, isTellable) }
    case .not(let part): part.could(!wanted, test, isTellable)
    case .condition(let condition):
      switch test(condition) {
      case .unknown: isTellable(condition)
      case let truth: truth == wanted
      }
    }
  }

  private func questions(
    about wanted: Truth, _ test: (Leaf) -> Truth, _ isTellable: (Leaf) -> Bool
  ) -> [Leaf] {
    if judged(by: test) != .unknown || !could(wanted, test, isTellable) { return [] }
    switch self {
    case .all(let parts), .any(let parts):
      return parts.flatMap { $0.questions(about: wanted, test, isTellable) }
    case .not(let part): return part.questions(about: !wanted, test, isTellable)
    case .condition(let condition): return [condition]
    }
  }
}
