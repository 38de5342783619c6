import Forms
import Ledger
import Scrip

/// What is kept of an answer about an application: what changes in its life, as it was then. All else stands in its
/// row, and what was agreed in the event that the answer names.
struct ApplicationAnswer: Hashable, Sendable {
  let id: DiscountApplication.ID
  let state: Usage.State
  let expiresAt: Instant
  let settledAt: Instant?
  /// The event that holds what was agreed then. The application may have been agreed anew since.
  let agreedIn: EventReference
  /// The usages, without their counters. A change may have put others in their places since.
  let usages: [Usage]
}

extension ApplicationAnswer {
  /// Takes from an application what has to be kept.
  init(_ application: DiscountApplication, agreedIn: EventReference) {
    self.init(
      id: application.id, state: application.state, expiresAt: application.expiresAt,
      settledAt: application.settledAt, agreedIn: agreedIn, usages: application.usages)
  }

  /// The application as it was answered. What no answer shows is as it is now.
  func application(_ now: DiscountApplication, agreed: Agreement) -> DiscountApplication {
    var application = now
    application.state = state
    application.expiresAt = expiresAt
    application.settledAt = settledAt
    application.buyer = agreed.buyer
    application.discount = agreed.discount
    application.total = agreed.total
    application.snapshot = agreed.snapshot
    application.usages = usages
    return application
  }
}

extension ApplicationAnswer: ObjectForm {
  /// `ApplicationAnswer`
  static let formName = "ApplicationAnswer"

  /// Its members, in their order.
  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ answer: Self?) -> Self? {
    let id = walk.required("id", answer?.id, .id(DiscountApplication.ID.self))
    let state = walk.required("state", answer?.state, .choice())
    let expiresAt = walk.required("expires_at", answer?.expiresAt, .instant())
    let settledAt = walk.sparse("settled_at", answer?.settledAt, .instant())
    let agreedIn = walk.required("agreed_in", answer?.agreedIn, .object())
    let usages = walk.required("usages", answer?.usages, .objects(Usage.self))
    guard let id, let state, let expiresAt, let settledAt, let agreedIn, let usages else { return nil }
    return Self(
      id: id, state: state, expiresAt: expiresAt, settledAt: settledAt, agreedIn: agreedIn, usages: usages)
  }
}

extension EventReference: ObjectForm {
  /// `EventReference`
  public static let formName = "EventReference"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    let couponID = walk.required("coupon_id", event?.couponID, .id(Coupon.ID.self))
    let sequence = walk.required("sequence", event?.sequence, .integer(1, to: .max))
    guard let couponID, let sequence else { return nil }
    return Self(couponID: couponID, sequence: sequence)
  }
}
