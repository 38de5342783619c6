import Engine
import Scrip

extension WriteTransaction {
  /// Those that were given back come first: they make room for a new application of the same order.
  func writeApplications(_ set: WorkingSet) {
    let changed = set.changes.applications.subtracting(set.changes.newApplications).sorted()
    let isLive = { (key: Owned<DiscountApplication.ID>) in
      set.changed(set.applications[key]).application.state.isLive
    }
    update(changed.filter { !isLive($0) }, set)
    update(changed.filter(isLive), set)
    insert(set.changes.newApplications.sorted(), set)
    putUsages(of: changed, set)
    insertUsages(of: set.changes.newApplications.sorted(), set)
  }

  private func insert(_ keys: [Owned<DiscountApplication.ID>], _ set: WorkingSet) {
    if keys.isEmpty { return }
    let records = keys.map { set.changed(set.applications[$0]) }
    let applications = records.map(\.application)
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.application (tenant, id, order_id, buyer, state, locked_at, expires_at, settled_at,
          release_cause, currency, discount, total, agreed_coupon_id, agreed_sequence)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value))
        $0.bind(applications.map(\.orderID))
        $0.bind(applications.map { $0.buyer?.stored })
        $0.bind(applications.map(\.state.stored))
        $0.bind(applications.map(\.lockedAt))
        $0.bind(applications.map(\.expiresAt))
        $0.bind(applications.map(\.settledAt))
        $0.bind(applications.map { $0.releaseCause?.stored })
        $0.bind(applications.map(\.currency.code))
        $0.bind(applications.map(\.discount))
        $0.bind(applications.map(\.total))
        $0.bind(records.map(\.agreedIn.couponID))
        $0.bind(records.map(\.agreedIn.sequence))
      }
    }
  }

  private func update(_ keys: [Owned<DiscountApplication.ID>], _ set: WorkingSet) {
    if keys.isEmpty { return }
    let records = keys.map { set.changed(set.applications[$0]) }
    let applications = records.map(\.application)
    add { pipeline in
      pipeline.add(
        """
        WITH written AS (
          UPDATE scrip.application AS a SET state = n.state, expires_at = n.expires_at, settled_at = n.settled_at,
            release_cause = n.release_cause, discount = n.discount, total = n.total,
            agreed_coupon_id = n.agreed_coupon_id, agreed_sequence = n.agreed_sequence, buyer = n.buyer
          FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS n(tenant, id, state, expires_at, settled_at,
            release_cause, discount, total, agreed_coupon_id, agreed_sequence, buyer)
          WHERE a.tenant = n.tenant AND a.id = n.id
          RETURNING 1)
        SELECT scrip.require((SELECT count(*) FROM written) = $12, 'an application that changed is not there')
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value))
        $0.bind(applications.map(\.state.stored))
        $0.bind(applications.map(\.expiresAt))
        $0.bind(applications.map(\.settledAt))
        $0.bind(applications.map { $0.releaseCause?.stored })
        $0.bind(applications.map(\.discount))
        $0.bind(applications.map(\.total))
        $0.bind(records.map(\.agreedIn.couponID))
        $0.bind(records.map(\.agreedIn.sequence))
        $0.bind(applications.map { $0.buyer?.stored })
        $0.bind(keys.count)
      }
    }
  }

  private func insertUsages(of keys: [Owned<DiscountApplication.ID>], _ set: WorkingSet) {
    let rows = UsageRow.rows(of: keys, set)
    if rows.isEmpty { return }
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.usage (tenant, application_id, coupon_id, id, version, code, state, amount, counters, order_id,
          revocations)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """
      ) {
        UsageRow.bind(rows, to: &$0)
      }
    }
  }

  /// A changed application has changed usages; where events are folded page by page, also further ones.
  private func putUsages(of keys: [Owned<DiscountApplication.ID>], _ set: WorkingSet) {
    let rows = UsageRow.rows(of: keys, set)
    if rows.isEmpty { return }
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.usage (tenant, application_id, coupon_id, id, version, code, state, amount, counters, order_id,
          revocations)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (tenant, application_id, coupon_id) DO UPDATE SET id = excluded.id, version = excluded.version,
          code = excluded.code, state = excluded.state, amount = excluded.amount, counters = excluded.counters,
          revocations = excluded.revocations
        """
      ) {
        UsageRow.bind(rows, to: &$0)
      }
    }
  }
}

/// A usage with whose it is.
private struct UsageRow {
  let tenant: Tenant.ID
  let application: DiscountApplication
  let usage: Usage

  static func rows(of keys: [Owned<DiscountApplication.ID>], _ set: WorkingSet) -> [UsageRow] {
    keys.flatMap { key in
      let application = set.changed(set.applications[key]).application
      return application.usages.map { UsageRow(tenant: key.tenant, application: application, usage: $0) }
    }
  }

  /// Binds the columns tenant, application_id, coupon_id, id, version, code, state, amount, counters, order_id, revocations.
  static func bind(_ rows: [UsageRow], to parameters: inout Parameters) {
    parameters.bind(rows.map(\.tenant))
    parameters.bind(rows.map(\.application.id))
    parameters.bind(rows.map(\.usage.couponID))
    parameters.bind(rows.map(\.usage.id))
    parameters.bind(rows.map(\.usage.version))
    parameters.bind(rows.map(\.usage.code.canonical))
    parameters.bind(rows.map(\.usage.state.stored))
    parameters.bind(rows.map(\.usage.amount))
    parameters.bindTexts(rows.map { StoredCounters.encode($0.usage.counters) })
    parameters.bind(rows.map(\.application.orderID))
    parameters.bind(rows.map(\.usage.revocations))
  }
}
