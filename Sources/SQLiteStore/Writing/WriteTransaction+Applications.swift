import Engine
import Scrip

extension WriteTransaction {
  /// Those that were given back come first: they make room for a new application of the same order.
  func writeApplications(_ set: WorkingSet) throws(StoreFailure) {
    let changed = set.changes.applications.subtracting(set.changes.newApplications)
    let records = changed.map { ($0, set.changed(set.applications[$0])) }
    for (key, record) in records where !record.application.state.isLive { try update(record, key) }
    for (key, record) in records where record.application.state.isLive { try update(record, key) }
    for key in set.changes.newApplications { try insert(set.changed(set.applications[key]), key) }
  }

  private func insert(
    _ record: ApplicationRecord, _ key: Owned<DiscountApplication.ID>
  ) throws(StoreFailure) {
    let application = record.application
    try connection.run(
      """
      INSERT INTO application (tenant, id, order_id, buyer, state, locked_at, expires_at, settled_at, release_cause,
        currency, discount, total, agreed_coupon_id, agreed_sequence)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(application.orderID)
      $0.bind(application.buyer?.stored)
      $0.bind(application.state.stored)
      $0.bind(application.lockedAt)
      $0.bind(application.expiresAt)
      $0.bind(application.settledAt)
      $0.bind(application.releaseCause?.stored)
      $0.bind(application.currency.code)
      $0.bind(application.discount)
      $0.bind(application.total)
      $0.bind(record.agreedIn.couponID)
      $0.bind(record.agreedIn.sequence)
    }
    for usage in application.usages { try write(usage, of: application, key) }
  }

  private func update(
    _ record: ApplicationRecord, _ key: Owned<DiscountApplication.ID>
  ) throws(StoreFailure) {
    let application = record.application
    let sql: StaticString = """
      UPDATE application SET state = ?3, expires_at = ?4, settled_at = ?5, release_cause = ?6, discount = ?7,
        total = ?8, agreed_coupon_id = ?9, agreed_sequence = ?10, buyer = ?11
      WHERE tenant = ?1 AND id = ?2
      """
    let updated = try connection.run(sql) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(application.state.stored)
      $0.bind(application.expiresAt)
      $0.bind(application.settledAt)
      $0.bind(application.releaseCause?.stored)
      $0.bind(application.discount)
      $0.bind(application.total)
      $0.bind(record.agreedIn.couponID)
      $0.bind(record.agreedIn.sequence)
      $0.bind(application.buyer?.stored)
    }
    if updated == 0 { throw .refused("an application that changed is not there", statement: sql) }
    for usage in application.usages { try write(usage, of: application, key) }
  }

  /// The index over live usages refuses a second one of the same coupon for the same order.
  private func write(
    _ usage: Usage, of application: DiscountApplication, _ key: Owned<DiscountApplication.ID>
  ) throws(StoreFailure) {
    try connection.run(
      """
      INSERT INTO usage (tenant, application_id, coupon_id, id, version, code, order_id, state, amount, counters,
        revocations)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
      ON CONFLICT (tenant, application_id, coupon_id) DO UPDATE SET id = excluded.id, version = excluded.version,
        code = excluded.code, state = excluded.state, amount = excluded.amount, counters = excluded.counters,
        revocations = excluded.revocations
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(usage.couponID)
      $0.bind(usage.id)
      $0.bind(usage.version)
      $0.bind(usage.code.canonical)
      $0.bind(application.orderID)
      $0.bind(usage.state.stored)
      $0.bind(usage.amount)
      $0.bindText(StoredCounters.encode(usage.counters))
      $0.bind(usage.revocations)
    }
  }
}
