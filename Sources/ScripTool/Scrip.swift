import CommandLineClient

extension Program {
  /// The service and everything that is done with it from a command line.
  static let scrip = Program(
    name: "scrip", about: "coupons and discounts that are never used once too often.", version: "0.1.0",
    verbs: Verb.all)
}

extension Verb {
  /// Every verb, in the order in which help lists them.
  static let all: [Verb] =
    serving + coupons + campaigns + orders + keptOrders + payments + subscriptions + invoices + sandboxes
    + access + persons + mail + history + tasks
    + webhooks
    + keeping + relays
    + migrating + inbox + fraud + replaying
}
