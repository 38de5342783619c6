import Digest
import Ledger
import Payments
import Promotions
import Scrip

/// What callers may ask about payments through providers, besides what commands and questions of the engine say.
public struct PaymentDesk: Sendable {
  /// Why a provider's message is not taken.
  public enum Refusal: Error, Sendable {
    /// It is not signed with a secret of the tenant's, or not lately, or is none of the provider's.
    case unbelievable
    /// Somebody is just looking at the payment, and may have looked too early: the message is to come again.
    case busy
    /// The store can't be asked.
    case store(StoreFailure)
  }

  let engine: Engine
  private let sealer: Sealer
  let providers: Providers
  private let worker: DueWorker<WorkingSet>

  /// Makes a desk.
  ///
  /// - Parameter worker: who does the work that is outside of the store.
  public init(engine: Engine, sealer: Sealer, providers: Providers, worker: DueWorker<WorkingSet>) {
    self.engine = engine
    self.sealer = sealer
    self.providers = providers
    self.worker = worker
  }

  /// Seals a secret of a tenant's.
  public func seal(
    _ secret: SecretText, of tenant: Tenant.ID, for purpose: Sealer.Purpose
  ) throws(Sealer.Mistake) -> SealedText { try sealer.seal(secret, of: tenant, for: purpose) }

  /// The settings' secrets under the key that seals now; nil if all are.
  public func sealedAgain(
    _ settings: PaymentSettings, of tenant: Tenant.ID
  ) throws(Sealer.Mistake) -> PaymentSettingsChange? {
    var change = PaymentSettingsChange()
    if let key = settings.secretKey {
      change.secretKey = try sealer.sealAgain(key, of: tenant, for: .stripeKey)
    }
    let secrets = try settings.webhookSecrets.map { secret throws(Sealer.Mistake) in
      try sealer.sealAgain(secret, of: tenant, for: .stripeWebhook) ?? secret
    }
    if secrets != settings.webhookSecrets { change.webhookSecrets = secrets }
    return change == PaymentSettingsChange() ? nil : change
  }

  /// What the customer's browser pays with; nil once nothing is to be paid.
  public func clientSecret(
    of payment: Payment, tenant: Tenant.ID
  ) throws(Sealer.Mistake) -> SecretText? {
    guard payment.state == .open, let sealed = payment.clientSecret else { return nil }
    return try sealer.open(sealed, of: tenant, for: .clientSecret)
  }

  /// Asks a tenant's provider whether it can be reached and takes the key.
  public func check(_ tenant: Tenant.ID) async throws(DueFailure) {
    do throws(PaymentFailure) {
      try await providers.ask(tenant) { provider throws(PaymentFailure) in try provider.check() }
    } catch {
      throw DueFailure(error.reason)
    }
  }

  /// Has a payment looked at now instead of after its pause, and its refunds asked for.
  public func hasten(_ payment: Payment, tenant: Tenant.ID) async throws(StoreFailure) -> DueHastening {
    if payment.refundDue > payment.refunded {
      for number in 1...max(payment.refundCount, 1) {
        _ = try await worker.hasten(Owned(tenant, .refund(number, of: payment.id)))
      }
    }
    if payment.state.isFinal { return .none }
    return try await worker.hasten(Owned(tenant, .payment(payment.id, payment.state.action)))
  }

  /// Takes a message of Stripe's: a hint to look at a payment.
  ///
  /// - Parameters:
  ///   - signature: what came as `Stripe-Signature`.
  ///   - body: the body as it came.
  public func receive(signature: String, body: [UInt8], tenant: Tenant.ID) async throws(Refusal) {
    let settings: PaymentSettings?
    do throws(StoreFailure) {
      settings = try await engine.row(PaymentSettingsRow.self, tenant)?.settings
    } catch {
      throw .store(error)
    }
    try verify(signature, body, settings?.webhookSecrets ?? [], tenant)
    guard let notice = StripeNotice(body: body, label: PaymentWork.paymentLabel) else { throw .unbelievable }
    let refund = StripeNotice(body: body, label: PaymentWork.refundLabel)?.label
    let label = notice.label ?? refund.map { String($0.prefix { $0 != ":" }) }
    guard let id = label.flatMap({ Payment.ID($0) }) else { return }
    let payment: Payment
    do throws(StoreFailure) {
      guard let row = try await engine.row(PaymentRow.self, Owned(tenant, id)) else { return }
      payment = row.payment
      if !payment.state.isFinal || payment.refundDue > payment.refunded,
        case .isLeased = try await hasten(payment, tenant: tenant)
      {
        throw StoreFailure.isBusy
      }
    } catch {
      throw error.code == StoreFailure.isBusy.code ? .busy : .store(error)
    }
    if refund != nil {
      // While the provider can't be asked, or another refund is under way, its message is to come again.
      let hasLooked: Bool
      do throws(DueFailure) {
        hasLooked = try await lookAtRefunds(of: payment, tenant: tenant)
      } catch {
        throw .busy
      }
      if !hasLooked { throw .busy }
    }
  }

  private func verify(
    _ signature: String, _ body: [UInt8], _ sealed: [SealedText], _ tenant: Tenant.ID
  ) throws(Refusal) {
    // A secret that can't be opened proves nothing; the others may.
    let secrets = sealed.compactMap { try? sealer.open($0, of: tenant, for: .stripeWebhook) }
    do throws(StripeSignature.Refusal) {
      try StripeSignature.verify(signature, body: body, secrets: secrets, now: engine.store.now)
    } catch {
      throw .unbelievable
    }
  }
}

extension StoreFailure {
  fileprivate static let isBusy = StoreFailure(
    kind: .refusedByDatabase, code: "payment_is_looked_at", message: "somebody is looking at the payment")
}
