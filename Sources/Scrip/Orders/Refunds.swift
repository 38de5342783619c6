/// What was paid for each unit and each shipping charge of an order, and what of that was given back.
///
/// A unit costs its part of the line, less what the coupons that applied took off this very unit. So any units can be
/// given back, in any order and in any number of refunds, and all of them together come to what was paid, to the cent.
public struct RefundLedger: Hashable, Sendable {
  /// A line of goods.
  public struct Line: Hashable, Sendable {
    /// The caller's name for it.
    public let id: LineID
    /// What was paid for each unit, in minor units.
    public let paid: UnitRuns
    /// The units that were given back.
    public fileprivate(set) var refunded = UnitSet()
  }

  /// A shipping charge.
  public struct Charge: Hashable, Sendable {
    /// The caller's name for it.
    public let id: LineID
    /// What was paid, in minor units.
    public let paid: Int64
    /// What of that was given back, in minor units.
    public fileprivate(set) var refunded: Int64 = 0
  }

  /// The order's currency.
  public let currency: Currency
  /// The lines, as in the cart.
  public private(set) var lines: [Line]
  /// The charges, as in the cart.
  public private(set) var charges: [Charge]

  /// What was paid for a cart under a quote.
  ///
  /// - Throws: `MoneyOverflow` for a cart that has no price.
  public init(_ cart: Cart, _ quote: Quote) throws(MoneyOverflow) {
    currency = cart.currency
    lines = []
    for line in cart.lines {
      lines.append(
        Line(id: line.id, paid: UnitRuns(try line.unitPrice.times(line.quantity), over: line.quantity)))
    }
    charges = cart.shipping.map { Charge(id: $0.id, paid: $0.amount) }
    for allocation in quote.applied.lazy.flatMap(\.allocations) {
      switch allocation.target {
      case .line(let place):
        lines[place] = Line(id: lines[place].id, paid: lines[place].paid.subtracting(allocation.units))
      case .shipping(let place):
        charges[place] = Charge(id: charges[place].id, paid: charges[place].paid - allocation.amount)
      }
    }
  }

  /// What was paid for a cart under a quote, of which some was given back.
  ///
  /// - Throws: `MoneyOverflow` for a cart that has no price.
  public init(_ cart: Cart, _ quote: Quote, returned: ReturnedParts) throws(MoneyOverflow) {
    try self.init(cart, quote)
    for place in lines.indices { lines[place].refunded = returned.lines[lines[place].id] ?? UnitSet() }
    for place in charges.indices { charges[place].refunded = returned.charges[charges[place].id] ?? 0 }
  }

  /// What was paid in all, in minor units.
  public var paid: Int64 { lines.reduce(0) { $0 + $1.paid.total } + charges.reduce(0) { $0 + $1.paid } }

  /// What was given back in all, in minor units.
  public var refunded: Int64 {
    lines.reduce(0) { $0 + $1.paid.total(of: $1.refunded) } + charges.reduce(0) { $0 + $1.refunded }
  }

  /// Whether nothing is left to give back, units that cost nothing included.
  public var isExhausted: Bool {
    lines.allSatisfy { $0.refunded.count == $0.paid.unitCount }
      && charges.allSatisfy { $0.refunded == $0.paid }
  }
}

/// What is to be given back.
public struct RefundRequest: Hashable, Sendable {
  /// Which units of a line.
  public enum Units: Hashable, Sendable {
    /// So many of those that were not given back yet, the first ones of them.
    case count(Int64)
    /// These very ones, by their places.
    case these(UnitSet)
  }

  /// Units by line.
  public var lines: [LineID: Units]
  /// Money of shipping charges, in minor units.
  public var charges: [LineID: Int64]

  /// Makes a request.
  public init(lines: [LineID: Units] = [:], charges: [LineID: Int64] = [:]) {
    self.lines = lines
    self.charges = charges
  }
}

/// What is given back at once.
public struct Refund: Hashable, Sendable {
  /// Units of a line.
  public struct Line: Hashable, Sendable {
    /// The line.
    public let id: LineID
    /// Which of its units.
    public let units: UnitSet
    /// What they cost, in minor units.
    public let amount: Int64

    /// Makes a part.
    public init(id: LineID, units: UnitSet, amount: Int64) {
      self.id = id
      self.units = units
      self.amount = amount
    }
  }

  /// Money of a shipping charge.
  public struct Charge: Hashable, Sendable {
    /// The charge.
    public let id: LineID
    /// How much of it, in minor units.
    public let amount: Int64

    /// Makes a part.
    public init(id: LineID, amount: Int64) {
      self.id = id
      self.amount = amount
    }
  }

  /// The lines, as in the cart.
  public let lines: [Line]
  /// The charges, as in the cart.
  public let charges: [Charge]

  /// Makes a refund.
  public init(lines: [Line], charges: [Charge]) {
    self.lines = lines
    self.charges = charges
  }

  /// All of it, in minor units.
  public var amount: Int64 { lines.reduce(0) { $0 + $1.amount } + charges.reduce(0) { $0 + $1.amount } }
}

/// Why something can't be given back.
public enum RefundRefusal: Error, Hashable, Sendable {
  /// The order has no such line.
  case unknownLine(LineID)
  /// The order has no such shipping charge.
  case unknownCharge(LineID)
  /// Nothing is asked for, or less than nothing.
  case nothingAsked
  /// The line has not so many units that were not given back.
  case tooManyUnits(LineID, left: Int64)
  /// The line never had such a unit.
  case unknownUnit(LineID)
  /// A unit was given back before.
  case unitGone(LineID)
  /// The charge has less left, in minor units.
  case tooMuchShipping(LineID, left: Int64)
}

extension RefundLedger {
  /// What a request comes to, and what is then given back: all of it or nothing.
  public mutating func refund(_ request: RefundRequest) throws(RefundRefusal) -> Refund {
    try check(request)
    var after = self
    var parts: [Refund.Line] = []
    for place in lines.indices {
      guard let wanted = request.lines[lines[place].id] else { continue }
      let units = try lines[place].units(wanted)
      parts.append(Refund.Line(id: lines[place].id, units: units, amount: lines[place].paid.total(of: units)))
      after.lines[place].refunded = lines[place].refunded.union(units)
    }
    var shipping: [Refund.Charge] = []
    for place in charges.indices {
      guard let wanted = request.charges[charges[place].id] else { continue }
      let left = charges[place].paid - charges[place].refunded
      if wanted > left { throw .tooMuchShipping(charges[place].id, left: left) }
      shipping.append(Refund.Charge(id: charges[place].id, amount: wanted))
      after.charges[place].refunded += wanted
    }
    self = after
    return Refund(lines: parts, charges: shipping)
  }

  /// Everything that is left.
  public mutating func refundRest() -> Refund {
    let parts = lines.indices.compactMap { (place) -> Refund.Line? in
      let line = lines[place]
      let left = line.paid.unitCount - line.refunded.count
      guard left > 0, let units = line.refunded.firstOthers(left, below: line.paid.unitCount) else {
        return nil
      }
      lines[place].refunded = line.refunded.union(units)
      return Refund.Line(id: line.id, units: units, amount: line.paid.total(of: units))
    }
    let shipping = charges.indices.compactMap { (place) -> Refund.Charge? in
      let left = charges[place].paid - charges[place].refunded
      charges[place].refunded = charges[place].paid
      return left > 0 ? Refund.Charge(id: charges[place].id, amount: left) : nil
    }
    return Refund(lines: parts, charges: shipping)
  }

  private func check(_ request: RefundRequest) throws(RefundRefusal) {
    let known = Set(lines.map(\.id))
    let knownCharges = Set(charges.map(\.id))
    if let unknown = request.lines.keys.filter({ !known.contains($0) }).min() { throw .unknownLine(unknown) }
    if let unknown = request.charges.keys.filter({ !knownCharges.contains($0) }).min() {
      throw .unknownCharge(unknown)
    }
    let isSomething =
      request.lines.values.allSatisfy(\.isSomething) && request.charges.values.allSatisfy { $0 > 0 }
    if !isSomething || request.lines.isEmpty && request.charges.isEmpty { throw .nothingAsked }
  }
}

extension RefundRequest.Units {
  fileprivate var isSomething: Bool {
    switch self {
    case .count(let count): count > 0
    case .these(let units): !units.isEmpty
    }
  }
}

extension RefundLedger.Line {
  fileprivate func units(_ wanted: RefundRequest.Units) throws(RefundRefusal) -> UnitSet {
    switch wanted {
    case .count(let count):
      let left = paid.unitCount - refunded.count
      guard count <= left, let units = refunded.firstOthers(count, below: paid.unitCount) else {
        throw .tooManyUnits(id, left: left)
      }
      return units
    case .these(let units):
      let start = units.ranges.first?.lowerBound ?? 0
      if start < 0 || units.end > paid.unitCount { throw .unknownUnit(id) }
      if units.overlaps(refunded) { throw .unitGone(id) }
      return units
    }
  }
}
