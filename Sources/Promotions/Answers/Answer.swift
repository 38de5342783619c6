import Digest
import Forms
import Ledger
import Scrip

/// What a command is answered, in values. They become JSON where they are shown, and once they have to be kept.
public enum Answer: Hashable, Sendable {
  /// What a command has made or changed, as it is after it.
  public enum Reply: Hashable, Sendable {
    /// A coupon.
    case coupon(Coupon)
    /// A coupon whose terms can't be read.
    case termlessCoupon(CouponWithoutTerms)
    /// An application.
    case application(DiscountApplication)
    /// Codes that were added to a coupon.
    case codes(AddedCodes)
    /// A key, with its secret if it was just made: what is kept of the answer does not have it.
    case accessKey(AccessKey, secret: String?)  // String: shown, never looked up
    /// A tenant.
    case tenant(Tenant)
    /// What is known of a person.
    case person(ShownPerson)
    /// Something else.
    case entity(AnyEntity)
  }

  /// Something was made.
  case created(Reply)
  /// Done, or done already.
  case ok(Reply)
  /// An expected business answer: no.
  case refused(Refusal)
}

/// What became of a command.
public struct CommandOutcome: Hashable, Sendable {
  /// The answer.
  public var answer: Answer
  /// Whether the answer was given before, under the same idempotency key.
  public var isReplay: Bool
}
