import Digest

import struct Scrip.Exact
import struct Scrip.Money
import enum Scrip.PaymentCapture

/// The name that the provider gave to an intent or a refund: 1 to 255 letters, digits, hyphens and underscores, so that it
/// can stand in a path as it is.
public struct ProviderID<Subject>: Hashable, Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// Nil for a text that is no such name.
  public init?(_ text: String) {
    bytes = Array(text.utf8)
    let isPlain = bytes.allSatisfy {
      $0.isLetterOrDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
    }
    guard isPlain, (1...255).contains(bytes.count) else { return nil }
  }

  /// The name.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// The name of an intent.
public typealias PaymentIntentID = ProviderID<PaymentIntent>

/// The name of a refund.
public typealias PaymentRefundID = ProviderID<PaymentRefund>

/// A label of ours on something of the provider's.
public struct PaymentLabel: Hashable, Sendable {
  /// At most 40 bytes, without brackets.
  @Exact public private(set) var name: String
  /// At most 500 bytes.
  @Exact public private(set) var value: String

  /// Makes a label.
  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// An intent that is to be made.
public struct NewPaymentIntent: Sendable, Hashable {
  /// What is to be paid.
  public var amount: Money
  /// When an authorized amount is taken.
  public var capture: PaymentCapture
  /// Labels of ours, at most 50.
  public var labels: [PaymentLabel]
  /// What staff sees at the provider.
  @Exact public var description: String?

  /// Describes an intent.
  public init(
    amount: Money, capture: PaymentCapture = .automatic, labels: [PaymentLabel] = [],
    description: String? = nil
  ) {
    self.amount = amount
    self.capture = capture
    self.labels = labels
    self.description = description
  }
}

/// What an intent is confirmed with.
public struct PaymentConfirmation: Sendable, Hashable {
  /// The provider's name of a payment method; nil for the one that the intent has.
  @Exact public var paymentMethod: String?
  /// Where customers come back to who had to go to their bank.
  @Exact public var returnURL: String?

  /// Describes a confirmation.
  public init(paymentMethod: String? = nil, returnURL: String? = nil) {
    self.paymentMethod = paymentMethod
    self.returnURL = returnURL
  }
}

/// An amount that a customer is about to pay, as it stands at the provider.
public struct PaymentIntent: Sendable, Equatable {
  /// Where an intent is in its life.
  public enum Status: String, Sendable, CaseIterable {
    /// It has no payment method, or the last one was refused.
    case needsPaymentMethod = "requires_payment_method"
    /// It waits to be confirmed.
    case needsConfirmation = "requires_confirmation"
    /// The customer has to do something, such as to sign in at a bank.
    case needsAction = "requires_action"
    /// The bank is at work.
    case processing
    /// The amount is authorized and waits to be taken.
    case needsCapture = "requires_capture"
    /// It is paid.
    case succeeded
    /// It was given up.
    case canceled

    /// Whether nothing will change any more.
    public var isFinal: Bool { self == .succeeded || self == .canceled }
  }

  /// The provider's name of it.
  public let id: PaymentIntentID
  /// Where it is in its life.
  public let status: Status
  /// What is to be paid.
  public let amount: Money
  /// What was paid, refunds not taken off.
  public let amountReceived: Money
  /// When an authorized amount is taken.
  public let capture: PaymentCapture
  /// What the customer's browser confirms it with: for this customer alone, and for no log.
  public let clientSecret: SecretText?
  /// Why the last try was refused.
  public let lastDecline: PaymentDecline?
  /// Labels of ours, by name.
  public let labels: [PaymentLabel]

  /// Describes an intent.
  public init(
    id: PaymentIntentID, status: Status, amount: Money, amountReceived: Money,
    capture: PaymentCapture = .automatic,
    clientSecret: SecretText? = nil, lastDecline: PaymentDecline? = nil, labels: [PaymentLabel] = []
  ) {
    self.id = id
    self.status = status
    self.amount = amount
    self.amountReceived = amountReceived
    self.capture = capture
    self.clientSecret = clientSecret
    self.lastDecline = lastDecline
    self.labels = labels
  }
}

/// Why money was refused.
public struct PaymentDecline: Hashable, Sendable {
  /// The provider's code, such as `card_declined`.
  @Exact public private(set) var code: String
  /// What the bank said, such as `insufficient_funds`. Not for customers: it may be `stolen_card`.
  @Exact public private(set) var bankCode: String?
  /// A sentence that customers may read.
  @Exact public private(set) var message: String

  /// Describes a refusal.
  public init(code: String, bankCode: String? = nil, message: String) {
    self.code = code
    self.bankCode = bankCode
    self.message = message
  }
}
