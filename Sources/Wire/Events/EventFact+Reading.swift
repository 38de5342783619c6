import JSON
import Scrip

extension Event.Fact {
  /// Reads a payload of the event log.
  ///
  /// - Parameters:
  ///   - type: the fact's `name`.
  ///   - payload: what `payload()` gave.
  public init(type: String, payload: [UInt8]) throws(StoredFormError) {
    let form = "event \(type)"
    guard let read = Self.readers[type] else {
      throw StoredFormError(form: form, faults: ["only a newer version of this program knows this type"])
    }
    self = try readStored(form, payload) { value in
      // A key has a reader of its own, which takes the whole object.
      if type == "KeyCreated" { return AccessKey(stored: value).map(Self.keyCreated) }
      return value.object { (object: inout ObjectReader) -> Self? in read(&object) }
    }
  }

  /// Whether this version knows such a type.
  public static func knows(_ type: String) -> Bool { readers[type] != nil }

  /// The terms in a payload that has some, exactly as they stand there, members included that this version does not
  /// know; nil for a type that has none.
  public static func terms(inPayload payload: [UInt8], type: String) throws(StoredFormError) -> [UInt8]? {
    guard type == "CouponCreated" || type == "CouponUpdated" else { return nil }
    return try readStored("event \(type)", payload) { value in
      value.object { (object: inout ObjectReader) -> [UInt8]? in
        object.required("terms") { $0.canonicalBytes() }
      }
    }
  }

  private typealias Reader = @Sendable (inout ObjectReader) -> Event.Fact?

  private static let readers: [String: Reader] = [  // String: names of ours
    "TenantCreated": tenantCreated, "TenantSettingsChanged": tenantSettingsChanged,
    "KeyCreated": { _ in nil }, "KeyRevoked": keyRevoked, "CouponCreated": couponCreated,
    "CouponUpdated": couponUpdated, "CouponActivated": { _ in .couponActivated },
    "CouponDisabled": couponDisabled, "CouponArchived": { _ in .couponArchived }, "CodesAdded": codesAdded,
    "CouponApplied": couponApplied, "CouponRejected": couponRejected, "CouponRedeemed": couponRedeemed,
    "CouponReleased": couponReleased, "LockExtended": lockExtended, "UsageRepriced": usageRepriced,
  ]

  @Sendable private static func tenantCreated(_ object: inout ObjectReader) -> Self? {
    let name = object.anyText("name")
    let settings = object.required("settings") { TenantSettings(reading: $0) }
    guard let name, let settings else { return nil }
    return .tenantCreated(name: name, settings: settings)
  }

  @Sendable private static func tenantSettingsChanged(_ object: inout ObjectReader) -> Self? {
    object.required("settings") { TenantSettings(reading: $0) }.map(Self.tenantSettingsChanged)
  }

  @Sendable private static func keyRevoked(_ object: inout ObjectReader) -> Self? {
    object.required("id") { $0.identifier() as AccessKey.ID? }.map(Self.keyRevoked)
  }

  @Sendable private static func couponCreated(_ object: inout ObjectReader) -> Self? {
    object.required("terms") { CouponTerms(stored: $0) }.map(Self.couponCreated)
  }

  @Sendable private static func couponUpdated(_ object: inout ObjectReader) -> Self? {
    let version = object.required("version") { $0.int64() }
    let terms = object.required("terms") { CouponTerms(stored: $0) }
    guard let version, let terms else { return nil }
    return .couponUpdated(version: version, terms)
  }

  @Sendable private static func couponDisabled(_ object: inout ObjectReader) -> Self? {
    let reason = object.anyText("reason")
    let revokesLocks = object.required("revokes_locks") { $0.bool() }
    guard let reason, let revokesLocks else { return nil }
    return .couponDisabled(reason: reason, revokesLocks: revokesLocks)
  }

  @Sendable private static func codesAdded(_ object: inout ObjectReader) -> Self? {
    object.required("codes") { $0.array(max: Int.max) { CodeGrant(stored: $0) } }.map(Self.codesAdded)
  }

  @Sendable private static func couponApplied(_ object: inout ObjectReader) -> Self? {
    let applicationID = object.required("application_id") { $0.identifier() as DiscountApplication.ID? }
    let orderID = object.orderID()
    let expiresAt = object.required("expires_at") { $0.instant() }
    let usage = object.required("usage") { Usage(stored: $0) }
    let agreement = object.member("agreement") { Agreement(stored: $0) }
    guard let applicationID, let orderID, let expiresAt, let usage, let agreement else { return nil }
    return .couponApplied(
      AppliedUsage(
        applicationID: applicationID, orderID: orderID, expiresAt: expiresAt, usage: usage,
        agreement: agreement))
  }

  @Sendable private static func couponRejected(_ object: inout ObjectReader) -> Self? {
    let orderID = object.orderID()
    let code = object.anyText("code")
    let reason = object.required("reason") { $0.enumeration(RefusalReason.self) }
    guard let orderID, let code, let reason else { return nil }
    return .couponRejected(Rejection(orderID: orderID, code: code, reason: reason))
  }

  @Sendable private static func couponRedeemed(_ object: inout ObjectReader) -> Self? {
    let usage = UsageReference(&object)
    let relocked = object.required("relocked") { $0.bool() }
    guard let usage, let relocked else { return nil }
    return .couponRedeemed(RedeemedUsage(usage: usage, wasRelocked: relocked))
  }

  @Sendable private static func couponReleased(_ object: inout ObjectReader) -> Self? {
    let usage = UsageReference(&object)
    let cause = object.required("cause") { $0.enumeration(ReleasedUsage.Cause.self) }
    let reason = object.member("reason") { $0.string(maxLength: Int.max) }
    guard let usage, let cause, let reason else { return nil }
    return .couponReleased(ReleasedUsage(usage: usage, cause: cause, reason: reason))
  }

  @Sendable private static func lockExtended(_ object: inout ObjectReader) -> Self? {
    let usage = UsageReference(&object)
    let expiresAt = object.required("expires_at") { $0.instant() }
    guard let usage, let expiresAt else { return nil }
    return .lockExtended(usage, expiresAt: expiresAt)
  }

  @Sendable private static func usageRepriced(_ object: inout ObjectReader) -> Self? {
    let usage = UsageReference(&object)
    let amount = object.required("amount") { $0.int64() }
    let agreement = object.member("agreement") { Agreement(stored: $0) }
    guard let usage, let amount, let agreement else { return nil }
    return .usageRepriced(usage, amount: amount, agreement: agreement)
  }
}

extension ObjectReader {
  fileprivate mutating func orderID() -> OrderID? { required("order_id") { $0.storedName(OrderID.self) } }

  fileprivate mutating func anyText(_ name: StaticString) -> String? {
    required(name) { $0.string(maxLength: Int.max) }
  }
}

extension UsageReference {
  fileprivate init?(_ object: inout ObjectReader) {
    let applicationID = object.required("application_id") { $0.identifier() as DiscountApplication.ID? }
    let usageID = object.required("usage_id") { $0.identifier() as Usage.ID? }
    let orderID = object.orderID()
    guard let applicationID, let usageID, let orderID else { return nil }
    self.init(applicationID: applicationID, usageID: usageID, orderID: orderID)
  }
}

extension Usage {
  fileprivate init?(stored value: ValueReader) {
    let usage = value.object { (object: inout ObjectReader) -> Usage? in
      let id = object.required("id") { $0.identifier() as Usage.ID? }
      let couponID = object.required("coupon_id") { $0.identifier() as Coupon.ID? }
      let version = object.required("version") { $0.int64() }
      let code = object.required("code") { $0.couponCode() }
      let state = object.required("state") { $0.enumeration(Usage.State.self) }
      let amount = object.required("amount") { $0.int64() }
      let counters = object.required("counters") { list in
        list.array(max: Int.max) { counter in
          counter.parsed(maxLength: Int.max, as: "a usage counter") { UsageCounter(stored: $0) }
        }
      }
      guard let id, let couponID, let version, let code, let state, let amount, let counters else {
        return nil
      }
      return Usage(
        id: id, couponID: couponID, version: version, code: code, state: state, amount: amount,
        counters: counters)
    }
    guard let usage else { return nil }
    self = usage
  }
}

extension Agreement {
  fileprivate init?(stored value: ValueReader) {
    let agreement = value.object { (object: inout ObjectReader) -> Agreement? in
      let buyer = object.member("buyer") { value in
        value.parsed(maxLength: Int.max, as: "an identity key") { IdentityKey(stored: $0) }
      }
      let currency = object.required("currency") { $0.currency() }
      let discount = object.required("discount") { $0.int64() }
      let total = object.required("total") { $0.int64() }
      let quote = object.required("quote") { $0.canonicalBytes() }
      let basis = object.required("basis") { $0.canonicalBytes() }
      guard let buyer, let currency, let discount, let total, let quote, let basis else { return nil }
      return Agreement(
        buyer: buyer, currency: currency, discount: discount, total: total,
        snapshot: QuoteSnapshot(quote: quote, basis: basis))
    }
    guard let agreement else { return nil }
    self = agreement
  }
}
