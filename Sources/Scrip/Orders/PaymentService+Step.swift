extension PaymentService {
  /// The amounts that it takes and gives back are multiples of this, in minor units: 1 unless its own currency tables say
  /// otherwise.
  ///
  /// Source: https://docs.stripe.com/currencies: the last digit of a currency with three decimals is zero, and ariary have
  /// no fractions.
  public func step(of currency: Currency) -> Int64 {
    switch self {
    case .manual: return 1
    case .stripe:
      switch currency.code {
      case "BHD", "JOD", "KWD", "OMR", "TND": return 10
      case "MGA": return currency.exponent == 2 ? 100 : 1
      default: return 1
      }
    }
  }
}
