import Ledger
import Scrip

/// What a buyer has bought here before, as far as orders that are kept here tell.
public struct BuyerHistory: Hashable, Sendable {
  /// The states of orders that count: they are paid, whatever was given back of them. One that was called off after its
  /// payment counts as if it had never been.
  public static let states: [OrderState] = [.paid, .partlyRefunded, .refunded]

  /// How many orders count, up to ``Customer/orderCountMax``.
  public var paid: Int64
  /// When the first order was made, whatever became of it; nil if there is none.
  public var firstAt: Instant?

  /// Makes a history.
  public init(paid: Int64, firstAt: Instant?) {
    self.paid = paid
    self.firstAt = firstAt
  }
}

extension LoadRequest {
  /// Asks what a customer has bought before, where the tenant has orders tell it.
  mutating func addHistory(of customer: Customer, _ tenant: Tenant.ID, given set: WorkingSet) {
    guard set.ordersTellFacts(tenant), let buyer = customer.buyer else { return }
    buyers.insert(Owned(tenant, buyer))
  }
}

extension WorkingSet {
  /// Whether a tenant has orders tell what is known of customers. Asked several times for each cart, so that no other setting
  /// is copied for it.
  func ordersTellFacts(_ tenant: Tenant.ID) -> Bool {
    (tenants[tenant]?.tenant.settings.customerFacts ?? TenantSettings().customerFacts) == .orders
  }

  /// A customer as rules are to look at it: where the tenant has orders tell what is known of its history, that is what
  /// they tell, and nothing is known of somebody who has no name.
  ///
  /// What was told for an agreement stays as it is: another order that was paid since takes nothing from it.
  func knowing(_ customer: Customer, _ tenant: Tenant.ID, at now: Instant) -> Customer {
    guard ordersTellFacts(tenant), customer.factsFrom == .caller else { return customer }
    guard let history = customer.buyer.flatMap({ found.buyers[Owned(tenant, $0)] }) else {
      return customer.withFacts(ofOrders: nil, since: nil)
    }
    return customer.withFacts(ofOrders: history.paid, since: history.firstAt ?? now)
  }
}
