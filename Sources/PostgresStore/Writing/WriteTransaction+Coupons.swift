import Engine
import Scrip

/// Counts are written on condition: one that grows past its limit changes no row, and that is a failure.
extension WriteTransaction {
  func writeTenants(_ set: WorkingSet) {
    if set.changes.tenants.isEmpty { return }
    let records = set.changes.tenants.sorted().map { set.changed(set.tenants[$0]) }
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.tenant (tenant, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (tenant) DO UPDATE SET name = excluded.name, rounding = excluded.rounding,
          percent_base = excluded.percent_base, lock_seconds = excluded.lock_seconds,
          head_sequence = excluded.head_sequence, head_hash = excluded.head_hash
        """
      ) {
        $0.bind(records.map(\.tenant.id))
        $0.bind(records.map(\.tenant.name))
        $0.bind(records.map(\.tenant.settings.pricing.rounding.rawValue))
        $0.bind(records.map(\.tenant.settings.pricing.percentBase.rawValue))
        $0.bind(records.map(\.tenant.settings.lockSeconds))
        $0.bind(records.map(\.head.sequence))
        $0.bind(records.map(\.head.hash))
      }
    }
  }

  func writeCoupons(_ set: WorkingSet) {
    let termless = set.changes.coupons.compactMap { key in
      set.termlessCoupons[key].map { (key: key, coupon: $0) }
    }
    if termless.count < set.changes.coupons.count { writeCouponRows(set) }
    if !termless.isEmpty { writeTermless(termless.sorted { $0.key < $1.key }) }
    if !set.changes.newVersions.isEmpty { writeVersions(set) }
  }

  /// A coupon that is there is changed if its count is let through; any other is new. Uses of one batch may have been
  /// taken under the limit that stood before the batch lowered it, so that limit serves as well.
  private func writeCouponRows(_ set: WorkingSet) {
    let keys = set.changes.coupons.filter { set.termlessCoupons[$0] == nil }.sorted()
    let records = keys.map { set.changed(set.coupons[$0]) }
    let coupons = records.map(\.coupon)
    add { [enforcesLimits] pipeline in
      pipeline.add(
        """
        WITH n AS MATERIALIZED (
          SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $20)
            AS n(tenant, id, state, revokes_locks, revocations, version, locked, redeemed, limit_total, owner, seller_id, starts_at,
              ends_at, head_sequence, head_hash, created_at, updated_at, uses_max)),
        changed AS (
          UPDATE scrip.coupon AS c SET state = n.state, revokes_locks = n.revokes_locks, revocations = n.revocations, version = n.version,
            locked = n.locked, redeemed = n.redeemed, limit_total = n.limit_total, owner = n.owner,
            seller_id = n.seller_id, starts_at = n.starts_at, ends_at = n.ends_at, head_sequence = n.head_sequence,
            head_hash = n.head_hash, created_at = n.created_at, updated_at = n.updated_at
          FROM n WHERE c.tenant = n.tenant AND c.id = n.id AND (NOT $18
            OR n.uses_max IS NULL OR n.locked + n.redeemed <= n.uses_max
            OR n.locked + n.redeemed <= c.locked + c.redeemed
            OR c.limit_total IS NULL OR n.locked + n.redeemed <= c.limit_total)
          RETURNING 1),
        made AS (
          INSERT INTO scrip.coupon (tenant, id, state, revokes_locks, revocations, version, locked, redeemed, limit_total, owner,
            seller_id, starts_at, ends_at, head_sequence, head_hash, created_at, updated_at)
          SELECT tenant, id, state, revokes_locks, revocations, version, locked, redeemed, limit_total, owner, seller_id,
            starts_at, ends_at, head_sequence, head_hash, created_at, updated_at
          FROM n WHERE NOT EXISTS (SELECT 1 FROM scrip.coupon AS c WHERE c.tenant = n.tenant AND c.id = n.id)
            AND (NOT $18 OR n.uses_max IS NULL OR n.locked + n.redeemed <= n.uses_max)
          RETURNING 1)
        SELECT scrip.require((SELECT count(*) FROM changed) + (SELECT count(*) FROM made) = $19,
          'a coupon''s uses would pass its limit')
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value))
        $0.bind(coupons.map(\.state.stored))
        $0.bind(coupons.map(\.revokesLocks))
        $0.bind(coupons.map(\.revocations))
        $0.bind(coupons.map(\.version))
        $0.bind(coupons.map(\.uses.locked))
        $0.bind(coupons.map(\.uses.redeemed))
        $0.bind(coupons.map(\.terms.limits.total))
        $0.bind(coupons.map(\.terms.owner))
        $0.bind(coupons.map(\.terms.sellerID))
        $0.bind(coupons.map(\.terms.validity.startsAt))
        $0.bind(coupons.map(\.terms.validity.endsAt))
        $0.bind(records.map(\.head.sequence))
        $0.bind(records.map(\.head.hash))
        $0.bind(coupons.map(\.createdAt))
        $0.bind(coupons.map(\.updatedAt))
        $0.bind(enforcesLimits)
        $0.bind(keys.count)
        $0.bind(zip(keys, coupons).map { set.changes.usesMax(of: $0, limit: $1.terms.limits.total) })
      }
    }
  }

  /// A coupon whose terms can't be read keeps the columns that repeat them, and takes no uses.
  private func writeTermless(_ rows: [(key: Owned<Coupon.ID>, coupon: TermlessCoupon)]) {
    let lives = rows.map(\.coupon.life)
    add { [enforcesLimits] pipeline in
      pipeline.add(
        """
        WITH changed AS (
          UPDATE scrip.coupon AS c SET state = n.state, revokes_locks = n.revokes_locks, revocations = n.revocations,
            locked = n.locked, redeemed = n.redeemed, head_sequence = n.head_sequence, head_hash = n.head_hash,
            updated_at = n.updated_at
          FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            AS n(tenant, id, state, revokes_locks, revocations, locked, redeemed, head_sequence, head_hash, updated_at)
          WHERE c.tenant = n.tenant AND c.id = n.id
            AND (NOT $11 OR n.locked + n.redeemed <= c.locked + c.redeemed)
          RETURNING 1)
        SELECT scrip.require((SELECT count(*) FROM changed) = $12, 'a coupon without terms takes no uses')
        """
      ) {
        $0.bind(rows.map(\.key.tenant))
        $0.bind(rows.map(\.key.value))
        $0.bind(lives.map(\.state.stored))
        $0.bind(lives.map(\.revokesLocks))
        $0.bind(lives.map(\.revocations))
        $0.bind(lives.map(\.uses.locked))
        $0.bind(lives.map(\.uses.redeemed))
        $0.bind(rows.map(\.coupon.head.sequence))
        $0.bind(rows.map(\.coupon.head.hash))
        $0.bind(lives.map(\.updatedAt))
        $0.bind(enforcesLimits)
        $0.bind(rows.count)
      }
    }
  }

  private func writeVersions(_ set: WorkingSet) {
    let versions = Array(set.changes.newVersions)
    add { pipeline in
      pipeline.add(
        "INSERT INTO scrip.coupon_version (tenant, coupon_id, version, terms) SELECT * FROM unnest($1, $2, $3, $4)"
      ) {
        $0.bind(versions.map(\.key.tenant))
        $0.bind(versions.map(\.key.value.couponID))
        $0.bind(versions.map(\.key.value.version))
        $0.bindTexts(versions.map { set.changes.storedTerms(of: $0.key, $0.value) })
      }
    }
  }
}
