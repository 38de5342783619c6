import JSON
import Scrip

/// A trait, such as `device:00f3a9c2b17e4d58`.
public struct FraudTraitForm: ValueForm {
  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> FraudTrait? {
    value.parsed(
      maxLength: TextLimit.short,
      as: "a kind and sixteen hexadecimal digits, such as \"device:00f3a9c2b17e4d58\""
    ) { FraudTrait($0) }
  }

  /// Writes one.
  public func write(_ trait: FraudTrait, to writer: inout JSONWriter) { writer.string(trait.description) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let kinds = FraudTrait.Kind.allCases.map(\.rawValue).joined(separator: "|")
    return walk.reference("FraudTrait") {
      [
        "type": "string", "pattern": .text("^(\(kinds)):[0-9a-f]{16}$"),
        "description": "By what somebody is recognised: a kind, and 64 bits of a keyed hash.",
        "examples": ["device:00f3a9c2b17e4d58"],
      ]
    }
  }
}

/// Whom or what suspicions are about.
public struct FraudSuspectForm: ValueForm {
  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> FraudSuspect? {
    value.parsed(maxLength: TextLimit.short, as: "a trait, or \"coupon:\" and a coupon's id") {
      FraudSuspect($0)
    }
  }

  /// Writes one.
  public func write(_ suspect: FraudSuspect, to writer: inout JSONWriter) {
    writer.string(suspect.description)
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let kinds = FraudTrait.Kind.allCases.map(\.rawValue).joined(separator: "|")
    return walk.reference("FraudSuspect") {
      [
        "type": "string", "pattern": .text("^((\(kinds)):[0-9a-f]{16}|coupon:coupon_[0-9a-z]{26})$"),
        "description": "Whom or what a case is about: somebody by one trait, or a coupon.",
      ]
    }
  }
}

extension ValueForm where Self == FraudTraitForm {
  /// By what somebody is recognised.
  public static func fraudTrait() -> Self { FraudTraitForm() }
}

extension ValueForm where Self == FraudSuspectForm {
  /// Whom or what a case is about.
  public static func fraudSuspect() -> Self { FraudSuspectForm() }
}

extension FraudVerdict: ObjectForm {
  /// `Risk`
  public static let formName = "Risk"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ verdict: Self?) -> Self? {
    let score = walk.required("score", verdict.map { Int64($0.score) }, .integer(0, to: 100))
    let decision = walk.required(
      "decision", verdict?.decision, .choice(named: "FraudDecision"),
      "challenge: ask the buyer for more before the coupon is given; block: nothing was given.")
    let isShadow = walk.sparse(
      "shadow", verdict.flatMap { $0.isShadow ? true : nil }, .flag(), "Whether it follows only on paper.")
    guard let score, let decision, let isShadow else { return nil }
    return Self(score: Int(score), decision: decision, isShadow: isShadow ?? false)
  }
}

extension FraudFact: ObjectForm {
  /// `FraudFact`
  public static let formName = "FraudFact"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let name = walk.required("name", fact?.name, .text(), "What is counted: uses_in_an_hour.")
    let count = walk.required("count", fact?.count, .integer())
    let trait = walk.sparse(
      "of", fact?.trait, .fraudTrait(), "What those have in common; absent for a coupon's own numbers.")
    guard let name, let count, let trait else { return nil }
    return Self(name, count, of: trait)
  }
}

extension FraudAssessment.Finding: ObjectForm {
  /// `FraudFinding`
  public static let formName = "FraudFinding"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ finding: Self?) -> Self? {
    let rule = walk.required(
      "rule", finding?.rule, .name(FraudRuleName.self),
      "Which rule; allowed and denied are the tenant's lists.")
    let points = walk.required("points", finding.map { Int64($0.points) }, .integer(0, to: 100))
    let facts = walk.required("facts", finding?.facts, .objects(FraudFact.self), "What it saw.")
    guard let rule, let points, let facts else { return nil }
    return Self(rule: rule, points: Int(points), facts: facts)
  }
}

extension FraudRecord: ObjectForm {
  /// `FraudRecord`
  public static let formName = "FraudRecord"
  /// For the API's description.
  public static let formNote: StaticString? =
    "What was thought of an attempt when it was made, and by what it is recognised. No later change of rules changes it."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ record: Self?) -> Self? {
    let assessment = record?.assessment
    let verdict = FraudVerdict.walk(&walk, assessment?.verdict)
    let version = walk.required(
      "version", assessment?.version, .integer(1, to: .max), "The version of the rules.")
    let findings = walk.sparse(
      "findings", assessment.flatMap { $0.findings.isEmpty ? nil : $0.findings },
      .objects(FraudAssessment.Finding.self), "Why, the most points first; absent: nothing was seen.")
    let traits = walk.required("traits", record?.traits, .list(FraudTraitForm()))
    let age = walk.sparse(
      "account_age_days", record?.accountAgeDays, .integer(), "Absent: the shop had not said.")
    guard let verdict, let version, let findings, let traits, let age else { return nil }
    return Self(
      FraudAssessment(
        score: verdict.score, decision: verdict.decision, isShadow: verdict.isShadow,
        findings: findings ?? [],
        version: version), traits: traits, accountAgeDays: age)
  }
}
