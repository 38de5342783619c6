import Ledger
import Scrip

extension WorkingSet {
  /// The record of a code as typed, or of the generated code that it looks like. Those of archived coupons open
  /// nothing, also where the batch that loaded them has archived their coupon since.
  func code(_ code: CouponCode, of tenant: Tenant.ID) -> CodeRecord? {
    if let record = codes[Owned(tenant, code)], opens(record, tenant) { return record }
    guard let record = codeRecord(of: code.skeleton, tenant), record.grant.isGenerated,
      opens(record, tenant)
    else { return nil }
    return record
  }

  /// A coupon that is not here was not asked for yet.
  private func opens(_ record: CodeRecord, _ tenant: Tenant.ID) -> Bool {
    life(of: Owned(tenant, record.couponID))?.state != .archived
  }

  /// The record of the code that was found for a skeleton.
  func codeRecord(of skeleton: CodeSkeleton, _ tenant: Tenant.ID) -> CodeRecord? {
    found.codeOfSkeleton[Owned(tenant, skeleton)].flatMap { codes[Owned(tenant, $0)] }
  }
}
