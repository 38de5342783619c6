import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// What an event of a coupon says was agreed.
  public func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    try query { (rows) throws(StoreFailure) in try rows.agreement(event.value, of: event.tenant) }
  }
}
