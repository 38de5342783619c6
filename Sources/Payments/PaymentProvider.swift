import struct Scrip.Money

/// Who takes money from customers: the port that a payment service is reached by.
///
/// Nothing here is remembered; a caller writes down what it is about to ask, and under which key, before it asks. The same
/// key with the same request has one effect, however often it is sent within 24 hours. Calls block their thread and belong
/// outside of transactions.
///
/// All of them throw a ``PaymentFailure``. Its ``PaymentFailure/Kind/unknownOutcome`` is no failed payment: what became of
/// the request has to be found out, by the same call with the same key or by ``fetch(_:)``.
public protocol PaymentProvider: Sendable {
  /// Makes an intent to be paid. It takes no money: an intent whose making ended in an unknown outcome does no harm, as its
  /// client secret was handed to nobody.
  func create(_ intent: NewPaymentIntent, key: IdempotencyKey) throws(PaymentFailure) -> PaymentIntent

  /// Tries to be paid with a payment method, or with the one that the intent has already.
  ///
  /// Usually customers confirm in their browser with the client secret, and this is not called.
  /// - Throws: `declined` if the money was refused; the intent can then be confirmed with another method.
  func confirm(
    _ id: PaymentIntentID, with confirmation: PaymentConfirmation, key: IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent

  /// Gives an intent up. An authorized amount is set free.
  ///
  /// - Throws: `movedOn` if it was paid, or given up, already.
  func cancel(_ id: PaymentIntentID, key: IdempotencyKey) throws(PaymentFailure) -> PaymentIntent

  /// Takes what was authorized, or a part of it; the rest is set free.
  ///
  /// - Throws: `movedOn` if nothing is authorized any more, or it was taken already.
  func capture(
    _ id: PaymentIntentID, amount: Money?, key: IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent

  /// Gives money back: an amount, or all that is left.
  ///
  /// - Throws: `movedOn` if all was given back already.
  func refund(_ refund: NewRefund, key: IdempotencyKey) throws(PaymentFailure) -> PaymentRefund

  /// How an intent stands now.
  func fetch(_ id: PaymentIntentID) throws(PaymentFailure) -> PaymentIntent

  /// All refunds of an intent, newest first: what a refund is looked for in whose key is too old to be sent again.
  func refunds(of id: PaymentIntentID) throws(PaymentFailure) -> [PaymentRefund]

  /// Whether the provider can be reached and takes our key: for whoever sets this up.
  ///
  /// - Throws: `ours` for a key that it does not take.
  func check() throws(PaymentFailure)
}

/// A name under which a request has one effect, however often it is sent: 1 to 255 visible ASCII characters.
public struct IdempotencyKey: Hashable, Sendable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// Nil for a text that is no such key.
  public init?(_ text: String) {
    bytes = Array(text.utf8)
    guard (1...255).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      return nil
    }
  }

  /// The key.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
