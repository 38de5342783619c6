/// What can be said of a statement about an order of which not everything is known (Kleene's three values).
///
/// Not known is an answer of its own: it grants nothing, neither as it is nor turned around. A guest of whom nobody
/// said whether this is the first order has neither a first order nor a later one.
public enum Truth: Hashable, Sendable, CaseIterable {
  /// It is so, whatever else may become known.
  case holds
  /// It is not so, whatever else may become known.
  case fails
  /// Something that decides is not known.
  case unknown

  /// Makes a truth of something that is known.
  public init(_ holds: Bool) { self = holds ? .holds : .fails }

  /// The opposite; of something unknown nothing is known.
  public static prefix func ! (truth: Truth) -> Truth {
    switch truth {
    case .holds: .fails
    case .fails: .holds
    case .unknown: .unknown
    }
  }

  /// Whether both hold: one that fails decides.
  public static func && (left: Truth, right: Truth) -> Truth {
    if left == .fails || right == .fails { return .fails }
    return left == .holds && right == .holds ? .holds : .unknown
  }

  /// Whether one of them holds: one that does decides.
  public static func || (left: Truth, right: Truth) -> Truth { !(!left && !right) }
}

extension Sequence {
  /// Whether all elements pass a test; true of no elements. One that fails decides, and ends the search.
  func everyOne(_ test: (Element) -> Truth) -> Truth {
    var all = Truth.holds
    for element in self {
      all = all && test(element)
      if all == .fails { break }
    }
    return all
  }

  /// Whether some element passes a test; false of no elements. One that does decides, and ends the search.
  func someOne(_ test: (Element) -> Truth) -> Truth { !everyOne { !test($0) } }
}
