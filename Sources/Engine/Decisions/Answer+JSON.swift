import JSON
import Scrip
import Wire

extension Answer {
  /// Encodes a reply from the state after the command's events.
  init(_ reply: Reply, _ set: borrowing WorkingSet, _ tenant: Tenant.ID) {
    switch reply {
    case .coupon(let id, let isNew):
      self.init(isNew, set.coupons[Owned(tenant, id)]?.coupon.json)
    case .application(let id, let isNew):
      self.init(isNew, set.applications[Owned(tenant, id)]?.application.json)
    case .codes(let id, let grants):
      self.init(true, Answer.body(of: grants, couponID: id))
    case .accessKey(let id, let secret):
      self.init(secret != nil, set.accessKeys[Owned(tenant, id)]?.json)
    case .tenant(let id, let isNew):
      self.init(isNew, set.tenants[id]?.tenant.json)
    case .tidied(let count, let isComplete):
      self.init(tidied: count, isComplete: isComplete)
    case .refused(let refusal):
      self.init(refusal)
    }
  }

  /// Encodes what was tidied away.
  init(tidied count: Int, isComplete: Bool) {
    self.init(kind: .ok, body: Answer.body(tidied: count, isComplete: isComplete))
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

  private init(_ isNew: Bool, _ body: [UInt8]?) {
    guard let body else { preconditionFailure("a reply names what its command has loaded or made") }
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

  private static func body(tidied count: Int, isComplete: Bool) -> [UInt8] {
    JSONWriter.bytes { writer in
      writer.beginObject()
      writer.key("tidied")
      writer.int(count)
      writer.key("is_complete")
      writer.bool(isComplete)
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
