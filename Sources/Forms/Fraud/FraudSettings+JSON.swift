import JSON
import Scrip

extension FraudSettings: ObjectForm, JSONWritable, RequestForm {
  /// `FraudSettings`
  public static let formName = "FraudSettings"
  /// For the API's description.
  public static let formNote: StaticString? =
    "How attempts to use coupons are judged. What is left out is the default: nobody looks."
  /// In JSON.
  public static let formExamples = [
    #"{"mode": "shadow", "points": {"uses_by_device": 60}, "block_at": 90, "alerts_to": "shop@example.com"}"#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ settings: Self?) -> Self? {
    let policy = settings?.policy
    let usual = FraudPolicy()
    let mode = walk.member(
      "mode", policy?.mode, else: usual.mode, .choice(named: "FraudMode"),
      "off: nobody looks. shadow: attempts are judged and told, and nothing follows. on: what the score says follows."
    )
    let flag = walk.member(
      "flag_at", (policy?.thresholds).map { Score($0.flag) }, else: Score(usual.thresholds.flag), ScoreForm(),
      "From which score on a case is opened for reviewers.")
    let challenge = walk.member(
      "challenge_at", (policy?.thresholds).map { Score($0.challenge) },
      else: Score(usual.thresholds.challenge),
      ScoreForm(), "From which score on answers say that the buyer should be asked for more.")
    let block = walk.member(
      "block_at", (policy?.thresholds).map { Score($0.block) }, else: Score(usual.thresholds.block),
      ScoreForm(),
      "From which score on coupons are refused.")
    let alert = walk.member(
      "alert_at", (policy?.thresholds).map { Score($0.alert) }, else: Score(usual.thresholds.alert),
      ScoreForm(),
      "From which score on somebody is told at once.")
    let leak = walk.member(
      "leak", policy?.leak, else: usual.leak, .object(), "What follows when a coupon looks leaked.")
    let points = walk.member(
      "points", policy?.points, else: [:], FraudPointsForm(),
      "What rules bring at full strength where that is not the usual number; 0 switches a rule off.")
    let allowed = walk.member(
      "allowed", policy.map { $0.allowed.sorted() }, else: [],
      .list(FraudTraitForm(), 0...FraudSettings.listedMax), "Whom nothing is held against.")
    let denied = walk.member(
      "denied", policy.map { $0.denied.sorted() }, else: [],
      .list(FraudTraitForm(), 0...FraudSettings.listedMax), "Who gets nothing; counts more than allowed.")
    let alertsTo = walk.optional(
      "alerts_to", settings?.alertsTo, AlertAddressForm(), "Where alerts are mailed to; null: nowhere.")
    guard let mode, let flag, let challenge, let block, let alert, let leak, let points, let allowed,
      let denied,
      let alertsTo
    else { return nil }
    return Self(
      policy: FraudPolicy(
        mode: mode,
        thresholds: FraudPolicy.Thresholds(
          flag: flag.points, challenge: challenge.points, block: block.points, alert: alert.points),
        leak: leak, points: points, allowed: Set(allowed), denied: Set(denied)), alertsTo: alertsTo)
  }

  /// Reads stored settings, and says whether that is all of them: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (settings: FraudSettings, isWhole: Bool) {
    let read = try readStoredMembers("fraud settings", bytes) { FraudSettings(reading: $0) }
    return (read.value, read.isWhole)
  }
}

extension FraudPolicy.LeakResponse: ObjectForm {
  /// `LeakResponse`
  public static let formName = "LeakResponse"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ leak: Self?) -> Self? {
    let usual = Self()
    let alert = walk.member(
      "alert_at", leak.map { Score($0.alert) }, else: Score(usual.alert), ScoreForm(),
      "From how much on, in per cent, somebody is told at once.")
    let disable = walk.member(
      "disable_at", leak.map { Score($0.disable) }, else: Score(usual.disable), ScoreForm(),
      "From how much on, in per cent, the coupon is disabled.")
    let revokes = walk.member(
      "revoke_locks", leak?.revokesLocks, else: usual.revokesLocks, .flag(),
      "Whether disabling it takes back the locks that are open.")
    guard let alert, let disable, let revokes else { return nil }
    return Self(alert: alert.points, disable: disable.points, revokesLocks: revokes)
  }
}

/// A threshold: 1 to 100, or nil for never.
private struct Score {
  let points: Int?

  init(_ points: Int?) { self.points = points }
}

/// A threshold as a number: never is one more than can be reached.
private struct ScoreForm: ValueForm {
  private static let never: Int64 = 101

  func read(_ value: ValueReader) -> Score? {
    value.int64(in: 1...Self.never).map { Score($0 == Self.never ? nil : Int($0)) }
  }

  func write(_ score: Score, to writer: inout JSONWriter) {
    writer.int(score.points.map(Int64.init) ?? Self.never)
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("FraudThreshold") { integerSchema(1...Self.never).noted("101 means never.") }
  }
}

/// Points by rule.
private struct FraudPointsForm: ValueForm {
  func read(_ value: ValueReader) -> [FraudRuleName: Int]? {
    let known = Set(FraudRules.all.map { $0.name })
    let isStored = value.isStored
    let points = value.map(max: .max, maxKeyLength: TextLimit.short) { name, points -> Int64?? in
      // What only a newer version can have written is passed over in what is stored.
      if isStored, points.kind != .integer { return .some(nil) }
      guard isStored || known.contains(FraudRuleName(name)) else {
        points.refuse(.invalidValue, "is no rule's name")
        return .none
      }
      return points.int64(in: 0...100).map { .some($0) }
    }
    return points.map { points in
      Dictionary(
        points.compactMap { name, number in number.map { (FraudRuleName(name), Int($0)) } },
        uniquingKeysWith: { first, _ in first })
    }
  }

  func write(_ points: [FraudRuleName: Int], to writer: inout JSONWriter) {
    writer.beginObject()
    for (name, number) in points.sorted(by: { $0.key < $1.key }) {
      writer.key(named: name.text)
      writer.int(Int64(number))
    }
    writer.endObject()
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("FraudPoints") {
      [
        "type": "object", "description": "Points by the names of rules.",
        "propertyNames": ["enum": .list(FraudRules.all.map { .text($0.name.text) })],
        "additionalProperties": integerSchema(0...100),
      ]
    }
  }
}

/// An address that alerts can be sent to.
private struct AlertAddressForm: ValueForm {
  func read(_ value: ValueReader) -> FraudSettings.Text? {
    if value.isStored { return value.string(maxLength: .max).map { FraudSettings.Text($0) } }
    return value.parsed(maxLength: 254, as: "an e-mail address") { text in
      writtenEmail(text).map { FraudSettings.Text($0) }
    }
  }

  func write(_ address: FraudSettings.Text, to writer: inout JSONWriter) { writer.string(address.text) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(3...254) }
}
