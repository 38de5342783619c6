import JSON
import Scrip
import Wire

extension Answer {
  /// Encodes a reply from the state after the command's events.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the store lacks what the reply is about.
  init(_ reply: Reply, _ set: borrowing WorkingSet, _ tenant: Tenant.ID) throws(StoreFailure) {
    switch reply {
    case .coupon(let id, let isNew):
      try self.init(isNew, set.coupons[Owned(tenant, id)]?.coupon.json)
    case .application(let id, let isNew):
      try self.init(isNew, set.applications[Owned(tenant, id)]?.application.json)
    case .codes(let id, let grants):
      try self.init(true, AddedCodes(couponID: id, codes: grants).json)
    case .accessKey(let id, let secret):
      try self.init(secret != nil, set.accessKeys[Owned(tenant, id)]?.json)
    case .tenant(let id, let isNew):
      try self.init(isNew, set.tenants[id]?.tenant.json)
    case .refused(let refusal):
      self.init(refusal)
    }
  }

  /// Encodes a refusal.
  public init(_ refusal: Refusal) {
    let body = RefusalBody(detail: refusal.detail, items: refusal.items).json
    self.init(kind: .refused(refusal.code), body: body)
  }

  private init(_ isNew: Bool, _ body: [UInt8]?) throws(StoreFailure) {
    guard let body else { throw .corrupt("what a reply is about is missing: it") }
    self.init(kind: isNew ? .created : .ok, body: body)
  }
}
