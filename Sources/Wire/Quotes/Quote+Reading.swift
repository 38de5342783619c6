import JSON
import Scrip

extension Quote {
  /// Reads a quote that was written with exact reasons.
  ///
  /// Writing it again gives the same bytes. What JSON does not say is given its plainest value: a discount computed
  /// for each unit reads as one for each line, a refusal's place is its place in the list, and its coupon is unknown.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("quote", bytes) { Quote(stored: $0) }
  }

  init?(stored value: ValueReader) {
    let quote = value.object { (object: inout ObjectReader) -> Quote? in
      let currency = object.required("currency") { $0.currency() }
      let subtotal = object.required("subtotal") { $0.int64() }
      let shipping = object.required("shipping") { $0.int64() }
      let discount = object.required("discount") { $0.int64() }
      let total = object.required("total") { $0.int64() }
      let applied = object.required("applied") { list in
        list.array(max: Int.max) { AppliedDiscount(stored: $0) }
      }
      var index = 0
      let notApplied = object.required("not_applied") { list in
        list.array(max: Int.max) { entry -> RefusedCode? in
          defer { index += 1 }
          return RefusedCode(stored: entry, index: index)
        }
      }
      let provisional = object.required("provisional") { $0.bool() }
      guard let currency, let subtotal, let shipping, let discount, let total, let applied, let notApplied,
        let provisional
      else { return nil }
      return Quote(
        currency: currency, subtotal: subtotal, shipping: shipping, discount: discount, total: total,
        applied: applied, notApplied: notApplied, provisional: provisional)
    }
    guard let quote else { return nil }
    self = quote
  }
}

private enum Method: String, CaseIterable { case across, each }

extension AppliedDiscount {
  fileprivate init?(stored value: ValueReader) {
    let discount = value.object { (object: inout ObjectReader) -> AppliedDiscount? in
      let code = object.required("code") { $0.couponCode() }
      let display = object.member("display") { $0.string(maxLength: Int.max) }
      let index = object.member("index") { $0.int() }
      let couponID = object.required("coupon_id") { $0.identifier() as Coupon.ID? }
      let version = object.required("version") { $0.int64() }
      let title = object.required("title") { $0.string(maxLength: Int.max) }
      let amount = object.required("amount") { $0.int64() }
      let uncapped = object.required("uncapped_amount") { $0.int64() }
      let method = object.required("method") { $0.enumeration(Method.self) }
      let priority = object.required("priority") { $0.int64() }
      _ = object.required("automatic") { $0.bool() }
      let pending = object.required("pending") { $0.bool() }
      let allocations = object.required("allocations") { list in
        list.array(max: Int.max) { Allocation(stored: $0) }
      }
      guard let code, display != nil, index != nil, let couponID, let version, let title, let amount,
        let uncapped, let method,
        let priority, let pending, let allocations
      else { return nil }
      var discount = AppliedDiscount(
        code: code, couponID: couponID, version: version, title: title, amount: amount,
        uncappedAmount: uncapped, scope: method == .across ? .order : .line,
        discountClass: Self.discountClass(method, pending: pending, allocations), priority: priority,
        pending: pending, allocations: allocations)
      if case (.some(let display?), .some(let index?)) = (display, index) {
        discount.place = TypedPlace(index: index, display: display)
      }
      return discount
    }
    guard let discount else { return nil }
    self = discount
  }

  private static func discountClass(
    _ method: Method, pending: Bool, _ allocations: [Allocation]
  ) -> DiscountClass {
    if pending { return .shipping }
    if case .shipping = allocations.first?.target { return .shipping }
    return method == .across ? .order : .line
  }
}

extension Allocation {
  fileprivate init?(stored value: ValueReader) {
    let allocation = value.object { (object: inout ObjectReader) -> Allocation? in
      let path = object.required("path") { path in
        path.parsed(maxLength: TextLimit.short, as: "the path of a line or charge") { Target(path: $0) }
      }
      let lineID = object.member("line_id") { $0.storedName(LineID.self) }
      let shippingID = object.member("shipping_id") { $0.storedName(LineID.self) }
      let amount = object.required("amount") { $0.int64() }
      let units = object.required("units") { UnitRuns(stored: $0) }
      guard let path, let lineID, let shippingID, let amount, let units else { return nil }
      guard let targetID = lineID ?? shippingID else {
        object.refuse("line_id", .required, "is required, or shipping_id")
        return nil
      }
      return Allocation(target: path, targetID: targetID, amount: amount, units: units)
    }
    guard let allocation else { return nil }
    self = allocation
  }
}

extension Allocation.Target {
  fileprivate init?(path: String) {
    func index(after prefix: String) -> Int? {
      guard path.hasPrefix(prefix), path.hasSuffix("]") else { return nil }
      return Int(path.dropFirst(prefix.count).dropLast())
    }
    if let index = index(after: "$.cart.lines[") {
      self = .line(index)
    } else if let index = index(after: "$.cart.shipping[") {
      self = .shipping(index)
    } else {
      return nil
    }
  }
}

extension RefusedCode {
  fileprivate init?(stored value: ValueReader, index: Int) {
    let refused = value.object { (object: inout ObjectReader) -> RefusedCode? in
      let code = object.required("code") { $0.string(maxLength: Int.max) }
      // Quotes that were written before this member have none.
      let place = object.member("index") { $0.int() }
      let reason = object.required("reason") { $0.enumeration(RefusalReason.self) }
      _ = object.required("ucp_code") { $0.string(maxLength: Int.max) }
      _ = object.required("message") { $0.string(maxLength: Int.max) }
      let facts = object.required("facts") { facts in
        facts.map(max: Int.max, maxKeyLength: Int.max) { _, fact in Fact(stored: fact) }.map { facts in
          Dictionary(facts.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
      }
      guard let code, let place, let reason, let facts else { return nil }
      return RefusedCode(code: code, index: place ?? index, reason: reason, facts: facts)
    }
    guard let refused else { return nil }
    self = refused
  }
}

extension Fact {
  fileprivate init?(stored value: ValueReader) {
    switch value.kind {
    case .array:
      guard let words = value.array(max: Int.max, { $0.string(maxLength: Int.max) }) else { return nil }
      self = .list(words)
    case .string:
      guard let text = value.string(maxLength: Int.max) else { return nil }
      self = Instant(rfc3339: text).map(Fact.instant) ?? .text(text)
    default:
      guard let number = value.int64() else { return nil }
      self = .integer(number)
    }
  }
}
