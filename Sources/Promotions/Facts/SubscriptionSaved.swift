import Forms
import Ledger
import Scrip

/// A billing system told of a subscription: with the first time it came into being here.
public struct SubscriptionSaved: PromotionFact {
  /// `SubscriptionSaved`
  public static let formName = "SubscriptionSaved"

  /// What the subscription is called.
  public var subscriptionID: SubscriptionID
  /// What was told.
  public var content: Kept<Subscription.Content>

  /// Makes the fact.
  public init(subscriptionID: SubscriptionID, content: Kept<Subscription.Content>) {
    self.subscriptionID = subscriptionID
    self.content = content
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let subscriptionID = walk.required(
      "subscription_id", fact?.subscriptionID, .name(SubscriptionID.self))
    let content = walk.required("content", fact?.content, KeptValueForm<Subscription.Content>())
    guard let subscriptionID, let content else { return nil }
    return Self(subscriptionID: subscriptionID, content: content)
  }

  /// Makes its row, or changes what the caller says of it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = SubscriptionRow.key(of: place.stream, place.tenant)
    if set.shelf[SubscriptionRow.self][key] == nil {
      let row = SubscriptionRow(subscriptionID: subscriptionID, content: content, createdAt: place.at)
      set.shelf[SubscriptionRow.self].insert(row, for: key)
    } else {
      set.shelf[SubscriptionRow.self].change(key, .redefine) { row in
        row.content = content
        row.updatedAt = place.at
        row.version += 1
      }
    }
  }
}
