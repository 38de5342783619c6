import Ledger
import Promotions
import Scrip

/// What is asked of those who buy.
extension LoadPlan {
  /// What buyers have bought before: of each as many of its orders are looked at as are told apart, and the first one.
  mutating func addBuyers(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.buyers.isEmpty { return }
    let keys = Array(request.buyers)
    add(
      """
      SELECT k.tenant, k.buyer, (
          SELECT count(*) FROM (
            SELECT FROM scrip.shop_order AS o
            WHERE o.tenant = k.tenant AND o.buyer = k.buyer AND o.state IN (3, 4, 5) LIMIT $3) AS paid),
        (SELECT o.created_at FROM scrip.shop_order AS o
          WHERE o.tenant = k.tenant AND o.buyer = k.buyer ORDER BY o.created_at, o.id LIMIT 1)
      FROM unnest($1, $2) AS k(tenant, buyer)
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value.stored))
      $0.bind(Customer.orderCountMax)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        guard let buyer = IdentityKey(stored: row.text(1)) else { throw .corrupt("a buyer") }
        let first = row.optionalInt64(3).flatMap { Instant(exactly: $0) }
        set.found.buyers[Owned(row.tenant(0), buyer)] = BuyerHistory(paid: row.int64(2), firstAt: first)
      }
    }
  }
}
