import Digest
import Dispatch
import Ledger
import Outgoing
import Payments
import Promotions
import Scrip
import Synchronization

/// The payment providers of all tenants, each reached with its tenant's own key.
public final class Providers: Sendable {
  /// Makes a provider from how it is reached: the real one, or a double in a test.
  public typealias Maker = @Sendable (StripeSettings) -> any PaymentProvider

  private struct Entry {
    let key: SealedText
    let provider: any PaymentProvider
  }

  private let engine: Engine
  private let sealer: Sealer
  private let stripeAddress: String
  private let make: Maker
  private let calls = DispatchQueue(label: "calls to payment providers", attributes: .concurrent)
  private let known = Mutex<[Tenant.ID: Entry]>([:])

  /// How many tenants' providers are kept.
  private static let knownMax = 1000

  /// Reaches providers.
  ///
  /// - Parameter stripeAddress: where Stripe is, for all tenants: nobody but the operator says where keys are sent to.
  public init(
    engine: Engine, sealer: Sealer, stripeAddress: String = "https://api.stripe.com",
    make: @escaping Maker = { StripeProvider($0) }
  ) {
    self.engine = engine
    self.sealer = sealer
    self.stripeAddress = stripeAddress
    self.make = make
  }

  /// Asks a tenant's provider, on a thread that may be blocked. A provider that can't be set up is one that can't be reached.
  func ask<Value: Sendable>(
    _ tenant: Tenant.ID, _ body: @escaping @Sendable (any PaymentProvider) throws(PaymentFailure) -> Value
  ) async throws(PaymentFailure) -> Value {
    let provider: any PaymentProvider
    do throws(DueFailure) {
      provider = try await self.provider(of: tenant)
    } catch {
      throw PaymentFailure(.retriable(after: nil), error.reason)
    }
    let result: Result<Value, PaymentFailure> = await withCheckedContinuation { continuation in
      calls.async {
        do throws(PaymentFailure) {
          continuation.resume(returning: .success(try body(provider)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }

  private func provider(of tenant: Tenant.ID) async throws(DueFailure) -> any PaymentProvider {
    let settings: PaymentSettings?
    do throws(StoreFailure) {
      settings = try await engine.row(PaymentSettingsRow.self, tenant)?.settings
    } catch {
      throw DueFailure(error.words)
    }
    guard let sealed = settings?.secretKey else { throw DueFailure("The tenant has no key of the provider.") }
    if let entry = known.withLock({ $0[tenant] }), entry.key == sealed { return entry.provider }
    let provider = make(try stripe(sealed, of: tenant))
    known.withLock { known in
      if known.count >= Self.knownMax { known.removeAll() }
      known[tenant] = Entry(key: sealed, provider: provider)
    }
    return provider
  }

  private func stripe(_ sealed: SealedText, of tenant: Tenant.ID) throws(DueFailure) -> StripeSettings {
    let key: SecretText
    do throws(Sealer.Mistake) {
      key = try sealer.open(sealed, of: tenant, for: .stripeKey)
    } catch {
      throw DueFailure(error.reason)
    }
    do throws(PaymentFailure) {
      return try StripeSettings(secretKey: key, address: stripeAddress)
    } catch {
      throw DueFailure(error.reason)
    }
  }
}
