import Forms
import JSON
import Ledger
import Scrip

extension UsageReference: ObjectForm {
  /// `UsageReference`
  public static let formName = "UsageReference"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ usage: Self?) -> Self? {
    let applicationID = walk.required(
      "application_id", usage?.applicationID, .id(DiscountApplication.ID.self))
    let usageID = walk.required("usage_id", usage?.usageID, .id(Usage.ID.self))
    let orderID = walk.required("order_id", usage?.orderID, .name(OrderID.self))
    guard let applicationID, let usageID, let orderID else { return nil }
    return Self(applicationID: applicationID, usageID: usageID, orderID: orderID)
  }
}

extension Agreement: ObjectForm {
  /// The agreed amounts with the whole snapshot.
  public static let formName = "Agreement"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ agreement: Self?) -> Self? {
    let buyer = walk.optional("buyer", agreement?.buyer, .identityKey())
    let currency = walk.required("currency", agreement?.currency, .currency())
    let discount = walk.required("discount", agreement?.discount, .integer())
    let total = walk.required("total", agreement?.total, .integer())
    let quote = walk.required("quote", agreement?.snapshot.quote, .encoded(ShownQuote.self))
    let basis = walk.required("basis", agreement?.snapshot.basis, .encodedObject())
    let screening = walk.sparse("screening", agreement?.screening, .object())
    guard let buyer, let currency, let discount, let total, let quote, let basis, let screening else {
      return nil
    }
    var read = Self(
      buyer: buyer, currency: currency, discount: discount, total: total,
      snapshot: QuoteSnapshot(quote: quote, basis: basis))
    read.screening = screening
    return read
  }

  /// How many bytes the encoded parts of its snapshot have.
  var encodedLength: Int { snapshot.quote.count + snapshot.basis.count }
}

/// A version's terms together with the form in which the log has them, which may have members that this version of the
/// program does not know.
public struct KeptTerms: Hashable, Sendable {
  /// The terms.
  public let terms: CouponTerms
  /// Their form.
  public let form: [UInt8]

  /// Encodes new terms.
  public init(_ terms: CouponTerms) { self.init(terms, form: StoredTerms.encode(terms)) }

  fileprivate init(_ terms: CouponTerms, form: [UInt8]) {
    self.terms = terms
    self.form = form
  }

  /// Whether both are the same terms, as far as this version of the program understands them.
  public static func == (left: KeptTerms, right: KeptTerms) -> Bool { left.terms == right.terms }

  /// Hashes the terms.
  public func hash(into hasher: inout Hasher) { hasher.combine(terms) }
}

struct KeptTermsForm: ValueForm {
  func read(_ value: ValueReader) -> KeptTerms? {
    guard let terms = CouponTerms(reading: value), let form = value.canonicalBytes() else { return nil }
    return KeptTerms(terms, form: form)
  }

  func write(_ terms: KeptTerms, to writer: inout JSONWriter) { writer.raw(terms.form) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { .object(CouponTerms.self, &walk) }
}

extension WorkingSet {
  /// Makes a new version of a coupon's terms.
  mutating func add(_ terms: KeptTerms, version: Int64, of coupon: Owned<Coupon.ID>) {
    let key = Owned(coupon.tenant, VersionKey(couponID: coupon.value, version: version))
    versions.insert(VersionRow(terms), for: key)
  }
}
