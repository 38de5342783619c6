extension OrderCondition {
  /// The customer's country. Of one that is none nothing is known; the refusal says what was probably meant.
  public static var country: Kind<Membership<Named.Country>> {
    Kind("country", "The customer's country", form: .countries, asks: .country, explain: saidCountry) {
      countries, order in countries.judge(order.customer.country.flatMap { $0.isAssigned ? $0 : nil })
    }
  }

  @Sendable private static func saidCountry(_ order: borrowing RuledOrder) -> Details {
    guard let country = order.customer.country else { return [:] }
    var facts: Details = ["country": .text(country.text)]
    facts["suggestion"] = country.suggestion.map { .text($0.text) }
    return facts
  }
}

extension OrderFact {
  /// The customer's country.
  public static let country = OrderFact(rawValue: "customer.country")
}
