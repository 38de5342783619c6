/// What names users, and can name them otherwise: pseudonyms where it is kept, the caller's own ids where it is shown.
public protocol UserNaming {
  /// Gives every user id that stands in this another one. What names nobody stays as it is, at no cost.
  mutating func renameUsers(_ rename: (UserID) -> UserID)
}

extension UserNaming {
  /// The same with other user ids.
  public func renamingUsers(_ rename: (UserID) -> UserID) -> Self {
    var renamed = self
    renamed.renameUsers(rename)
    return renamed
  }
}

extension Array: UserNaming where Element: UserNaming {
  /// Renames the users of each element.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    for index in indices { self[index].renameUsers(rename) }
  }
}

extension CodeGrant: UserNaming {
  /// Renames its owner.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    if let owner { self.owner = rename(owner) }
  }
}

extension CouponTerms: UserNaming {
  /// Renames their owner, and whoever their rules list, however deep.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    if let owner { self.owner = rename(owner) }
    if let rules, rules.namesUsers { self.rules = rules.renamingUsers(rename) }
  }
}

extension Coupon: UserNaming {
  /// Renames whom its terms name.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) { terms.renameUsers(rename) }
}

extension PersonalCoupon.Code: UserNaming {
  /// Renames the code's owner.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) { grant.renameUsers(rename) }
}

extension PersonalCoupon: UserNaming {
  /// Renames whom the coupon's terms name, and the owners of the codes.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    coupon.renameUsers(rename)
    codes.renameUsers(rename)
  }
}

extension Order: UserNaming {
  /// Renames who buys.
  public mutating func renameUsers(_ rename: (UserID) -> UserID) {
    if let userID = content.customer.userID { content.customer.userID = rename(userID) }
  }
}

extension RuleTree where Leaf == Condition<RuledOrder> {
  fileprivate var namesUsers: Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains { $0.namesUsers }
    case .not(let part): part.namesUsers
    case .condition(let condition): condition.users != nil
    }
  }

  fileprivate func renamingUsers(_ rename: (UserID) -> UserID) -> Self {
    switch self {
    case .all(let parts): .all(parts.map { $0.renamingUsers(rename) })
    case .any(let parts): .any(parts.map { $0.renamingUsers(rename) })
    case .not(let part): .not(part.renamingUsers(rename))
    case .condition(let condition): .condition(condition.renamingUsers(rename))
    }
  }
}

extension Condition where Subject == RuledOrder {
  /// The users that it lists; nil if it looks at something else.
  fileprivate var users: NameSet? {
    guard case .names(let names) = operand, kind.asks == .userID else { return nil }
    return names
  }

  fileprivate func renamingUsers(_ rename: (UserID) -> UserID) -> Self {
    guard let users else { return self }
    let list = users.list.map { NameSet.Name(rename(UserID($0.text)).text) }
    return Self(kind, .names(NameSet(list, isIn: users.isIn)))
  }
}
