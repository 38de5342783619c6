import Ledger
import Scrip

/// What a repeated request says of an order that is paid: the same is answered the same, anything else is refused,
/// because the money that was paid does not change with it.
struct RepeatedOrder {
  /// The codes, as they are stored; nil for a request that names none. A malformed one is nil in the list.
  var codes: [CouponCode?]?
  var cart: Cart?
  var customer: Customer?
  var expectedDiscount: Int64?
  var expectedTotal: Int64?

  func check(against paid: DiscountApplication) throws(Refusal) {
    var items: [Refusal.Item] = []
    func differ(_ pointer: String, _ what: String, _ facts: Details = [:]) {
      let always: Details = [
        "application_id": .text(paid.id.description), "state": .text(paid.state.rawValue),
      ]
      items.append(
        Refusal.Item(
          pointer: pointer, code: Refusal.Code.alreadyRedeemed.rawValue,
          message: "The order was paid with \(what).", facts: facts.merging(always) { own, _ in own }))
    }
    if codes != nil || cart != nil || customer != nil {
      // Where the agreement can't be read, nobody knows any more what it was about besides codes and currency.
      let agreed = paid.basis?.context
      if let codes, Set(codes) != Set(paid.agreedUsages().map { $0.code }) { differ("/codes", "other codes") }
      if let cart, cart.currency != paid.currency {
        differ("/cart/currency", "\(paid.currency.code)")
      } else if let cart, let agreed, cart != agreed.cart {
        differ("/cart", "another cart")
      }
      if let customer, let agreed, !customer.isSame(as: agreed.customer) {
        differ("/customer", "another customer's data")
      }
    }
    if let expectedDiscount, expectedDiscount != paid.discount {
      let facts: Details = ["expected": .integer(expectedDiscount), "actual": .integer(paid.discount)]
      differ("/expected_discount", "another discount", facts)
    }
    if let expectedTotal, expectedTotal != paid.total {
      let facts: Details = ["expected": .integer(expectedTotal), "actual": .integer(paid.total)]
      differ("/expected_total", "another total", facts)
    }
    if items.isEmpty { return }
    throw Refusal(
      .alreadyRedeemed, "The application is settled with what was paid, which is not what this request says.",
      items: items)
  }
}
