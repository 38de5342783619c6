import Scrip

extension WorkingSet {
  /// The record of a code as typed, or of the generated code that it stands for.
  func code(_ code: CouponCode, of tenant: Tenant.ID) -> CodeRecord? {
    if let record = codes[Owned(tenant, code)] { return record }
    for spelling in code.spellings {
      if let record = codes[Owned(tenant, spelling)], record.grant.isGenerated { return record }
    }
    return nil
  }
}
