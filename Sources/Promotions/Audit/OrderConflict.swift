import Ledger
import Scrip

/// An order of which the log has several live applications.
///
/// A row that was damaged by hand can hide an order's application, so that the order takes another one. The log then says
/// both, and the tables can't hold both. The one that was redeemed is kept, or else the last one, which the shop goes on
/// with. The others are taken as given back, with what they counted, although no event says so.
public struct OrderConflict: Hashable, Sendable, CustomStringConvertible {
  /// Whose it is.
  public let tenant: Tenant.ID
  /// The order.
  public let orderID: OrderID
  /// The application that the tables have as the log says.
  public let kept: DiscountApplication.ID
  /// Those that the tables have as given back.
  public let givenBack: [DiscountApplication.ID]

  /// One line for people.
  public var description: String {
    let others = givenBack.map(\.description).joined(separator: ", ")
    return "\(tenant) order \(orderID.text): the log has \(givenBack.count + 1) live applications. "
      + "\(kept) is kept; taken as given back, although no event says so: \(others)"
  }

  /// The conflicts among the applications of a set, by tenant and order.
  static func all(in set: WorkingSet) -> [OrderConflict] {
    let live = set.applications.all.filter { $0.value.application.state.isLive }
    let byOrder = Dictionary(grouping: live) { Owned($0.key.tenant, $0.value.application.orderID) }
    return byOrder.sorted { $0.key < $1.key }.compactMap { order, found in
      let ids = found.map(\.value.application).sorted { $0.standsBehind($1) }.map(\.id)
      guard ids.count > 1, let kept = ids.last else { return nil }
      return OrderConflict(
        tenant: order.tenant, orderID: order.value, kept: kept, givenBack: ids.dropLast())
    }
  }
}

extension DiscountApplication {
  /// Whether another application of the same order is rather kept.
  fileprivate func standsBehind(_ other: DiscountApplication) -> Bool {
    if (state == .redeemed) != (other.state == .redeemed) { return other.state == .redeemed }
    return (lockedAt, id) < (other.lockedAt, other.id)
  }
}

extension WorkingSet {
  /// Gives the conflict's other applications back, by the function that folds such an event, which nobody has written.
  mutating func settle(_ conflict: OrderConflict) {
    let tenant = conflict.tenant
    for id in conflict.givenBack {
      guard let application = applications[Owned(tenant, id)]?.application else { continue }
      for usage in application.usages where usage.state.isLive {
        let released = CouponReleased(
          usage: UsageReference(
            applicationID: id, usageID: usage.id, orderID: application.orderID),
          before: application.standing(of: usage), cause: .requested)
        released.fold(
          into: &self,
          at: EventPlace(
            tenant: tenant, stream: .coupon(usage.couponID), sequence: 0, at: application.lockedAt))
      }
    }
  }
}

extension Store where State == WorkingSet {
  /// Settles conflicts among applications of a scratch store, which were found there.
  public func settleConflicts(
    among found: [Owned<DiscountApplication.ID>]
  ) throws(StoreFailure) -> [OrderConflict] {
    if found.isEmpty { return [] }
    return try transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      var request = LoadRequest()
      request.locks = Set(found)
      try transaction.load(request, into: &set)
      let conflicts = OrderConflict.all(in: set)
      for conflict in conflicts { set.settle(conflict) }
      try transaction.write(set)
      return conflicts
    }
  }
}
