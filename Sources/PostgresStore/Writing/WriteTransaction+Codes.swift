import Engine
import Scrip

/// Codes and counters.
extension WriteTransaction {
  func writeCodes(_ set: WorkingSet) {
    if !set.changes.newCodes.isEmpty { insertCodes(set) }
    if !set.changes.codes.isEmpty { countCodes(set) }
  }

  /// A new code takes the place of an archived coupon's; another coupon's code stays, and the key refuses the new one.
  private func insertCodes(_ set: WorkingSet) {
    let keys = set.changes.newCodes.sorted()
    let records = keys.map { set.changed(set.codes[$0]) }
    add { [enforcesLimits] pipeline in
      pipeline.add(enforcesLimits ? WriteTransaction.makeRoom : WriteTransaction.makeAnyRoom) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value.canonical))
      }
      pipeline.add(
        """
        INSERT INTO scrip.code (tenant, canonical, coupon_id, display, owner, use_limit, used, is_generated)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value.canonical))
        $0.bind(records.map(\.couponID))
        $0.bind(
          zip(keys, records).map {
            $0.value.canonical.hasSameBytes(as: $1.grant.display) ? nil : $1.grant.display
          })
        $0.bind(records.map(\.grant.owner))
        $0.bind(records.map(\.grant.limit))
        $0.bind(records.map(\.used))
        $0.bind(records.map(\.grant.isGenerated))
      }
    }
  }

  private static let makeRoom: StaticString = """
    DELETE FROM scrip.code AS c USING (
      SELECT k.tenant, k.canonical, found.coupon_id FROM unnest($1, $2) AS k(tenant, canonical)
      CROSS JOIN LATERAL (
        SELECT f.coupon_id FROM scrip.code AS f WHERE f.tenant = k.tenant AND f.canonical = k.canonical OFFSET 0) AS found
      CROSS JOIN LATERAL (
        SELECT FROM scrip.coupon AS p WHERE p.tenant = k.tenant AND p.id = found.coupon_id AND p.state = 3 OFFSET 0
      ) AS archived) AS n
    WHERE c.tenant = n.tenant AND c.canonical = n.canonical AND c.coupon_id = n.coupon_id
    """

  /// Where events are folded again, the last one counts.
  private static let makeAnyRoom: StaticString = """
    DELETE FROM scrip.code AS c USING unnest($1, $2) AS n(tenant, canonical)
    WHERE c.tenant = n.tenant AND c.canonical = n.canonical
    """

  private func countCodes(_ set: WorkingSet) {
    let keys = set.changes.codes.sorted()
    let records = keys.map { set.changed(set.codes[$0]) }
    let limits = zip(keys, records).map { key, record in
      let coupon = set.coupons[Owned(key.tenant, record.couponID)]?.coupon
      return set.changes.usesMax(of: key, limit: record.grant.limit ?? coupon?.terms.limits.perCode)
    }
    add { [enforcesLimits] pipeline in
      pipeline.add(
        """
        WITH written AS (
          UPDATE scrip.code AS c SET used = n.used
          FROM unnest($1, $2, $3, $4, $5) AS n(tenant, canonical, coupon_id, used, use_limit)
          WHERE c.tenant = n.tenant AND c.canonical = n.canonical AND c.coupon_id = n.coupon_id
            AND (NOT $6 OR n.use_limit IS NULL OR n.used <= n.use_limit OR n.used <= c.used)
          RETURNING 1)
        SELECT scrip.require((SELECT count(*) FROM written) = $7, 'a code''s uses would pass its limit')
        """
      ) {
        $0.bind(keys.map(\.tenant))
        $0.bind(keys.map(\.value.canonical))
        $0.bind(records.map(\.couponID))
        $0.bind(records.map(\.used))
        $0.bind(limits)
        $0.bind(enforcesLimits)
        $0.bind(keys.count)
      }
    }
  }

  /// A counter at zero goes. One that is beyond a limit that was lowered may only fall. One that was looked for and not
  /// found is new: whoever else could make it needs the coupon's lock.
  func writeCounters(_ set: WorkingSet) {
    var empty: [Owned<CounterKey>] = []
    var new: [Owned<CounterKey>] = []
    var within: [Owned<CounterKey>] = []
    var beyond: [Owned<CounterKey>] = []
    for (key, limit) in set.changes.counters {
      let used = set.counters[key] ?? 0
      if used == 0 {
        empty.append(key)
      } else if enforcesLimits, let limit, used > limit {
        beyond.append(key)
      } else if loader.absentCounters.contains(key) {
        new.append(key)
      } else {
        within.append(key)
      }
    }
    if !empty.isEmpty { deleteCounters(empty) }
    if !new.isEmpty { insertCounters(new, set) }
    loader.absentCounters.subtract(new)
    if !within.isEmpty { putCounters(within, set) }
    if !beyond.isEmpty { lowerCounters(beyond, set) }
  }

  private func deleteCounters(_ keys: [Owned<CounterKey>]) {
    add { pipeline in
      pipeline.add(
        """
        DELETE FROM scrip.counter AS c USING unnest($1, $2, $3) AS n(tenant, coupon_id, counter)
        WHERE c.tenant = n.tenant AND c.coupon_id = n.coupon_id AND c.counter = n.counter
        """
      ) {
        bind(keys, to: &$0)
      }
    }
  }

  private func insertCounters(_ keys: [Owned<CounterKey>], _ set: WorkingSet) {
    let used = keys.map { set.counters[$0] ?? 0 }
    add { pipeline in
      pipeline.add(
        "INSERT INTO scrip.counter (tenant, coupon_id, counter, used) SELECT * FROM unnest($1, $2, $3, $4)"
      ) {
        bind(keys, to: &$0)
        $0.bind(used)
      }
    }
  }

  private func putCounters(_ keys: [Owned<CounterKey>], _ set: WorkingSet) {
    let used = keys.map { set.counters[$0] ?? 0 }
    add { pipeline in
      pipeline.add(
        """
        INSERT INTO scrip.counter (tenant, coupon_id, counter, used) SELECT * FROM unnest($1, $2, $3, $4)
        ON CONFLICT (tenant, coupon_id, counter) DO UPDATE SET used = excluded.used
        """
      ) {
        bind(keys, to: &$0)
        $0.bind(used)
      }
    }
  }

  private func lowerCounters(_ keys: [Owned<CounterKey>], _ set: WorkingSet) {
    let used = keys.map { set.counters[$0] ?? 0 }
    add { pipeline in
      pipeline.add(
        """
        WITH written AS (
          UPDATE scrip.counter AS c SET used = n.used
          FROM unnest($1, $2, $3, $4) AS n(tenant, coupon_id, counter, used)
          WHERE c.tenant = n.tenant AND c.coupon_id = n.coupon_id AND c.counter = n.counter AND n.used <= c.used
          RETURNING 1)
        SELECT scrip.require((SELECT count(*) FROM written) = $5, 'a counter would pass its limit')
        """
      ) {
        bind(keys, to: &$0)
        $0.bind(used)
        $0.bind(keys.count)
      }
    }
  }
}

private func bind(_ keys: [Owned<CounterKey>], to parameters: inout Parameters) {
  parameters.bind(keys.map(\.tenant))
  parameters.bind(keys.map(\.value.couponID))
  parameters.bind(keys.map(\.value.counter.stored))
}
