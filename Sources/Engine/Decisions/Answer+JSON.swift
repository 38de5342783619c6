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
      try self.init(true, Answer.body(of: grants, couponID: id))
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
    let body = JSONWriter.bytes { writer in
      writer.beginObject()
      writer.key("detail")
      writer.string(refusal.detail)
      writer.key("errors")
      writer.beginArray()
      for item in refusal.items { item.write(to: &writer) }
      writer.endArray()
      writer.endObject()
    }
    self.init(kind: .refused(refusal.code), body: body)
  }

  private init(_ isNew: Bool, _ body: [UInt8]?) throws(StoreFailure) {
    guard let body else { throw .corrupt("what a reply is about is missing: it") }
    self.init(kind: isNew ? .created : .ok, body: body)
  }

  private static func body(of grants: [CodeGrant], couponID: Coupon.ID) -> [UInt8] {
    JSONWriter.bytes { writer in
      writer.beginObject()
      writer.key("coupon_id")
      writer.string(couponID.description)
      writer.key("added")
      writer.int(grants.count)
      writer.key("codes")
      writer.beginArray()
      for grant in grants { grant.write(to: &writer, used: 0) }
      writer.endArray()
      writer.endObject()
    }
  }
}

extension Refusal.Item {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("pointer")
    writer.string(pointer)
    writer.key("code")
    writer.string(code)
    writer.key("message")
    writer.string(message)
    if !facts.isEmpty {
      writer.key("facts")
      writeFacts(facts, to: &writer)
    }
    writer.endObject()
  }
}
