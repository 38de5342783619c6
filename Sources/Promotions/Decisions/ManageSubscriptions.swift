import Forms
import Ledger
import Scrip

extension Topic {
  /// Subscriptions and invoices that billing systems tell of.
  static let billing = Topic(
    facts: [
      SubscriptionSaved.self, CouponAttached.self, CouponDetached.self, InvoicePriced.self,
      InvoiceFinalized.self, InvoiceVoided.self, InvoiceCouponTaken.self, InvoiceCouponReturned.self,
    ], tables: [InvoiceRow.self, SubscriptionRow.self, CouponBillingRow.self],
    entities: [Subscription.self, SubscriptionCoupon.self, Invoice.self])
}

extension Subscription: Entity {
  /// `subscription`
  public static let topic = "subscription"

  /// Where it is found.
  public var path: String { "/v1/subscriptions/\(id.pathSegment)" }
}

extension SubscriptionCoupon: Entity {
  /// `subscription_coupon`
  public static let topic = "subscription_coupon"

  /// Where the subscription's coupons are found.
  public var path: String { "/v1/subscriptions/\(subscriptionID.pathSegment)/coupons" }
}

extension ReplySubject {
  /// The subscription as it is after the command.
  static func subscription(_ id: SubscriptionID, of tenant: Tenant.ID, isNew: Bool) -> ReplySubject {
    .entity(isNew: isNew) {
      $0.shelf[SubscriptionRow.self][Owned(tenant, Subscription.ID(of: id))]?.subscription
    }
  }

  /// One of its coupons.
  static func association(
    _ association: Association.ID, of id: SubscriptionID, _ tenant: Tenant.ID, isNew: Bool
  ) -> ReplySubject {
    .entity(isNew: isNew) { set in
      let row = set.shelf[SubscriptionRow.self][Owned(tenant, Subscription.ID(of: id))]
      return row?.associations.first { $0.id == association }.map {
        SubscriptionCoupon(subscriptionID: id, association: $0, version: row?.version ?? 1)
      }
    }
  }
}

/// Tells of a subscription, for the first time or anew.
public struct SaveSubscription: PromotionAction {
  /// Which subscription.
  public var subscriptionID: SubscriptionID
  /// What the caller says.
  public var content: Subscription.Content

  /// Makes an action.
  public init(subscriptionID: SubscriptionID, content: Subscription.Content) {
    self.subscriptionID = subscriptionID
    self.content = content
  }

  /// About the subscription.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(subscriptionID) }

  /// Asks for the subscription.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.add(subscriptionID, tenant)
  }

  /// Saves it. What is old changes nothing, nor does what says the same.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let key = Owned(context.tenant, Subscription.ID(of: subscriptionID))
    if !set.shelf[SubscriptionRow.self].holds(key) { return decision(content, isNew: true, context) }
    let row = try set.subscription(subscriptionID, of: context.tenant)
    let old = row.content.value
    if let last = old.revision, let told = content.revision, told < last { return keep(context) }
    var content = content
    content.revision = content.revision ?? old.revision
    if old == content { return keep(context) }
    if old.customer != content.customer || old.currency != content.currency {
      throw Refusal(
        .subscriptionExists,
        "The subscription \(subscriptionID) is another customer's, or in another currency: neither can change."
      )
    }
    if old.status == .cancelled {
      // A later message may say the same once more.
      content.revision = old.revision
      if old == content { return keep(context) }
      throw Refusal(.codeRefused(.subscriptionCancelled), "The subscription is cancelled, for good.")
    }
    if !row.content.isWhole {
      throw Refusal(
        .newerTerms,
        "The subscription was written by a newer version of this program, and a change by this one would lose a part of it; send it to a node of the newer version."
      )
    }
    return decision(content, isNew: false, context)
  }

  private func keep(_ context: DecisionContext) -> Decision<WorkingSet> {
    Decision(reply: .subscription(subscriptionID, of: context.tenant, isNew: false))
  }

  private func decision(
    _ content: Subscription.Content, isNew: Bool, _ context: DecisionContext
  ) -> Decision<WorkingSet> {
    let saved = SubscriptionSaved(subscriptionID: subscriptionID, content: Kept(content))
    return Decision(
      [(.subscription(subscriptionID), saved)],
      reply: .subscription(subscriptionID, of: context.tenant, isNew: isNew))
  }
}
