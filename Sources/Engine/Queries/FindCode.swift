import Scrip

extension WorkingSet {
  /// The record of a code as typed, or of the generated code that it looks like.
  func code(_ code: CouponCode, of tenant: Tenant.ID) -> CodeRecord? {
    if let record = codes[Owned(tenant, code)] { return record }
    guard let record = codeRecord(of: code.skeleton, tenant), record.grant.isGenerated else { return nil }
    return record
  }

  /// The record of the code that was found for a skeleton.
  func codeRecord(of skeleton: CodeSkeleton, _ tenant: Tenant.ID) -> CodeRecord? {
    codeOfSkeleton[Owned(tenant, skeleton)].flatMap { codes[Owned(tenant, $0)] }
  }
}
