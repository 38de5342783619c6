extension OrderCondition {
  /// The sales channel.
  public static var channel: Kind<Membership<Named.Channel>> {
    Kind("channel", "The sales channel", asks: .channel) { channels, order in
      channels.judge(order.cart.channel)
    }
  }
}

extension OrderFact {
  /// The sales channel.
  public static let channel = OrderFact(rawValue: "cart.channel")
}
