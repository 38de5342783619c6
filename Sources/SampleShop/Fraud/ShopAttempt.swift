import Scrip

/// A code that opens a coupon, and what the coupon would take off.
package struct ShopOpening: Hashable, Sendable {
  /// The code as it is compared.
  @Exact package var code: String
  /// What it opens.
  package let coupon: Coupon.ID
  /// The discount in minor units of the shop's one currency.
  package let discount: Int64

  package init(code: String, coupon: Coupon.ID, discount: Int64) {
    self.coupon = coupon
    self.discount = discount
    self.code = code
  }
}

/// What becomes of a lock.
package enum ShopOutcome: Hashable, Sendable {
  /// It is paid so many seconds later.
  case paid(after: Int64)
  /// It ends so many seconds later without a purchase.
  case abandoned(after: Int64)
  /// It is paid, and the purchase is taken back so many seconds after the lock.
  case refunded(paidAfter: Int64, after: Int64)
}

/// What somebody types into a checkout.
package enum ShopTyping: Hashable, Sendable {
  /// A code that opens a coupon.
  case opening(ShopOpening, ShopOutcome)
  /// Codes that open nothing.
  case misses([FraudCode])
  /// The code of a coupon that belongs to somebody else.
  case foreign
}

/// One request of a checkout.
package struct ShopAttempt: Hashable, Sendable {
  /// Whose it is.
  package let actor: ShopActor
  /// When.
  package let at: Instant
  /// By what the buyer is recognised.
  package let traits: [FraudTrait]
  /// For how long the shop has known the customer; nil for guests.
  package let accountAgeDays: Int64?
  /// What was typed.
  package let typed: ShopTyping

  package init(
    actor: ShopActor, at: Instant, traits: [FraudTrait], accountAgeDays: Int64?, typed: ShopTyping
  ) {
    self.actor = actor
    self.at = at
    self.traits = traits
    self.accountAgeDays = accountAgeDays
    self.typed = typed
  }
}
