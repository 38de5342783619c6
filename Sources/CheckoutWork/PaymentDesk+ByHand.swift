import Ledger
import Payments
import Promotions
import Scrip

/// What was changed at a provider by hand, or went otherwise than it had said.
extension PaymentDesk {
  /// Why nobody may say by hand how a payment has ended.
  public enum Unsettled: Error, Sendable {
    /// The provider can't be asked.
    case provider(String)  // String: told to operators, never looked up
    /// What the provider says of it is believed.
    case saysItself(String)  // String: the provider's word
    /// It can't have been paid.
    case noMoney(String)  // String: the provider's word
  }

  /// Makes sure that a payment may be settled by hand: the provider tells nothing of it that is believed, and no money can come
  /// any more that nobody would hear of.
  public func prepareSettlement(
    of payment: Payment, isPaid: Bool, tenant: Tenant.ID
  ) async throws(Unsettled) {
    // One that has ended, or has no intent, is refused by the decision.
    guard !payment.state.isFinal, let id = payment.intent.flatMap({ PaymentIntentID($0.text) }) else {
      return
    }
    let intent: PaymentIntent
    do throws(PaymentFailure) {
      intent = try await providers.ask(tenant) { provider throws(PaymentFailure) in try provider.fetch(id) }
    } catch {
      throw .provider(error.reason)
    }
    if PaymentWork.isAbout(payment, intent) { throw .saysItself(intent.status.rawValue) }
    if isPaid, intent.status != .succeeded { throw .noMoney(intent.status.rawValue) }
    if intent.status.isFinal { return }
    // A provider repeats under a key whatever it has answered: the intent itself knows whether it was done.
    guard let key = Payments.IdempotencyKey("\(payment.id):settle:\(engine.store.now.microseconds)") else {
      throw .provider("there is no key for the step")
    }
    do throws(PaymentFailure) {
      _ = try await providers.ask(tenant) { provider throws(PaymentFailure) in
        try provider.cancel(id, key: key)
      }
    } catch {
      throw .provider(error.reason)
    }
  }

  /// Looks whether the provider has given less than is said here, because a bank would not have a refund that had been made:
  /// what is missing is asked for again. Refunds that somebody has made by hand count.
  ///
  /// - Returns: false if nobody can tell now, because another refund is still under way.
  @discardableResult
  public func lookAtRefunds(of payment: Payment, tenant: Tenant.ID) async throws(DueFailure) -> Bool {
    guard payment.refunded == payment.refundDue else { return false }
    guard payment.refunded > 0, let intent = payment.intent.flatMap({ PaymentIntentID($0.text) }) else {
      return true
    }
    let refunds: [PaymentRefund]
    do throws(PaymentFailure) {
      refunds = try await providers.ask(tenant) { provider throws(PaymentFailure) in
        try provider.refunds(of: intent)
      }
    } catch {
      throw DueFailure(error.reason)
    }
    let given = refunds.filter { !$0.isLost }.map(\.amount.minorUnits).reduce(0, +)
    guard given < payment.refunded, let lost = refunds.first(where: \.isLost) else { return true }
    let action = ReportFailedRefund(
      orderID: payment.orderID, paymentID: payment.id, amount: payment.refunded - given,
      reference: ProviderName(lost.id.description), refundCount: payment.refundCount)
    do throws(CommandFailure) {
      _ = try await engine.submit(PromotionCommand(tenant: tenant, actor: .system, action: action))
    } catch {
      throw DueFailure("what a provider has said of a refund could not be noted")
    }
    return true
  }
}
