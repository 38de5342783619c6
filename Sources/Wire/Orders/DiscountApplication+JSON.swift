import JSON
import Scrip

extension DiscountApplication: JSONWritable {
  /// The form as bytes.
  public var json: [UInt8] {
    JSONWriter.bytes(capacity: 1024 + snapshot.quote.count) { write(to: &$0) }
  }

  /// The application as the API shows it, with the quote that was agreed.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("order_id", orderID)
      writer.member("state", state)
      writer.member("currency", currency)
      writer.member("discount", discount)
      writer.member("total", total)
      writer.member("locked_at", lockedAt)
      writer.member("expires_at", expiresAt)
      writer.member("settled_at", settledAt)
      writer.member("usages", usages)
      writer.key("given_back")
      writeGivenBack(to: &writer)
      writer.rawMember("quote", snapshot.quote)
    }
  }
}

extension DiscountApplication {
  /// The codes that no longer applied when the order was paid: those that the agreed quote leaves out. A lock leaves
  /// none out, so that most need no look into their quote.
  private func writeGivenBack(to writer: inout JSONWriter) {
    var refused: [RefusedCode] = []
    if state != .locked, usages.contains(where: { $0.state == .released }) {
      // The quote stands beside this as it is, also if this version can't read it.
      refused = (try? Quote(stored: snapshot.quote))?.notApplied ?? []
    }
    writer.array { writer in
      for code in refused { code.write(to: &writer, disclosing: .exact) }
    }
  }
}

extension Usage: JSONWritable {
  /// The usage as the API shows it; its counters are an inner matter.
  public func write(to writer: inout JSONWriter) { writer.object { writePublicMembers(to: &$0) } }

  func writePublicMembers(to writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("coupon_id", couponID)
    writer.member("version", version)
    writer.member("code", code.canonical)
    writer.member("state", state)
    writer.member("amount", amount)
  }
}

extension JSONWriter {
  /// A member whose value is encoded already; no bytes are `null`.
  mutating func rawMember(_ name: StaticString, _ json: [UInt8]) {
    key(name)
    if json.isEmpty { null() } else { raw(json) }
  }
}
