import JSON

import struct Scrip.Exact

/// What a message of Stripe's is about, and nothing of what it claims: messages come late, twice and in any order, so the
/// intent that is fetched then decides.
public struct StripeNotice: Sendable, Hashable {
  /// What happened, such as `payment_intent.succeeded`.
  @Exact public private(set) var type: String
  /// Which intent it is about; nil if it is about something else.
  public let intent: PaymentIntentID?
  /// Our label on what it is about, by a name; nil if it has none.
  @Exact public private(set) var label: String?

  /// Reads a message whose signature was verified; nil if it is none.
  ///
  /// - Parameter label: the name of the label that is looked for.
  public init?(body: [UInt8], label: String) {
    guard let root = try? JSONDocument(parsing: body).root, root["object"]?.string() == "event",
      let type = root["type"]?.string(), let object = root["data"]?["object"]
    else { return nil }
    self.type = type
    // Charges, refunds and disputes name theirs, as text or, to those who asked for it, whole.
    let named = object["payment_intent"]
    let id = object["object"]?.string() == "payment_intent" ? object["id"] : named?["id"] ?? named
    intent = id?.string().flatMap(PaymentIntentID.init)
    self.label = object["metadata"]?.member(named: label)?.string()
  }
}
