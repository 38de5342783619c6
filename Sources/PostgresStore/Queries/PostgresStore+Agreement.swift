import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// What an event of a coupon says was agreed.
  public func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    let found = try query(of: [event.tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(
        "SELECT type, payload FROM scrip.event WHERE tenant = $1 AND stream = $2 AND sequence = $3"
      ) {
        $0.bind(event.tenant)
        $0.bind(event.value.couponID)
        $0.bind(event.value.sequence)
      }
    }
    guard let row = found.first else { throw .corrupt("the event that an application was agreed in") }
    return try StoredAgreement.decode(type: row.text(0), payload: row.bytes(1))
  }
}
