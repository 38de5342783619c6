import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// A page of events.
struct EventPage: ObjectForm {
  static let formName = "EventList"

  var data: [ShownEvent]
  var hasMore: Bool
  var nextAfter: Int64

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ page: Self?) -> Self? {
    let data = walk.required("data", page?.data, .objects(ShownEvent.self))
    let hasMore = walk.required("has_more", page?.hasMore, .flag())
    let next = walk.required(
      "next_after", page?.nextAfter, .integer(0, to: .max),
      "Where to read on: the last position of this page.")
    guard let data, let hasMore, let next else { return nil }
    return EventPage(data: data, hasMore: hasMore, nextAfter: next)
  }
}

extension CouponStatistics: ObjectForm {
  /// `CouponStats`
  public static let formName = "CouponStats"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ statistics: Self?) -> Self? {
    let uses = walk.required(
      "uses", statistics.map { UsesByState($0.uses, overLimit: $0.overLimit) }, .object())
    let users = walk.required("unique_users", statistics?.uniqueUsers, .integer(0, to: .max))
    let perCurrency = walk.required("per_currency", statistics?.perCurrency, .objects(PerCurrency.self))
    let perDay = walk.required("per_day", statistics?.perDay, .objects(PerDay.self))
    let asOf = walk.sparse(
      "as_of", statistics?.asOf, .instant(),
      "Only there if much is not added up yet: what happened from then on may be missing.")
    guard let uses, let users, let perCurrency, let perDay, let asOf else { return nil }
    return CouponStatistics(
      uses: uses.byState, overLimit: uses.overLimit, uniqueUsers: users, perCurrency: perCurrency,
      perDay: perDay, asOf: asOf)
  }
}

/// How many usages are in each state.
private struct UsesByState: ObjectForm {
  static let formName = "UsesByState"

  var locked: Int64
  var redeemed: Int64
  var released: Int64
  var overLimit: Int64

  init(_ uses: [Usage.State: Int64], overLimit: Int64) {
    self.init(
      locked: uses[.locked] ?? 0, redeemed: uses[.redeemed] ?? 0, released: uses[.released] ?? 0,
      overLimit: overLimit)
  }

  private init(locked: Int64, redeemed: Int64, released: Int64, overLimit: Int64) {
    self.locked = locked
    self.redeemed = redeemed
    self.released = released
    self.overLimit = overLimit
  }

  var byState: [Usage.State: Int64] { [.locked: locked, .redeemed: redeemed, .released: released] }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ uses: Self?) -> Self? {
    let locked = walk.required("locked", uses?.locked, .integer(0, to: .max))
    let redeemed = walk.required("redeemed", uses?.redeemed, .integer(0, to: .max))
    let released = walk.required("released", uses?.released, .integer(0, to: .max))
    let overLimit = walk.required(
      "over_limit", uses?.overLimit, .integer(0, to: .max),
      "How many of the redeemed ones no limit counts: their orders were paid although there was no room.")
    guard let locked, let redeemed, let released, let overLimit else { return nil }
    return UsesByState(locked: locked, redeemed: redeemed, released: released, overLimit: overLimit)
  }
}

private let saturation: StaticString = "Whether a sum is more than the largest amount, which it is shown as."

extension CouponStatistics.PerCurrency: ObjectForm {
  /// `UsesOfCurrency`
  public static let formName = "UsesOfCurrency"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ entry: Self?) -> Self? {
    let currency = walk.required("currency", entry?.discount.currency, .currency())
    let discount = walk.required("discount", entry?.discount.minorUnits, .amount())
    let isSaturated = walk.required("saturated", entry?.isSaturated, .flag(), saturation)
    let uses = walk.required("uses", entry?.uses, .integer(0, to: .max))
    guard let currency, let discount, let isSaturated, let uses else { return nil }
    return Self(
      discount: Money(minorUnits: discount, currency: currency), isSaturated: isSaturated, uses: uses)
  }
}

extension CouponStatistics.PerDay: ObjectForm {
  /// `UsesOfDay`
  public static let formName = "UsesOfDay"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ entry: Self?) -> Self? {
    let day = walk.required("day", entry?.day, .day())
    let uses = walk.required("uses", entry?.uses, .integer(0, to: .max))
    let discount = walk.required("discount", entry?.discount, .amounts(from: 0))
    let isSaturated = walk.required("saturated", entry?.isSaturated, .flag(), saturation)
    guard let day, let uses, let discount, let isSaturated else { return nil }
    return Self(day: day, uses: uses, discount: discount, isSaturated: isSaturated)
  }
}

/// Locks that can't be given back.
struct StuckLockList: ObjectForm {
  static let formName = "StuckLockList"

  var data: [ShownStuckLock]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ list: Self?) -> Self? {
    walk.required("data", list?.data, .objects(ShownStuckLock.self, 0...1000)).map(StuckLockList.init)
  }
}

/// A lock that can't be given back, as operators see it.
struct ShownStuckLock: ObjectForm {
  static let formName = "StuckLock"
  static let formNote: StaticString? =
    "A lock whose time is over, or that was revoked, and that can't be given back."

  var applicationID: DiscountApplication.ID?
  var orderID: OrderID?
  var since: Instant
  var attempts: Int64
  var nextTry: Instant
  var reason: String  // String: shown, never looked up

  init(_ stuck: StuckLock) {
    self.init(
      applicationID: stuck.lock?.key.value, orderID: stuck.lock?.orderID, since: stuck.since,
      attempts: Int64(stuck.attempts), nextTry: stuck.nextTry, reason: stuck.reason)
  }

  private init(
    applicationID: DiscountApplication.ID?, orderID: OrderID?, since: Instant, attempts: Int64,
    nextTry: Instant, reason: String
  ) {
    self.applicationID = applicationID
    self.orderID = orderID
    self.since = since
    self.attempts = attempts
    self.nextTry = nextTry
    self.reason = reason
  }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ lock: Self?) -> Self? {
    let applicationID = walk.optional(
      "application_id", lock?.applicationID, .id(DiscountApplication.ID.self),
      "Null if the tenant's locks could not even be looked for.")
    let orderID = walk.optional("order_id", lock?.orderID, .name(OrderID.self))
    let since = walk.required("since", lock?.since, .instant())
    let attempts = walk.required("attempts", lock?.attempts, .integer(1, to: .max))
    let nextTry = walk.required("next_try", lock?.nextTry, .instant())
    let reason = walk.required("reason", lock?.reason, .text())
    guard let applicationID, let orderID, let since, let attempts, let nextTry, let reason else { return nil }
    return ShownStuckLock(
      applicationID: applicationID, orderID: orderID, since: since, attempts: attempts, nextTry: nextTry,
      reason: reason)
  }
}
