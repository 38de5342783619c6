import Forms
import JSON
import Ledger
import Scrip

extension ApplicationShare: ObjectForm {
  /// `ApplicationShare`
  public static let formName = "ApplicationShare"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ share: Self?) -> Self? {
    let lockedAt = walk.required("locked_at", share?.lockedAt, .instant())
    let currency = walk.required("currency", share?.currency, .currency())
    let buyer = walk.sparse("buyer", share?.buyer, .identityKey())
    guard let lockedAt, let currency, let buyer else { return nil }
    return Self(lockedAt: lockedAt, currency: currency, buyer: buyer)
  }
}

extension UsageStanding: ObjectForm {
  /// `UsageStanding`
  public static let formName = "UsageStanding"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ standing: Self?) -> Self? {
    let state = walk.required("state", standing?.state, .choice())
    let amount = walk.required("amount", standing?.amount, .integer())
    let isOverLimit = walk.sparse("over_limit", standing.flatMap { $0.isOverLimit ? true : nil }, .flag())
    let share = ApplicationShare.walk(&walk, standing?.share)
    guard let state, let amount, let isOverLimit, let share else { return nil }
    return Self(state: state, amount: amount, isOverLimit: isOverLimit ?? false, share: share)
  }
}

extension DiscountApplication {
  /// What its usages share.
  var share: ApplicationShare { ApplicationShare(lockedAt: lockedAt, currency: currency, buyer: buyer) }

  /// How a usage of it stands.
  func standing(of usage: Usage) -> UsageStanding {
    UsageStanding(
      state: usage.state, amount: usage.amount, isOverLimit: usage.isOverLimit, share: share)
  }
}
