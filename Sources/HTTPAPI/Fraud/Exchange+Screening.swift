import Forms
import Ledger
import Promotions
import Scrip

extension Exchange {
  /// What was seen in a customer who attempts to use coupons; nil where nobody looks.
  func screening(_ customer: Customer, _ input: CustomerInput?) async -> FraudScreening? {
    await services.fraud?.screen(customer, input, of: tenant)
  }

  /// The same for whoever an order that is kept here is of, where the request names nobody.
  func screening(
    _ customer: Customer?, _ input: CustomerInput?, ofOrder id: OrderID
  ) async -> FraudScreening? {
    guard let fraud = services.fraud, await fraud.policy(of: tenant).mode != .off else { return nil }
    if let customer { return await screening(customer, input) }
    do throws(StoreFailure) {
      guard let row = try await engine.keptOrder(id, tenant: tenant) else { return nil }
      return await screening(row.content.content.customer.asNamed, nil)
    } catch {
      // The action asks for the order as well, and says what is wrong with it.
      return nil
    }
  }
}
