import JSON
import Scrip

extension PaymentSettings: ObjectForm, JSONWritable {
  /// The settings as rows and events have them: with what is sealed.
  public static let formName = "StoredPaymentSettings"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ settings: PaymentSettings?
  ) -> PaymentSettings? {
    let service = walk.required("provider", settings?.service, .choice(named: "PaymentProvider"))
    let capture = walk.required("capture", settings?.capture, .choice(named: "PaymentCapture"))
    let paySeconds = walk.required(
      "pay_seconds", settings?.paySeconds, .integer(PaymentSettings.paySecondsRange))
    let withoutRoom = walk.required(
      "without_room", settings?.withoutRoom, .choice(named: "PaidWithoutRoom"))
    let publishableKey = walk.optional(
      "publishable_key", settings?.publishableKey, .name(PublishableKey.self))
    let secretKey = walk.optional("sealed_secret_key", settings?.secretKey, SealedTextForm())
    let webhookSecrets = walk.required(
      "sealed_webhook_secrets", settings?.webhookSecrets, .list(SealedTextForm()))
    guard let service, let capture, let paySeconds, let withoutRoom, let publishableKey, let secretKey,
      let webhookSecrets
    else { return nil }
    return PaymentSettings(
      service: service, capture: capture, paySeconds: paySeconds, withoutRoom: withoutRoom,
      publishableKey: publishableKey, secretKey: secretKey, webhookSecrets: webhookSecrets)
  }

  /// Reads stored settings, and says whether that is all of them: a newer version may have written members that this one
  /// does not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (settings: PaymentSettings, isWhole: Bool) {
    let read = try readStoredMembers("payment settings", bytes) { PaymentSettings(reading: $0) }
    return (read.value, read.isWhole)
  }
}

/// What is sealed, in hexadecimal digits.
public struct SealedTextForm: ValueForm {
  private static let charactersMax = 8192

  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> SealedText? {
    value.parsed(maxLength: Self.charactersMax, as: "what was sealed, in hexadecimal digits") { text in
      let isHexadecimal = text.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
      return isHexadecimal && text.utf8.count.isMultiple(of: 2) ? SealedText(text) : nil
    }
  }

  /// Writes one.
  public func write(_ text: SealedText, to writer: inout JSONWriter) { writer.string(text.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Sealed") {
      [
        "type": "string", "pattern": "^([0-9a-f]{2})*$",
        "maxLength": .int(Int64(Self.charactersMax)),
        "description": "A secret, sealed under a key that is not in the database.",
      ]
    }
  }
}
