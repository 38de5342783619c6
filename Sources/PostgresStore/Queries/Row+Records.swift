import Engine
import Scrip

/// Records from rows whose columns are in the order that each says.
extension Row {
  /// A tenant from the columns tenant, name, rounding, percent_base, lock_seconds.
  func tenantWithSettings() throws(StoreFailure) -> Tenant {
    guard let rounding = Rounding(rawValue: text(2)),
      let percentBase = PricingPolicy.PercentBase(rawValue: text(3))
    else { throw .corrupt("a tenant's pricing policy") }
    return Tenant(
      id: tenant(0), name: text(1),
      settings: TenantSettings(
        pricing: PricingPolicy(rounding: rounding, percentBase: percentBase), lockSeconds: int64(4)))
  }

  /// A key from the columns tenant, id, role, name, secret_hash, created_at, revoked_at.
  func accessKey() throws(StoreFailure) -> AccessKey {
    AccessKey(
      id: try identifier(1), tenant: tenant(0), role: try AccessKey.Role(stored: int64(2)), name: text(3),
      secretHash: bytes(4), createdAt: instant(5), revokedAt: optionalInstant(6))
  }

  /// A code from the columns canonical, coupon_id, display, owner, use_limit, used, is_generated.
  func codeRecord() throws(StoreFailure) -> CodeRecord {
    let code = try code(0)
    return CodeRecord(
      couponID: try identifier(1),
      grant: CodeGrant(
        code: code, display: optionalText(2) ?? code.canonical, owner: optionalText(3),
        limit: optionalInt64(4), isGenerated: bool(6)),
      used: int64(5))
  }

  /// An event from the columns position, tenant, stream, sequence, type, at, actor, request_id, payload, hash.
  func storedEvent() throws(StoreFailure) -> StoredEvent {
    StoredEvent(
      position: int64(0),
      envelope: EventEnvelope(
        tenant: tenant(1), stream: try stream(2), sequence: int64(3), type: text(4), at: instant(5),
        actor: text(6), requestID: optionalText(7)),
      payload: bytes(8), hash: try hash(9))
  }
}
