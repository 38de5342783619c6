import Scrip

extension Engine {
  /// A code as it is stored: generated codes are found in other spellings, too. Nil if there is none.
  public func storedCode(_ code: CouponCode, tenant: Tenant.ID) throws(StoreFailure) -> CouponCode? {
    try store.read { (reader: any StoreReader) throws(StoreFailure) in
      var request = LoadRequest()
      request.codes = Set(([code] + code.spellings).map { Owned(tenant, $0) })
      var set = WorkingSet()
      try reader.load(request, into: &set)
      return set.code(code, of: tenant)?.grant.code
    }
  }
}

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
