import JSON
import Scrip

/// A personal coupon as its user sees it at a moment.
public struct ShownPersonalCoupon: Sendable {
  /// The coupon with the user's codes and uses.
  public var entry: PersonalCoupon
  /// How often the user may use it in all.
  public var limit: Int64
  /// How often the user may still use it.
  public var remaining: Int64
  /// Why the user can't use it now; nil if nothing is in the way.
  public var reason: RefusalReason?

  /// Judges an entry at a moment.
  public init(_ entry: PersonalCoupon, at now: Instant) {
    self.init(
      entry: entry, limit: entry.limit, remaining: entry.remaining, reason: entry.reason(at: now))
  }

  fileprivate init(entry: PersonalCoupon, limit: Int64, remaining: Int64, reason: RefusalReason?) {
    self.entry = entry
    self.limit = limit
    self.remaining = remaining
    self.reason = reason
  }
}

extension ShownPersonalCoupon: ObjectForm {
  /// `UserCoupon`
  public static let formName = "UserCoupon"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ shown: ShownPersonalCoupon?
  ) -> ShownPersonalCoupon? {
    let entry = shown?.entry
    let coupon = walk.required("coupon", entry?.coupon, .object())
    let codes = walk.required(
      "codes", entry?.codes, .objects(PersonalCoupon.Code.self),
      "The codes that are personal to the user, those with uses left first.")
    let hasMoreCodes = walk.required(
      "has_more_codes", entry?.hasMoreCodes, .flag(), "Whether the user has codes beyond these.")
    let used = walk.required(
      "used", entry?.used, .integer(0, to: .max), "The user's locked and redeemed uses.")
    let limit = walk.required(
      "limit", shown?.limit, .integer(1, to: .max), "How often the user may use it in all.")
    let remaining = walk.required(
      "remaining", shown?.remaining, .integer(0, to: .max),
      "How often the user may still use it, by the limits of user, coupon and codes.")
    let usable = walk.required(
      "usable", shown.map { $0.reason == nil }, .flag(),
      "Whether the user can use it now; rules, periods and budgets are judged by a quote.")
    let reason = walk.optional(
      "reason", shown?.reason, HindranceForm(),
      "Why it is not usable; null if it is. Without any code it is code_limit_reached.")
    guard let coupon, let codes, let hasMoreCodes, let used, let limit, let remaining, usable != nil,
      let reason
    else { return nil }
    return ShownPersonalCoupon(
      entry: PersonalCoupon(coupon: coupon, codes: codes, hasMoreCodes: hasMoreCodes, used: used),
      limit: limit, remaining: remaining, reason: reason)
  }
}

/// What may be in a personal coupon's way.
private struct HindranceForm: ValueForm {
  private static let reasons: [RefusalReason] = [
    .couponNotActive, .couponDisabled, .notStarted, .expired, .usageLimitReached, .codeLimitReached,
    .userLimitReached,
  ]

  func read(_ value: ValueReader) -> RefusalReason? { value.enumeration() }

  func write(_ reason: RefusalReason, to writer: inout JSONWriter) { writer.string(reason.rawValue) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    ["type": "string", "enum": .list(Self.reasons.map { .text($0.rawValue) })]
  }
}
