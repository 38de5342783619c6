import Ledger
import Scrip

/// A version of a coupon's terms. It is never changed.
public struct VersionRow: Sendable {
  /// The terms, or why they can't be read: they are damaged, or a newer version of the program wrote them.
  public let decoded: Result<DecodedTerms, StoreFailure>
  /// The form in which they are to be written; nil for a version that was loaded.
  private let form: [UInt8]?

  /// A version that was loaded.
  public init(_ decoded: Result<DecodedTerms, StoreFailure>) {
    self.decoded = decoded
    form = nil
  }

  /// A new version, in the form in which the log has it.
  public init(_ kept: KeptTerms) {
    decoded = .success(DecodedTerms(terms: kept.terms, isWhole: true))
    form = kept.form
  }

  /// The terms; nil if they can't be read.
  public var terms: CouponTerms? { decoded.value?.terms }
}

extension Result {
  /// What it is when it went well.
  var value: Success? { if case .success(let value) = self { value } else { nil } }
}

/// A version of a coupon's terms.
public struct VersionKey: Hashable, Comparable, Sendable {
  /// The coupon.
  public let couponID: Coupon.ID
  /// The version's number, from 1 on.
  public let version: Int64

  /// Makes a key.
  public init(couponID: Coupon.ID, version: Int64) {
    self.couponID = couponID
    self.version = version
  }

  /// By coupon, then by number.
  public static func < (left: VersionKey, right: VersionKey) -> Bool {
    (left.couponID, left.version) < (right.couponID, right.version)
  }
}

extension VersionRow: StoredRow {
  /// `coupon_version`
  public static let shape = TableShape(Self.self, "coupon_version", noun: "coupon version")

  /// Its coupon and number.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<VersionKey>?
  ) throws(StoreFailure) -> Owned<VersionKey> {
    Owned(
      try walk.tenant(key?.tenant),
      VersionKey(
        couponID: try walk.column("coupon_id", .key, key?.value.couponID),
        version: try walk.column("version", .key, key?.value.version)))
  }

  /// Its column.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<VersionKey>
  ) throws(StoreFailure) -> Self {
    let text = try walk.column("terms", .fixed, row.map { ColumnText($0.written) })
    return row ?? Self(StoredTerms.decoding(text.utf8))
  }

  private var written: [UInt8] { form ?? terms.map(StoredTerms.encode) ?? [] }

  /// What people call it.
  public static func label(of key: Owned<VersionKey>) -> String {
    "\(key.value.couponID) \(key.value.version)"
  }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}
