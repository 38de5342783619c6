import struct Digest.Hash256
import struct Scrip.Exact
import struct Scrip.ExactText
import struct Scrip.Instant
import struct Scrip.Tenant

/// An answer in the form in which it is kept under its idempotency key.
public struct KeptForm: Hashable, Sendable {
  /// What kind of answer it is, in the domain's words.
  @Exact public var kind: String
  /// What it says.
  public var body: [UInt8]

  /// Makes a form.
  public init(kind: String, body: [UInt8]) {
    self.kind = kind
    self.body = body
  }
}

/// An answer that was given under an idempotency key.
public struct StoredAnswer: Hashable, Sendable {
  /// SHA-256 of the request that it answers.
  public var fingerprint: Hash256
  /// The answer.
  public var form: KeptForm
  /// When it was given; it is kept for 24 hours at least.
  public var at: Instant

  /// Makes a record.
  public init(fingerprint: Hash256, form: KeptForm, at: Instant) {
    self.fingerprint = fingerprint
    self.form = form
    self.at = at
  }

  /// How long answers are kept under their idempotency keys.
  public static let keptSeconds: Int64 = 86_400
}

extension StoredAnswer: StoredRow {
  /// `answer`
  public static let shape = TableShape(Self.self, "answer", noun: "answer", .kept)

  /// The caller's idempotency key.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<IdempotencyKey.Name>?
  ) throws(StoreFailure) -> Owned<IdempotencyKey.Name> {
    Owned(try walk.tenant(key?.tenant), try walk.column("key", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<IdempotencyKey.Name>
  ) throws(StoreFailure) -> Self {
    Self(
      fingerprint: try walk.column("fingerprint", .fixed, row?.fingerprint),
      form: KeptForm(
        kind: try walk.column("kind", .fixed, row?.form.kind),
        body: try walk.column("body", .fixed, row?.form.body)),
      at: try walk.column("at", .fixed, row?.at))
  }

  /// What people call it.
  public static func label(of key: Owned<IdempotencyKey.Name>) -> String { key.value.text }
}
