import JSON
import Scrip

/// A new coupon with the codes that open it.
public struct NewCoupon {
  /// Its terms.
  public var terms: CouponTerms
  /// Its codes.
  public var grants: [CodeGrant]
  /// Whether they came as the one `code` instead of the list `codes`.
  public var hasSingleCode: Bool
}

extension NewCoupon: RequestForm {
  /// `CouponInput`
  public static let formName = "CouponInput"
  /// In JSON.
  public static let formExamples = [
    #"""
    {"name": "Welcome", "code": "WELCOME10",
     "discount": {"type": "percent", "percent": "10", "cap": {"USD": 5000}},
     "rules": {"all": [{"country": {"in": ["DE", "AT"]}}, {"first_order": true}]},
     "minimum": {"USD": 2500}, "ends_at": "2030-01-01T00:00:00Z",
     "limits": {"total": 1000, "per_user": 1},
     "stacking": {"policy": "open", "combines_with": ["line", "order", "shipping"]}}
    """#
  ]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ coupon: NewCoupon?) -> NewCoupon?
  {
    let single = walk.optional("code", coupon?.singleCode, TypedCodeForm())
    let several = walk.optional("codes", coupon?.listedCodes, .list(CodeInputForm(), 0...10_000))
    let terms = CouponTerms.walk(&walk, coupon?.terms)
    guard let single, let several, let terms else { return nil }
    if single != nil, several != nil {
      walk.refuse("codes", .invalidValue, "must not stand beside code")
      return nil
    }
    return NewCoupon(
      terms: terms, grants: single.map { [CodeGrant(code: $0.code, display: $0.display)] } ?? several ?? [],
      hasSingleCode: single != nil)
  }

  private var singleCode: SpelledCode? {
    guard hasSingleCode, let grant = grants.first else { return nil }
    return SpelledCode(code: grant.code, display: grant.display)
  }

  private var listedCodes: [CodeGrant]? { hasSingleCode ? nil : grants }
}

/// A coupon is to be out of use.
public struct DisableRequest {
  /// The caller's own words.
  public var reason: String  // String: shown, never looked up
  /// Whether its running locks end as well.
  public var revokesLocks: Bool
}

extension DisableRequest: RequestForm {
  /// `DisableRequest`
  public static let formName = "DisableRequest"
  /// In JSON.
  public static let formExamples = [#"{"reason": "fraud", "revoke_locks": true}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: DisableRequest?
  ) -> DisableRequest? {
    let reason = walk.required("reason", request?.reason, .text(1...200))
    let revokesLocks = walk.member("revoke_locks", request?.revokesLocks, else: false, .flag())
    guard let reason, let revokesLocks else { return nil }
    return DisableRequest(reason: reason, revokesLocks: revokesLocks)
  }
}

/// Nothing to say.
public struct EmptyRequest: RequestForm {
  /// `Empty`
  public static let formName = "Empty"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: EmptyRequest?
  ) -> EmptyRequest? { EmptyRequest() }
}

/// The terms of one version of a coupon.
public struct CouponVersion: Sendable {
  /// The coupon.
  public var couponID: Coupon.ID
  /// The version's number.
  public var version: Int64
  /// Its terms.
  public var terms: CouponTerms

  /// Takes the terms of a version.
  public init(couponID: Coupon.ID, version: Int64, terms: CouponTerms) {
    self.couponID = couponID
    self.version = version
    self.terms = terms
  }
}

extension CouponVersion: ObjectForm, JSONWritable {
  /// `CouponVersion`
  public static let formName = "CouponVersion"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ version: CouponVersion?
  ) -> CouponVersion? {
    let couponID = walk.required("coupon_id", version?.couponID, .id(Coupon.ID.self))
    let number = walk.required("version", version?.version, .integer(1, to: .max))
    let terms = walk.required("terms", version?.terms, .object())
    guard let couponID, let number, let terms else { return nil }
    return CouponVersion(couponID: couponID, version: number, terms: terms)
  }
}

/// A new key.
public struct AccessKeyRequest {
  /// What its holder may do.
  public var role: AccessKey.Role
  /// What people call it.
  public var name: String  // String: shown, never looked up
}

extension AccessKeyRequest: RequestForm {
  /// `KeyInput`
  public static let formName = "KeyInput"
  /// In JSON.
  public static let formExamples = [#"{"role": "server", "name": "Checkout"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: AccessKeyRequest?
  ) -> AccessKeyRequest? {
    let role = walk.required("role", request?.role, .role())
    let name = walk.required("name", request?.name, .text(1...100))
    guard let role, let name else { return nil }
    return AccessKeyRequest(role: role, name: name)
  }
}

extension ValueForm where Self == ChoiceForm<AccessKey.Role> {
  static func role() -> Self { ChoiceForm(name: "Role", note: "What a key's holder may do.") }
}
