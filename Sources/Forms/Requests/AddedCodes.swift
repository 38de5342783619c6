import JSON
import Scrip

/// The codes that were added to a coupon.
public struct AddedCodes: Hashable, Sendable {
  /// The coupon.
  public var couponID: Coupon.ID
  /// The new codes.
  public var codes: [CodeGrant]

  /// Tells of new codes.
  public init(couponID: Coupon.ID, codes: [CodeGrant]) {
    self.couponID = couponID
    self.codes = codes
  }
}

extension AddedCodes: ObjectForm, JSONWritable {
  /// `AddedCodes`
  public static let formName = "AddedCodes"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ added: AddedCodes?) -> AddedCodes?
  {
    let couponID = walk.required("coupon_id", added?.couponID, .id(Coupon.ID.self))
    let count = walk.required("added", added.map { Int64($0.codes.count) }, .integer(0, to: .max))
    let codes = walk.required(
      "codes", added?.codes.map { PersonalCoupon.Code(grant: $0, used: 0) },
      .objects(PersonalCoupon.Code.self))
    guard let couponID, count != nil, let codes else { return nil }
    return AddedCodes(couponID: couponID, codes: codes.map(\.grant))
  }
}

/// A new key with its secret.
public struct NewKey: Sendable {
  /// The key.
  public var key: AccessKey
  /// The secret; nil when the answer is given again.
  public var secret: String?  // String: shown, never looked up

  /// Tells of a new key.
  public init(key: AccessKey, secret: String?) {
    self.key = key
    self.secret = secret
  }
}

extension NewKey: ObjectForm {
  /// `NewKey`
  public static let formName = "NewKey"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ new: NewKey?) -> NewKey? {
    let key = AccessKey.walk(&walk, new?.key)
    let secret = walk.optional(
      "secret", new?.secret, .text(), "Shown this once; null when the answer is replayed.")
    guard let key, let secret else { return nil }
    return NewKey(key: key, secret: secret)
  }
}
