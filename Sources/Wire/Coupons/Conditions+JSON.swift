import JSON
import Scrip

extension Membership: JSONWritable {
  /// `{"in":["DE","AT"]}` or `{"not_in":["DE"]}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .isIn(let list): writer.member("in", list)
      case .isNotIn(let list): writer.member("not_in", list)
      }
    }
  }

  init?(reading value: ValueReader, _ lists: inout RuleLists) {
    self.init(reading: value) { lists.read($0) }
  }

  init?(reading value: ValueReader, _ readList: (ValueReader) -> [ExactText<Subject>]?) {
    let membership = value.object { (object: inout ObjectReader) -> Membership? in
      object.refuseUnknownMembers()
      let isIn = object.member("in", readList)
      let isNotIn = object.member("not_in", readList)
      switch (isIn, isNotIn) {
      case (.some(.some(let list)), .some(nil)): return .isIn(list)
      case (.some(nil), .some(.some(let list))): return .isNotIn(list)
      case (nil, _), (_, nil): return nil
      default:
        value.refuse(.invalidValue, "must have either \"in\" or \"not_in\"")
        return nil
      }
    }
    guard let membership else { return nil }
    self = membership
  }
}

extension OrderCondition: RuleCondition {
  func writeValue(to writer: inout JSONWriter) {
    switch self {
    case .amount(let minimum, let maximum):
      writer.object { writer in
        if let minimum { writer.member("min", minimum) }
        if let maximum { writer.member("max", maximum) }
      }
    case .quantity(let minimum, let maximum):
      writer.object { writer in
        if let minimum { writer.member("min", minimum) }
        if let maximum { writer.member("max", maximum) }
      }
    case .user(let list): list.write(to: &writer)
    case .seller(let list): list.write(to: &writer)
    case .product(let list): list.write(to: &writer)
    case .category(let list): list.write(to: &writer)
    case .country(let list): list.write(to: &writer)
    case .channel(let list): list.write(to: &writer)
    case .segment(let list): list.write(to: &writer)
    case .firstOrder(let expected): writer.bool(expected)
    }
  }

  init?(named name: String, value: ValueReader, from origin: FormOrigin, _ lists: inout RuleLists) {
    let condition: OrderCondition?
    switch name {
    case "amount": condition = value.amountBounds(from: origin)
    case "quantity": condition = value.quantityBounds()
    case "user": condition = Membership(reading: value, &lists).map(Self.user)
    case "seller": condition = Membership(reading: value, &lists).map(Self.seller)
    case "product": condition = Membership(reading: value, &lists).map(Self.product)
    case "category": condition = Membership(reading: value, &lists).map(Self.category)
    case "country": condition = Membership(countries: value, from: origin, &lists).map(Self.country)
    case "channel": condition = Membership(reading: value, &lists).map(Self.channel)
    case "segment": condition = Membership(reading: value, &lists).map(Self.segment)
    case "first_order": condition = value.bool().map(Self.firstOrder)
    default:
      value.refuse(unknownRule, "is no rule for orders that this version knows")
      return nil
    }
    guard let condition else { return nil }
    self = condition
  }
}

extension LineCondition: RuleCondition {
  func writeValue(to writer: inout JSONWriter) {
    switch self {
    case .product(let list): list.write(to: &writer)
    case .category(let list): list.write(to: &writer)
    case .seller(let list): list.write(to: &writer)
    }
  }

  init?(named name: String, value: ValueReader, from origin: FormOrigin, _ lists: inout RuleLists) {
    let condition: LineCondition?
    switch name {
    case "product": condition = Membership(reading: value, &lists).map(Self.product)
    case "category": condition = Membership(reading: value, &lists).map(Self.category)
    case "seller": condition = Membership(reading: value, &lists).map(Self.seller)
    default:
      value.refuse(unknownRule, "is no rule for lines that this version knows")
      return nil
    }
    guard let condition else { return nil }
    self = condition
  }
}

extension ValueReader {
  /// Bounds of an amount. One that names no currency would say nothing of any order.
  fileprivate func amountBounds(from origin: FormOrigin) -> OrderCondition? {
    object { (object: inout ObjectReader) -> OrderCondition? in
      // A condition that is half understood could grant what it is there to refuse.
      object.refuseUnknownMembers()
      let minimum = object.member("min") { $0.amountBound(from: origin) }
      let maximum = object.member("max") { $0.amountBound(from: origin) }
      guard let minimum, let maximum, object.hasBound(minimum != nil || maximum != nil) else { return nil }
      for least in minimum?.entries ?? [] {
        guard let most = maximum?[least.currency], most < least.minorUnits else { continue }
        object.refuse("max", .invalidValue, "must be at least min in \(least.currency)")
        return nil
      }
      return .amount(minimum: minimum, maximum: maximum)
    }
  }

  fileprivate func quantityBounds() -> OrderCondition? {
    object { (object: inout ObjectReader) -> OrderCondition? in
      object.refuseUnknownMembers()
      let minimum = object.member("min") { $0.int64(in: 1...1_000_000_000) }
      let maximum = object.member("max") { $0.int64(in: 1...1_000_000_000) }
      guard let minimum, let maximum, object.hasBound(minimum != nil || maximum != nil) else { return nil }
      if let minimum, let maximum, maximum < minimum {
        object.refuse("max", .invalidValue, "must be at least min")
        return nil
      }
      return .quantity(minimum: minimum, maximum: maximum)
    }
  }

  private func amountBound(from origin: FormOrigin) -> AmountsByCurrency? {
    guard let amounts = amounts(in: 0...amountMax) else { return nil }
    if !amounts.isEmpty || origin == .stored { return amounts }
    refuse(.invalidValue, "must have an amount in at least one currency")
    return nil
  }
}

extension ObjectReader {
  fileprivate func hasBound(_ hasBound: Bool) -> Bool {
    if !hasBound { refuse("min", .required, "is required, or max") }
    return hasBound
  }
}

extension Membership<Named.Country> {
  /// If an entry is no country, the errors are recorded entry by entry.
  fileprivate init?(countries value: ValueReader, from origin: FormOrigin, _ lists: inout RuleLists) {
    self.init(reading: value) { list in
      let names: [Country]? = lists.read(list)
      return names.flatMap { names in list.array(max: names.count) { $0.country(from: origin) } }
    }
  }
}
