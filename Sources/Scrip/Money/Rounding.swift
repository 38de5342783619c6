/// How an exact fraction becomes a whole minor unit. Used once for each discount, at the discount's own scope.
public enum Rounding: String, CaseIterable, Sendable {
  /// A half goes away from zero: 2.5 becomes 3. The default.
  case halfUp = "half_up"
  /// A half goes to the even neighbour: 2.5 becomes 2, 3.5 becomes 4.
  case halfEven = "half_even"
  /// The fraction is dropped: 2.9 becomes 2.
  case down

  /// Rounds `numerator / denominator`, both of them not negative, denominator above zero.
  ///
  /// 15% of 9.99 is 14985 / 10000 = 1.4985 major units; in cents 149.85, rounded half-up to 150.
  public func divide(_ numerator: Int128, by denominator: Int128) -> Int128 {
    precondition(numerator >= 0 && denominator > 0, "only magnitudes are rounded")
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    let twice = remainder * 2
    switch self {
    case .down: return quotient
    case .halfUp: return twice >= denominator ? quotient + 1 : quotient
    case .halfEven:
      if twice == denominator { return quotient & 1 == 0 ? quotient : quotient + 1 }
      return twice > denominator ? quotient + 1 : quotient
    }
  }
}
