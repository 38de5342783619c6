/// Why a provider did not do what was asked, or why nobody knows whether it did.
public struct PaymentFailure: Error, Sendable {
  /// What may be done about it.
  public enum Kind: Sendable, Equatable {
    /// The money was refused. Another payment method may do.
    case declined(PaymentDecline)
    /// The customer has to do something first.
    case needsAction
    /// The intent's state does not permit it, as it is paid, given up or given back already. How it stands now decides.
    case movedOn
    /// Nothing was done, for a reason that passes; earliest after a pause if the provider named one.
    case retriable(after: Duration?)
    /// A mistake of ours, or of how this is set up: nothing was done, and no repetition will help.
    case ours
    /// It may have been done, or may still be. Never to be counted as failed: repeat it with the same key, or look.
    case unknownOutcome
  }

  /// What may be done about it.
  public let kind: Kind
  /// What operators are told. Holds no secret and nothing about the customer.
  public let reason: String
  /// How the intent stood when the provider answered.
  public let intent: PaymentIntent?
  /// The provider's name of the request, for questions to its staff.
  public let requestID: String?

  /// Describes a failure.
  public init(_ kind: Kind, _ reason: String, intent: PaymentIntent? = nil, requestID: String? = nil) {
    self.kind = kind
    self.reason = reason
    self.intent = intent
    self.requestID = requestID
  }

  static func ours(_ reason: String) -> PaymentFailure { PaymentFailure(.ours, reason) }

  /// Whether the request has certainly been worked on, so that earlier tries of it have no other end than this.
  var isVerdict: Bool {
    switch kind {
    case .declined, .needsAction, .movedOn: true
    case .retriable, .ours, .unknownOutcome: false
    }
  }
}
