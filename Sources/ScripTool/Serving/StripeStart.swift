import CheckoutWork
import CommandLineClient
import Digest
import Ledger
import Promotions
import Scrip

/// What `--stripe-key` does: the first tenant's orders are paid through Stripe.
enum StripeStart {
  private static let tenant = Tenant.ID(1)

  /// Sets Stripe up, unless somebody has said before how the tenant's orders are paid: what was said by a call stays.
  static func prepare(_ key: SecretText?, _ engine: Engine, _ payments: PaymentDesk) async throws(ToolError) {
    guard let key else { return }
    do throws(StoreFailure) {
      if try await engine.row(PaymentSettingsRow.self, tenant) != nil { return }
    } catch {
      throw ToolError(error)
    }
    var change = PaymentSettingsChange()
    change.service = .stripe
    do throws(Sealer.Mistake) {
      change.secretKey = try payments.seal(key, of: tenant, for: .stripeKey)
    } catch {
      throw .usage(
        "The key of --stripe-key (or SCRIP_STRIPE_KEY) can't be kept: \(error.reason). docs/operating/payments.md says how."
      )
    }
    do throws(ToolError) {
      try await CommandLineEngine(engine).submit(
        ChangePaymentSettings(change, expectedVersion: 0), tenant: tenant)
    } catch .declined(code: "version_conflict", _) {
      return
    }
  }
}
