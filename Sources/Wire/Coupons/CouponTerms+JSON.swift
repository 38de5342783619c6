import JSON
import Scrip

extension CouponTerms: JSONWritable {
  /// All members of a coupon that an edit can change, always in the same order and none left out.
  public func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  /// Writes the members into an open object.
  func writeMembers(to writer: inout JSONWriter) {
    writer.member("name", name)
    writer.member("discount", discount)
    writer.member("scope", scope)
    writer.member("eligible_lines", eligibleLines)
    writer.member("rules", rules)
    writer.member("minimum", minimum)
    writer.member("minimum_basis", minimumBasis)
    validity.writeMembers(to: &writer)
    writer.member("limits", limits)
    writer.member("owner", owner)
    writer.member("seller_id", sellerID)
    writer.member("stacking", stacking)
    writer.member("priority", priority)
    writer.member("restore_on", restoreOn)
    writer.member("automatic", false)
    writer.key("metadata")
    writer.object { writer in
      for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
        writer.key(named: key.text)
        writer.string(value.text)
      }
    }
  }

  /// Reads the terms out of a request's object, of which the caller may read further members, such as `code`.
  ///
  /// Without `old` it is a new coupon: `name`, `discount` and `stacking` are required, everything else has a default.
  /// With `old` it is an edit: a member that is not there keeps its value, null gives it the default, and a value
  /// replaces the old one as a whole (`limits` is not merged member by member).
  ///
  /// - Parameter zones: where days become moments.
  /// - Returns: nil after at least one error was recorded.
  public init?(
    reading reader: inout ObjectReader, updating old: CouponTerms? = nil, zones: some TimeZones
  ) {
    self.init(reading: &reader, updating: old, origin: .request(zones))
  }

  /// Reads stored terms.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try CouponTerms.reading(stored: bytes).terms
  }

  /// Reads stored terms, and says whether that is all of them: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (terms: CouponTerms, isWhole: Bool) {
    let read = try readStoredMembers("coupon terms", bytes) { CouponTerms(stored: $0) }
    return (read.value, read.isWhole)
  }

  /// Reads stored terms inside of something else.
  init?(stored value: ValueReader) {
    let terms = value.object { (object: inout ObjectReader) -> CouponTerms? in
      CouponTerms(reading: &object, updating: nil, origin: .stored)
    }
    guard let terms else { return nil }
    self = terms
  }

  private static let defaults = CouponTerms(name: "", discount: .percent(.whole, cap: .none), stacking: .open)

  private init?(reading reader: inout ObjectReader, updating old: CouponTerms?, origin: FormOrigin) {
    let usual = Self.defaults
    let kept = old ?? usual
    let name = reader.edited("name", old?.name) { $0.string(minLength: 1, maxLength: 200) }
    let discount = reader.edited("discount", old?.discount) { Discount(reading: $0, from: origin) }
    let scope = reader.member("scope", keeping: kept.scope, default: usual.scope) { $0.enumeration() }
    let eligibleLines = reader.member("eligible_lines", keeping: kept.eligibleLines, default: nil) {
      LineRule(reading: $0, from: origin).map(Optional.some)
    }
    let rules = reader.member("rules", keeping: kept.rules, default: nil) {
      Rule(reading: $0, from: origin).map(Optional.some)
    }
    let minimum = reader.member("minimum", keeping: kept.minimum, default: .none) {
      $0.amounts(in: 0...amountMax)
    }
    let basis = reader.member("minimum_basis", keeping: kept.minimumBasis, default: usual.minimumBasis) {
      $0.enumeration()
    }
    let validity = Validity(reading: &reader, updating: kept.validity, origin: origin)
    let limits = reader.member("limits", keeping: kept.limits, default: usual.limits) {
      UsageLimits(reading: $0)
    }
    let owner = reader.member("owner", keeping: kept.owner, default: nil) { value in
      let name = origin.isStored ? value.name(UserID.self) : value.visibleName(UserID.self)
      return name.map(Optional.some)
    }
    let seller = reader.member("seller_id", keeping: kept.sellerID, default: nil) {
      $0.name(SellerID.self).map(Optional.some)
    }
    let stacking = reader.edited("stacking", old?.stacking) { Stacking(reading: $0) }
    let priority = reader.member("priority", keeping: kept.priority, default: 0) {
      $0.int64(in: -1000...1000)
    }
    let restoreOn = reader.member("restore_on", keeping: kept.restoreOn, default: usual.restoreOn) {
      $0.choices()
    }
    let automatic = reader.member("automatic", else: false) { $0.refusedIfTrue() }
    let metadata = reader.member("metadata", keeping: kept.metadata, default: [:]) {
      $0.notes()
    }
    guard let name, let discount, let scope, let eligibleLines, let rules, let minimum, let basis,
      let validity, let limits, let owner, let seller, let stacking, let priority, let restoreOn,
      automatic != nil, let metadata
    else { return nil }
    self.init(
      name: name, discount: discount, scope: scope, eligibleLines: eligibleLines, rules: rules,
      minimum: minimum, minimumBasis: basis, validity: validity, limits: limits, owner: owner,
      sellerID: seller, stacking: stacking, priority: priority, restoreOn: restoreOn, metadata: metadata)
  }
}

extension AmountsByCurrency {
  fileprivate static let none = AmountsByCurrency([])
}

extension ObjectReader {
  /// A member that a new coupon must have and an edit may leave out.
  fileprivate mutating func edited<Value>(
    _ name: StaticString, _ old: Value?, _ read: (ValueReader) -> Value?
  ) -> Value? {
    guard let old else { return required(name, read) }
    guard let value = present(name) else { return old }
    return read(value)
  }
}

extension ValueReader {
  fileprivate func notes() -> [Note: Note]? {
    stringMap(max: 50, maxKeyLength: 40, maxValueLength: 500).map { texts in
      Dictionary(uniqueKeysWithValues: texts.map { (Note($0.key), Note($0.value)) })
    }
  }

  fileprivate func refusedIfTrue() -> Bool? {
    guard let flag = bool() else { return nil }
    if !flag { return flag }
    refuse(.invalidValue, "must be false: automatic promotions are not available")
    return nil
  }
}
