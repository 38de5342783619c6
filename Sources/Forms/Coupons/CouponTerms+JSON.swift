import JSON
import Scrip

extension CouponTerms: ObjectForm, JSONWritable {
  /// `CouponTerms`
  public static let formName = "CouponTerms"
  /// In JSON.
  public static let formExamples = [#"{"priority": 5, "ends_at": null}"#]

  /// `CouponPatch` is what an edit sends.
  public static func schemaName(_ direction: FormDirection) -> String {
    direction == .edit ? "CouponPatch" : formName
  }

  /// All that an edit can change.
  ///
  /// Without old terms it is a new coupon: `name`, `discount` and `stacking` are required, everything else has a
  /// default. With old terms it is an edit: a member that is not there keeps its value, null gives it the default, and a
  /// value replaces the old one as a whole (`limits` is not merged member by member).
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ terms: CouponTerms?
  ) -> CouponTerms? {
    let usual = Self.defaults
    let name = walk.required("name", terms?.name, .text(1...200))
    // Left out while there is none: what is stored without it stays what it is to the byte.
    let description = walk.sparse(
      "description", terms?.description, .text(1...2000),
      "What the offer is, for pages and for the shop's staff.")
    let discount = walk.required("discount", terms?.discount, .object())
    let scope = walk.member("scope", terms?.scope, else: usual.scope, .choice())
    let eligibleLines = walk.optional("eligible_lines", terms?.eligibleLines, .lineRule())
    let rules = walk.optional("rules", terms?.rules, .rule())
    let minimum = walk.member("minimum", terms?.minimum, else: usual.minimum, .amounts(from: 0))
    let basis = walk.member("minimum_basis", terms?.minimumBasis, else: usual.minimumBasis, .choice())
    let validity = walk.group(terms?.validity, ValidityMembers())
    let limits = walk.member("limits", terms?.limits, else: usual.limits, .object())
    let owner = walk.optional("owner", terms?.owner, .visibleName(UserID.self))
    let seller = walk.optional("seller_id", terms?.sellerID, .name(SellerID.self))
    let stacking = walk.required("stacking", terms?.stacking, .object())
    let priority = walk.member("priority", terms?.priority, else: 0, .integer(-1000, to: 1000))
    let restoreOn = walk.member("restore_on", terms?.restoreOn, else: usual.restoreOn, .choices())
    let automatic = walk.member("automatic", terms.map { _ in false }, else: false, NotAutomaticForm())
    let metadata = walk.member("metadata", terms?.metadata, else: [:], NotesForm())
    let campaign = walk.sparse(
      "campaign_id", terms?.campaignID, .id(Campaign.ID.self), "The campaign that it belongs to.")
    let billing = walk.sparse(
      "billing", terms?.billing, .object(),
      "How it acts on subscriptions and invoices; left out for checkouts.")
    guard let name, let description, let discount, let scope, let eligibleLines, let rules, let minimum,
      let basis,
      let validity, let limits, let owner, let seller, let stacking, let priority, let restoreOn,
      automatic != nil, let metadata, let campaign, let billing
    else { return nil }
    let read = CouponTerms(
      name: name, description: description, discount: discount, scope: scope, eligibleLines: eligibleLines,
      rules: rules,
      minimum: minimum, minimumBasis: basis, validity: validity, limits: limits, owner: owner,
      sellerID: seller, stacking: stacking, priority: priority, restoreOn: restoreOn, metadata: metadata,
      campaignID: campaign, billing: billing)
    guard let fault = read.faultForBilling() else { return read }
    walk.refuse(fault.member, .invalidValue, "\(fault.message)")
    return nil
  }

  private static let defaults = CouponTerms(name: "", discount: .percent(.whole, cap: .none), stacking: .open)

  /// Reads stored terms.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try CouponTerms.reading(stored: bytes).terms
  }

  /// Reads stored terms, and says whether that is all of them: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (terms: CouponTerms, isWhole: Bool) {
    let read = try readStoredMembers("coupon terms", bytes) { CouponTerms(reading: $0) }
    return (read.value, read.isWhole)
  }
}

extension AmountsByCurrency {
  fileprivate static let none = AmountsByCurrency([])
}

/// Nothing is automatic yet.
struct NotAutomaticForm: ValueForm {
  func read(_ value: ValueReader) -> Bool? {
    guard let flag = value.bool() else { return nil }
    if !flag { return flag }
    value.refuse(.invalidValue, "must be false: automatic promotions are not available")
    return nil
  }

  func write(_ flag: Bool, to writer: inout JSONWriter) { writer.bool(flag) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["const": false] }
}

/// The caller's own notes, sorted by name.
struct NotesForm: ValueForm {
  func read(_ value: ValueReader) -> [Note: Note]? {
    value.stringMap(max: 50, maxKeyLength: 40, maxValueLength: 500).map { texts in
      Dictionary(uniqueKeysWithValues: texts.map { (Note($0.key), Note($0.value)) })
    }
  }

  func write(_ notes: [Note: Note], to writer: inout JSONWriter) {
    writer.object { writer in
      for (key, value) in notes.sorted(by: { $0.key < $1.key }) {
        writer.key(named: key.text)
        writer.string(value.text)
      }
    }
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    [
      "type": "object", "maxProperties": 50, "propertyNames": textSchema(0...40),
      "additionalProperties": textSchema(0...500),
    ]
  }
}
