import JSON
import Scrip

private enum PolicyName: String, CaseIterable { case exclusive, group, open }

extension Stacking: JSONWritable {
  /// `{"policy":"group","group":"sale","combines_with":["line","order","shipping"]}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch policy {
      case .exclusive:
        writer.member("policy", PolicyName.exclusive)
        writer.member("group", String?.none)
      case .group(let name):
        writer.member("policy", PolicyName.group)
        writer.member("group", name)
      case .open:
        writer.member("policy", PolicyName.open)
        writer.member("group", String?.none)
      }
      writer.member("combines_with", combinesWith)
    }
  }

  init?(reading value: ValueReader) {
    let stacking = value.object { (object: inout ObjectReader) -> Stacking? in
      let name = object.required("policy") { $0.enumeration(PolicyName.self) }
      let group = object.member("group") { $0.word(StackingGroup.self) }
      // An exclusive coupon stands beside nothing, so it names nothing unless told.
      let usual = name == .exclusive ? [] : Set(DiscountClass.allCases)
      let combinesWith = object.member("combines_with", else: usual) { $0.choices() }
      guard let name, let group, let combinesWith, let policy = Policy(name, group: group, in: object) else {
        return nil
      }
      return Stacking(policy: policy, combinesWith: combinesWith)
    }
    guard let stacking else { return nil }
    self = stacking
  }
}

extension Stacking.Policy {
  fileprivate init?(_ name: PolicyName, group: StackingGroup?, in object: borrowing ObjectReader) {
    switch (name, group) {
    case (.group, .some(let group)): self = .group(group)
    case (.group, nil):
      object.refuse("group", .required, "is required for the policy \"group\"")
      return nil
    case (_, .some):
      object.refuse("group", .invalidValue, "must be null unless the policy is \"group\"")
      return nil
    case (.exclusive, nil): self = .exclusive
    case (.open, nil): self = .open
    }
  }
}
