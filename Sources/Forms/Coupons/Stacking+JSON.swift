import JSON
import Scrip

private enum PolicyName: String, CaseIterable { case exclusive, group, open }

extension Stacking: ObjectForm, JSONWritable {
  /// `Stacking`
  public static let formName = "Stacking"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stacking: Stacking?) -> Stacking?
  {
    let name = walk.required("policy", stacking?.policy.name, .choice())
    let group = walk.optional("group", stacking?.policy.group, .word(StackingGroup.self))
    // An exclusive coupon stands beside nothing, so it names nothing unless told.
    let usual = name == .exclusive ? [] : Set(DiscountClass.allCases)
    let combinesWith = walk.member("combines_with", stacking?.combinesWith, else: usual, .choices())
    guard let name, let group, let combinesWith, let policy = Policy(name, group: group, in: walk) else {
      return nil
    }
    return Stacking(policy: policy, combinesWith: combinesWith)
  }
}

extension Stacking.Policy {
  fileprivate var name: PolicyName {
    switch self {
    case .exclusive: .exclusive
    case .group: .group
    case .open: .open
    }
  }

  fileprivate var group: StackingGroup? {
    switch self {
    case .group(let name): name
    case .exclusive, .open: nil
    }
  }

  fileprivate init?<Walk: FormWalk & ~Copyable>(
    _ name: PolicyName, group: StackingGroup?, in walk: borrowing Walk
  ) {
    switch (name, group) {
    case (.group, .some(let group)): self = .group(group)
    case (.group, nil):
      walk.refuse("group", .required, "is required for the policy \"group\"")
      return nil
    case (_, .some):
      walk.refuse("group", .invalidValue, "must be null unless the policy is \"group\"")
      return nil
    case (.exclusive, nil): self = .exclusive
    case (.open, nil): self = .open
    }
  }
}
