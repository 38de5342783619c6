/// A way of getting discounts that nobody meant to give.
package enum ShopAttack: String, CaseIterable, Sendable {
  /// Codes are guessed, through many addresses.
  case codeGuessing = "code_guessing"
  /// One person has fifty accounts, each with a welcome of its own.
  case manyAccounts = "many_accounts"
  /// A ring buys with the code, and in the name, of the one to whom it belongs.
  case sharedCode = "shared_code"
  /// Places of a limited coupon are locked and let go of, so that others get none.
  case lockHoarding = "lock_hoarding"
  /// A partner's code stands on a page of deals.
  case leakedCode = "leaked_code"
  /// Purchases are taken back again and again, and something is kept each time.
  case refundCycling = "refund_cycling"
}

/// How much care an attacker takes not to be seen.
package enum ShopAttackManner: String, CaseIterable, Sendable {
  /// As fast as it goes, from whatever is at hand.
  case bold
  /// With some patience and a few identities.
  case usual
  /// Slowly, with as many identities as it can be bothered to make.
  case careful
}

/// Honest buyers who look alike.
package enum ShopCrowd: String, CaseIterable, Sendable {
  /// Whoever buys on any day: at home, on the way, as a guest.
  case everyday
  /// Four to six on one address, who share a tablet and a card, of an evening.
  case families
  /// Many behind one address at lunch, some who order for all, some with the company's card.
  case offices
  /// Thousands within an hour, half of them through carriers, most of whom leave their carts.
  case flashSale = "flash_sale"
  /// Customers who were reminded of an old coupon by mail.
  case newsletter
}

/// Whose attempt it is: what rules are not told, and reports are made of.
package enum ShopActor: Hashable, Sendable {
  case attack(ShopAttack)
  case crowd(ShopCrowd)
}
