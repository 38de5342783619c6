import JSON
import Scrip

/// How a payment has ended, told by whoever has looked at the provider's own books.
public struct SettlePaymentRequest: Sendable {
  /// How a payment ends.
  public enum Outcome: String, CaseIterable, Hashable, Sendable {
    /// The shop has the money, all of what the order costs or what it takes for it.
    case paid
    /// The shop has no money, or has given back by hand what it had.
    case unpaid
  }

  /// How it has ended.
  public var outcome: Outcome
  /// The caller's own words, up to 200 characters.
  @Exact public var reason: String?
  /// Whether the provider is not asked before: for one that will never answer again.
  public var isUnasked: Bool

  /// Makes a request.
  public init(outcome: Outcome, reason: String? = nil, isUnasked: Bool = false) {
    self.outcome = outcome
    self.reason = reason
    self.isUnasked = isUnasked
  }
}

extension SettlePaymentRequest: RequestForm {
  /// `SettlePayment`
  public static let formName = "SettlePayment"
  /// In JSON.
  public static let formExamples = [#"{"outcome": "paid", "reason": "captured by hand"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let outcome = walk.required("outcome", request?.outcome, .choice(named: "PaymentOutcome"))
    let reason = walk.optional("reason", request?.reason, .text(0...200))
    let isUnasked = walk.member(
      "without_asking", request?.isUnasked, else: false, .flag(),
      "Whether the provider is not asked before, because it will never answer again.")
    guard let outcome, let reason, let isUnasked else { return nil }
    return Self(outcome: outcome, reason: reason, isUnasked: isUnasked)
  }
}
