import Digest
import Scrip

/// Seals what providers and customers' browsers know, and opens it again: secrets stand in the database in no other way.
public struct Sealer: Sendable {
  /// What a secret is for: one that was sealed for something else does not open.
  public enum Purpose: String, Sendable {
    /// What the service shows to Stripe.
    case stripeKey = "stripe_key"
    /// What Stripe signs its messages with.
    case stripeWebhook = "stripe_webhook"
    /// What a customer's browser pays with.
    case clientSecret = "client_secret"
    /// What messages to others are signed with.
    case webhookSecret = "webhook_secret"
  }

  /// Why a secret can't be sealed or opened.
  public enum Mistake: Error, Hashable, Sendable {
    /// The service has no keys to seal with.
    case noKeys
    /// The key that opens it is not among the service's, or it belongs to somebody else.
    case unopenable(SealedBoxRefusal)
    /// It is nothing that was sealed.
    case malformed
  }

  private let keys: SealingKeys?

  /// Seals with keys; nil for a service that has none.
  public init(_ keys: SealingKeys?) { self.keys = keys }

  /// Seals a secret of a tenant.
  public func seal(
    _ secret: SecretText, of tenant: Tenant.ID, for purpose: Purpose
  ) throws(Mistake) -> SealedText {
    guard let keys else { throw .noKeys }
    let box = keys.seal(secret, tenant: tenant.number, name: purpose.rawValue)
    return SealedText(box.stored.hexadecimal)
  }

  /// Opens what was sealed.
  public func open(
    _ text: SealedText, of tenant: Tenant.ID, for purpose: Purpose
  ) throws(Mistake) -> SecretText {
    guard let keys else { throw .noKeys }
    let box = try box(text)
    do throws(SealedBoxRefusal) {
      return try keys.open(box, tenant: tenant.number, name: purpose.rawValue)
    } catch {
      throw .unopenable(error)
    }
  }

  /// The same secret under the key that seals now; nil if it is sealed with that already.
  public func sealAgain(
    _ text: SealedText, of tenant: Tenant.ID, for purpose: Purpose
  ) throws(Mistake) -> SealedText? {
    guard let keys else { throw .noKeys }
    guard keys.isOutdated(try box(text)) else { return nil }
    return try seal(try open(text, of: tenant, for: purpose), of: tenant, for: purpose)
  }

  private func box(_ text: SealedText) throws(Mistake) -> SealedBox {
    guard let bytes = Array(hexadecimal: text.text), let box = SealedBox(stored: bytes) else {
      throw .malformed
    }
    return box
  }
}

extension Sealer.Mistake {
  /// What operators are told.
  public var reason: String {
    switch self {
    case .noKeys: "the service has no file of sealing keys"
    case .unopenable(.unknownKey):
      "a secret is sealed under a key that is not in the service's file of sealing keys"
    case .unopenable(.forged): "a secret was sealed for something else, or changed"
    case .malformed: "a stored secret is damaged"
    }
  }
}
