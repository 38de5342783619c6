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
    // Division of 128 bits is a library call that costs ten times the instruction for 64.
    if let numerator = Int64(exactly: numerator), let denominator = Int64(exactly: denominator) {
      return Int128(rounded(numerator, by: denominator))
    }
    return rounded(numerator, by: denominator)
  }

  /// The same for what fits into 64 bits, as nearly everything does.
  func divide(_ numerator: Int64, by denominator: Int64) -> Int64 {
    precondition(numerator >= 0 && denominator > 0, "only magnitudes are rounded")
    return rounded(numerator, by: denominator)
  }

  private func rounded<Magnitude: FixedWidthInteger>(
    _ numerator: Magnitude, by denominator: Magnitude
  ) -> Magnitude {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    // Compared with what is missing to the next whole, since twice the remainder might not fit.
    let missing = denominator - remainder
    switch self {
    case .down: return quotient
    case .halfUp: return remainder >= missing ? quotient + 1 : quotient
    case .halfEven:
      if remainder == missing { return quotient & 1 == 0 ? quotient : quotient + 1 }
      return remainder > missing ? quotient + 1 : quotient
    }
  }
}
