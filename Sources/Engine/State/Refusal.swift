import JSON
import Scrip
import Wire

/// Why a command was refused: an expected business answer with a stable code.
public struct Refusal: Error, Hashable, Sendable {
  /// The stable codes of refusals, besides those of single codes.
  public enum Code: Hashable, Sendable {
    /// At least one code can't be locked; the most important reason of them.
    case codeRefused(RefusalReason)
    /// The tenant has no such coupon.
    case couponNotFound
    /// The tenant has no such application.
    case applicationNotFound
    /// The tenant has no such key.
    case keyNotFound
    /// The coupon's life cycle does not allow this step.
    case invalidTransition
    /// The coupon is archived and can't be changed.
    case couponArchived
    /// The coupon was changed since it was read.
    case versionConflict
    /// A code is in use by a coupon that is not archived.
    case codeTaken
    /// The order has a live application with other codes.
    case orderHasApplication
    /// The lock's time ran out and its place was taken.
    case lockExpired
    /// The coupon was disabled together with its locks.
    case lockRevoked
    /// The application was redeemed.
    case alreadyRedeemed
    /// The application was given back.
    case alreadyReleased
    /// The application was not redeemed, so there is nothing to restore.
    case notRedeemed
    /// The discount is not what the caller expected.
    case discountChanged
    /// The total is not what the caller expected.
    case totalChanged
    /// The cart's amounts do not fit into 64 bits of minor units.
    case amountOverflow
    /// The idempotency key was used for another request.
    case idempotencyKeyReused
    /// The last admin key of a tenant can't be revoked.
    case lastAdminKey
  }

  /// One thing that stands in the way, pointing into the request.
  public struct Item: Hashable, Sendable {
    /// A JSON pointer into the request, such as `/codes/0`.
    public var pointer: String
    /// A stable code.
    public var code: String
    /// One sentence for people.
    public var message: String
    /// What explains it.
    public var facts: [String: Fact]

    /// Makes an item.
    public init(pointer: String, code: String, message: String, facts: [String: Fact] = [:]) {
      self.pointer = pointer
      self.code = code
      self.message = message
      self.facts = facts
    }
  }

  /// The stable code.
  public var code: Code
  /// One sentence for people, about this very case.
  public var detail: String
  /// The parts of the request that stand in the way.
  public var items: [Item]

  /// Makes a refusal.
  public init(_ code: Code, _ detail: String, items: [Item] = []) {
    self.code = code
    self.detail = detail
    self.items = items
  }
}

extension Refusal.Code: RawRepresentable, CaseIterable {
  private static let ownCodes: [(Refusal.Code, String)] = [
    (.couponNotFound, "coupon_not_found"), (.applicationNotFound, "application_not_found"),
    (.keyNotFound, "key_not_found"), (.invalidTransition, "invalid_transition"),
    (.couponArchived, "coupon_archived"), (.versionConflict, "version_conflict"), (.codeTaken, "code_taken"),
    (.orderHasApplication, "order_has_application"), (.lockExpired, "lock_expired"),
    (.lockRevoked, "lock_revoked"), (.alreadyRedeemed, "already_redeemed"),
    (.alreadyReleased, "already_released"), (.notRedeemed, "not_redeemed"),
    (.discountChanged, "discount_changed"), (.totalChanged, "total_changed"),
    (.amountOverflow, "amount_overflow"), (.idempotencyKeyReused, "idempotency_key_reused"),
    (.lastAdminKey, "last_admin_key"),
  ]

  /// Every code.
  public static var allCases: [Refusal.Code] {
    RefusalReason.allCases.map(Refusal.Code.codeRefused) + ownCodes.map(\.0)
  }

  /// The code as callers see it.
  public var rawValue: String {
    if case .codeRefused(let reason) = self { return reason.rawValue }
    guard let entry = Refusal.Code.ownCodes.first(where: { $0.0 == self }) else {
      preconditionFailure("every code has a text")
    }
    return entry.1
  }

  /// The code with that text; nil if there is none.
  public init?(rawValue: String) {
    if let reason = RefusalReason(rawValue: rawValue) {
      self = .codeRefused(reason)
    } else if let entry = Refusal.Code.ownCodes.first(where: { $0.1 == rawValue }) {
      self = entry.0
    } else {
      return nil
    }
  }
}
