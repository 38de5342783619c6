import Forms
import Ledger
import Promotions
import Scrip

extension Exchange {
  /// What was seen in a customer who attempts to use coupons; nil where nobody looks.
  func screening(_ customer: Customer, _ codes: [TypedCode]) async -> FraudScreening? {
    await services.fraud?.screen(customer, codes: codes, of: tenant)
  }

  /// The same for whoever an order that is kept here is of, or is to be of.
  func screening(
    _ customer: Customer?, _ codes: [TypedCode], ofOrder id: OrderID
  ) async -> FraudScreening? {
    guard let fraud = services.fraud, await fraud.policy(of: tenant).mode != .off else { return nil }
    if let customer { return await screening(customer, codes) }
    do throws(StoreFailure) {
      guard let row = try await engine.keptOrder(id, tenant: tenant) else { return nil }
      return await screening(row.content.content.customer.asNamed, codes)
    } catch {
      // The action asks for the order as well, and says what is wrong with it.
      return nil
    }
  }
}
