import Forms
import JSON
import Ledger
import Scrip

/// What a tenant has said about fraud.
public struct FraudSettingsRow: Hashable, Sendable {
  /// What it has said.
  public var settings: FraudSettings
  /// How often it has.
  public var version: Int64
  /// Whether that is all of it. What a newer version has added would be lost if it were written again.
  public var isWhole: Bool

  /// Makes a row.
  public init(_ settings: FraudSettings, version: Int64, isWhole: Bool = true) {
    self.settings = settings
    self.version = version
    self.isWhole = isWhole
  }
}

extension FraudSettingsRow: StoredRow {
  /// `fraud_settings`
  public static let shape = TableShape(Self.self, "fraud_settings", noun: "fraud settings")

  /// The tenant's number.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Tenant.ID?
  ) throws(StoreFailure) -> Tenant.ID { try walk.tenant(key) }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Tenant.ID
  ) throws(StoreFailure) -> Self {
    let version = try walk.count("version", .plain, row?.version)
    let stored = try walk.column("settings", .plain, row.map { FraudSettingsColumn(settings: $0.settings) })
    return Self(stored.settings, version: version, isWhole: stored.isWhole)
  }

  /// What people call it.
  public static func label(of key: Tenant.ID) -> String { key.description }

  /// Checkouts go on without it.
  public static var isDispensable: Bool { true }
}

/// Settings, in the wire's canonical JSON.
struct FraudSettingsColumn: TextValue {
  let settings: FraudSettings
  var isWhole = true

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      let read = try FraudSettings.reading(stored: Array(text.utf8))
      return Self(settings: read.settings, isWhole: read.isWhole)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: settings.json, as: UTF8.self) }

  static var noun: String { "fraud settings" }

  static var sample: Self { Self(settings: FraudSettings()) }
}

/// A suspicion of somebody or something.
public struct FraudCaseRow: Hashable, Sendable {
  /// The case.
  public var content: FraudCase

  /// Makes a row.
  public init(_ content: FraudCase) { self.content = content }
}

extension FraudCaseRow: StoredRow {
  /// `fraud_case`
  public static let shape = TableShape(Self.self, "fraud_case", noun: "fraud case")

  /// The suspect.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<FraudSuspect>?
  ) throws(StoreFailure) -> Owned<FraudSuspect> {
    Owned(try walk.tenant(key?.tenant), try walk.column("suspect", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<FraudSuspect>
  ) throws(StoreFailure) -> Self {
    let old = row?.content
    let state = try walk.column("state", .plain, old?.state)
    let severity = try walk.column("severity", .plain, old?.severity)
    let rule = try walk.column("rule", .plain, old?.rule)
    let score = try walk.count("score", .plain, old?.score)
    let attempts = try walk.count("attempts", .plain, old?.attempts)
    let blocked = try walk.count("blocked", .plain, old?.blocked)
    let openedAt = try walk.column("opened_at", .plain, old?.openedAt)
    let latestAt = try walk.column("latest_at", .plain, old?.latestAt)
    let alerted = try walk.optional("alerted", .plain, old?.alerted)
    let reviewedAt = try walk.optional("reviewed_at", .plain, old?.reviewedAt)
    let found = try walk.optional(
      "review", .plain, (old?.review).map { $0.isConfirmed ? FraudCaseState.confirmed : .dismissed })
    let foundRule = try walk.optional("review_rule", .plain, old?.review?.rule)
    let evidence = try walk.column(
      "evidence", .plain, old.map { FraudEvidence(latest: $0.latest, applications: $0.applications) })
    return Self(
      FraudCase(
        of: key.value, state: state, severity: severity, rule: rule, score: score, attempts: attempts,
        blocked: blocked, openedAt: openedAt, latestAt: latestAt, alerted: alerted, reviewedAt: reviewedAt,
        review: foundRule.map { FraudReview(isConfirmed: found == .confirmed, rule: $0) },
        latest: evidence.latest,
        applications: evidence.applications))
  }

  /// What people call it.
  public static func label(of key: Owned<FraudSuspect>) -> String { key.value.description }

  /// Checkouts go on without it.
  public static var isDispensable: Bool { true }
}

extension FraudCaseState: NamedChoice {}
extension FraudSeverity: NamedChoice {}

extension FraudSuspect: TextValue {
  /// Reads what `columnText` gives.
  public static func reading(column text: String) -> Self? { Self(text) }

  /// As it is shown.
  public var columnText: String { description }

  /// What it should have been.
  public static var noun: String { "whom a case is about" }

  /// One of them.
  public static var sample: Self { .trait(FraudTrait(.device, digest: 0)) }
}

/// What a case rests on, in JSON.
struct FraudEvidence: TextValue {
  let latest: FraudRecord
  let applications: [DiscountApplication.ID]

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) { return try Self(stored: Array(text.utf8), as: "a case's evidence") } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String {
    String(decoding: JSONWriter.bytes { write(to: &$0) }, as: UTF8.self)
  }

  static var noun: String { "a case's evidence" }

  static var sample: Self {
    Self(
      latest: FraudRecord(
        FraudAssessment(score: 0, decision: .pass, isShadow: false, findings: [], version: 1), traits: []),
      applications: [])
  }
}

extension FraudEvidence: ObjectForm {
  static let formName = "FraudEvidence"

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ evidence: Self?) -> Self? {
    let latest = walk.required("latest", evidence?.latest, .object())
    let applications = walk.required(
      "applications", evidence?.applications, .list(IdentifierForm<ApplicationSubject>()))
    guard let latest, let applications else { return nil }
    return Self(latest: latest, applications: applications)
  }
}
