import JSON
import Scrip

/// How much a caller may learn about codes that do not apply.
public enum Disclosure: Sendable {
  /// The exact reason with its facts, for servers.
  case exact
  /// One answer for every code that is unknown, not in use or used up, for browsers and apps.
  case blurred
  /// No word about any code to somebody who tried too many, but when to try again.
  case throttled(seconds: Int64)
}

extension Quote: JSONWritable {
  /// The quote with exact reasons.
  public func write(to writer: inout JSONWriter) { write(to: &writer, disclosing: .exact) }

  /// The quote as bytes.
  public func json(disclosing disclosure: Disclosure) -> [UInt8] {
    JSONWriter.bytes(capacity: 960) { write(to: &$0, disclosing: disclosure) }
  }

  /// Writes the quote as the next value.
  public func write(to writer: inout JSONWriter, disclosing disclosure: Disclosure) {
    writer.beginObject()
    writer.member("currency", currency)
    writer.member("subtotal", subtotal)
    writer.member("shipping", shipping)
    writer.member("discount", discount)
    writer.member("total", total)
    writer.member("applied", applied)
    writer.key("not_applied")
    writer.beginArray()
    let hidden = hiddenCoupons
    for refused in notApplied {
      refused.write(to: &writer, disclosing: disclosure, isHidden: refused.isHidden(among: hidden))
    }
    writer.endArray()
    writer.member("provisional", provisional)
    writer.endObject()
  }
}

extension Quote {
  /// The codes that did not apply and of which a stranger learns nothing.
  public var hiddenCodes: [RefusedCode] {
    let hidden = hiddenCoupons
    return notApplied.filter { $0.isHidden(among: hidden) }
  }

  /// The coupons behind codes that are blurred.
  private var hiddenCoupons: Set<Coupon.ID> {
    Set(notApplied.lazy.filter(\.reason.isBlurred).compactMap(\.couponID))
  }
}

extension RefusedCode {
  /// A code that repeats a hidden one is hidden as well: only a coupon that there is can be in the list already. So is
  /// one that would be hidden if it stood alone: who holds one code of a coupon must not find the others.
  fileprivate func isHidden(among coupons: Set<Coupon.ID>) -> Bool {
    if reason.isBlurred || isSecret { return true }
    guard reason == .alreadyApplied, let couponID else { return false }
    return coupons.contains(couponID)
  }
}

extension AppliedDiscount: JSONWritable {
  /// One entry of a quote's `applied`.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("code", code.canonical)
    if let place {
      writer.member("display", place.display)
      writer.member("index", Int64(place.index))
    }
    writer.member("coupon_id", couponID)
    writer.member("version", version)
    writer.member("title", title)
    writer.member("amount", amount)
    writer.member("uncapped_amount", uncappedAmount)
    writer.member("method", isAcross ? "across" : "each")
    writer.member("priority", priority)
    writer.member("automatic", false)
    writer.member("pending", pending)
    writer.member("allocations", allocations)
    writer.endObject()
  }

  /// Whether one amount was spread over several things rather than computed for each.
  private var isAcross: Bool { discountClass == .shipping || scope == .order }
}

extension Allocation: JSONWritable {
  /// One entry of `allocations`.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    switch target {
    case .line(let index):
      writer.member("path", TargetPath.line(index))
      writer.member("line_id", targetID)
    case .shipping(let index):
      writer.member("path", TargetPath.shipping(index))
      writer.member("shipping_id", targetID)
    }
    writer.member("amount", amount)
    writer.key("units")
    units.write(to: &writer)
    writer.endObject()
  }
}

/// JSONPath expressions of lines and charges; the usual ones are made once.
private enum TargetPath {
  private static let lines = (0..<64).map { "$.cart.lines[\($0)]" }
  private static let charges = (0..<20).map { "$.cart.shipping[\($0)]" }

  static func line(_ index: Int) -> String {
    index < lines.count ? lines[index] : "$.cart.lines[\(index)]"
  }

  static func shipping(_ index: Int) -> String {
    index < charges.count ? charges[index] : "$.cart.shipping[\(index)]"
  }
}

extension RefusedCode {
  /// Writes one entry of a quote's `not_applied` as the next value.
  public func write(to writer: inout JSONWriter, disclosing disclosure: Disclosure) {
    write(to: &writer, disclosing: disclosure, isHidden: reason.isBlurred)
  }

  fileprivate func write(to writer: inout JSONWriter, disclosing disclosure: Disclosure, isHidden: Bool) {
    writer.beginObject()
    writer.member("code", code)
    writer.member("index", Int64(index))
    writeReason(to: &writer, disclosing: disclosure, isHidden: isHidden)
    writer.endObject()
  }

  /// Writes `reason`, `ucp_code`, `message` and `facts` into an open object.
  private func writeReason(to writer: inout JSONWriter, disclosing disclosure: Disclosure, isHidden: Bool) {
    switch disclosure {
    case .throttled(let seconds):
      write(
        "too_many_attempts", "Too many codes that do not work were tried; wait before trying again.",
        ["retry_after_seconds": .integer(seconds)], to: &writer)
    case .blurred where isHidden:
      write("code_invalid", "This code is not valid for this order.", [:], to: &writer)
    case .blurred, .exact:
      writer.member("reason", reason)
      writer.member("ucp_code", reason.ucpCode)
      writer.member("message", message)
      writer.key("facts")
      writeFacts(facts, to: &writer)
    }
  }

  private func write(
    _ reason: String, _ message: String, _ facts: [String: Fact],  // String: names of facts
    to writer: inout JSONWriter
  ) {
    writer.member("reason", reason)
    writer.member("ucp_code", "discount_code_invalid")
    writer.member("message", message)
    writer.key("facts")
    writeFacts(facts, to: &writer)
  }
}

/// Writes facts as the next value: an object, sorted by name.
public func writeFacts(_ facts: Facts, to writer: inout JSONWriter) {
  writer.object { writer in
    for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
      writer.key(named: name)
      fact.write(to: &writer)
    }
  }
}

extension Fact: JSONWritable {
  /// An integer, a string, an RFC 3339 instant or a list of strings.
  public func write(to writer: inout JSONWriter) {
    switch self {
    case .integer(let value): writer.int(value)
    case .text(let text): writer.string(text)
    case .instant(let moment): writer.string(moment.description)
    case .list(let words): writer.array { writer in for word in words { writer.string(word) } }
    }
  }
}
