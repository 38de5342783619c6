import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// What is described of a shop's message: the attributes of a CloudEvent. What else it holds is its sender's affair.
struct InboxEvent: ObjectForm {
  static let formName = "InboxEvent"
  static let formNote: StaticString? =
    "A CloudEvent 1.0 in structured JSON, or an array of up to 100. Where the rest of it stands says the mapping."

  var specversion: String  // String: a constant of the standard
  var source: InboxEnvelope.Attribute
  var id: InboxEnvelope.Attribute

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    let version = walk.required("specversion", event?.specversion, .text(), "\"1.0\"")
    let source = walk.required("source", event?.source, .name(InboxEnvelope.Attribute.self))
    let id = walk.required("id", event?.id, .name(InboxEnvelope.Attribute.self))
    let type = walk.optional("type", nil, .text())
    let time = walk.optional("time", nil, .instant())
    let data = walk.optional("data", nil, .encodedObject())
    guard let version, let source, let id, type != nil, time != nil, data != nil else { return nil }
    return Self(specversion: version, source: source, id: id)
  }
}

/// What became of messages, in their order.
struct InboxOutcomes: ObjectForm {
  static let formName = "InboxOutcomes"

  var data: [InboxOutcome]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ outcomes: Self?) -> Self? {
    walk.required("data", outcomes?.data, .objects(InboxOutcome.self)).map { Self(data: $0) }
  }
}

/// A message as the API shows it.
struct ShownMessage: ObjectForm {
  static let formName = "InboxMessage"

  let id: Identifier<InboxMessage>
  let row: InboxMessageRow
  /// Whether it is shown with what it said.
  let isWhole: Bool

  init(_ message: KeptMessage, isWhole: Bool) {
    id = message.id
    row = message.row
    self.isWhole = isWhole
  }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let row = shown?.row
    _ = walk.required("message_id", shown?.id, .id(Identifier<InboxMessage>.self))
    _ = walk.required("source", row?.envelope.source.text, .text(), "Empty for what has no name of its own.")
    _ = walk.required("id", row?.envelope.id, .name(InboxEnvelope.Attribute.self))
    _ = walk.optional("time", row?.envelope.time, .instant())
    _ = walk.optional("type", row?.type?.text, .text())
    _ = walk.optional("order_id", row?.orderID, .name(OrderID.self))
    _ = walk.required("state", row?.state, .choice(named: "InboxState"))
    _ = walk.optional("reason", row?.reason, .word(InboxReason.self), "A stable code.")
    _ = walk.optional("pointer", row?.pointer?.text, .text(), "A JSON pointer into the message.")
    _ = walk.optional("detail", row?.detail?.text, .text())
    _ = walk.optional("application_id", row?.applicationID, .id(DiscountApplication.ID.self))
    _ = walk.required("attempts", row?.attempts, .integer(0, to: .max))
    _ = walk.required("received_at", row?.receivedAt, .instant())
    _ = walk.required("updated_at", row?.updatedAt, .instant())
    _ = walk.sparse(
      "message", shown?.json, .encodedObject(), "What it said; only where one message is asked for.")
    _ = walk.sparse("text", shown?.text, .text(), "The same of what is no JSON.")
    return nil
  }

  /// What it said, if it is JSON.
  private var json: [UInt8]? { isWhole ? row.body.flatMap { ShownMessage.isJSON($0) ? $0 : nil } : nil }

  private var text: String? {
    guard isWhole, let body = row.body, !ShownMessage.isJSON(body) else { return nil }
    return String(decoding: body, as: UTF8.self)
  }

  private static func isJSON(_ bytes: [UInt8]) -> Bool {
    do throws(JSONSyntaxError) { return try JSONDocument(parsing: bytes).root.kind == .object } catch {
      return false
    }
  }
}

/// A message that is to be taken again.
struct ReplayRequest: RequestForm {
  static let formName = "InboxReplay"
  static let formExamples = [#"{"data": {"order_id": "o-1"}}"#]

  /// What the message's data should have been; nil to take it as it is.
  var data: [UInt8]?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    walk.optional(
      "data", request.flatMap(\.data), AnyJSONForm(), "What takes the place of the message's data."
    )
    .map { Self(data: $0) }
  }
}

/// A message of which it is asked what it would lead to.
struct MessagePreviewRequest: RequestForm {
  static let formName = "InboxPreviewRequest"
  static let formExamples = [
    #"{"message": {"specversion": "1.0", "id": "1", "source": "shop", "type": "order.paid", "data": {"order_id": "o-1"}}}"#
  ]

  var message: [UInt8]
  var mapping: InboxMapping?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let message = walk.required("message", request?.message, AnyJSONForm())
    let mapping = walk.optional(
      "mapping", request.flatMap(\.mapping), .object(), "Another mapping than the tenant's, to try it out.")
    guard let message, let mapping else { return nil }
    return Self(message: message, mapping: mapping)
  }
}

/// What a message would lead to.
struct InboxPreview: ObjectForm {
  static let formName = "InboxPreview"
  static let formNote: StaticString? =
    "What a message means. Nothing was looked up, and nothing is done."

  /// What is wanted of the order's coupons.
  enum Intent: String, CaseIterable {
    case lock, release, redeem, cancel, restore
  }

  var intent: Intent?
  var topic: InboxTopic?
  var orderID: OrderID?
  var codes: [String]?  // String: codes as typed
  var customer: CustomerInput?
  var cart: Cart?
  var refund: String?  // String: a word of ours
  var reason: InboxReason?
  var pointer: String?  // String: a pointer
  var detail: String?  // String: words of ours

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ preview: Self?) -> Self? {
    _ = walk.optional(
      "intent", preview.flatMap(\.intent), .choice(named: "InboxIntent"),
      "Null for a message that means nothing, or can't be understood: see reason.")
    _ = walk.optional("topic", preview.flatMap(\.topic), .choice(named: "InboxTopic"))
    _ = walk.optional("order_id", preview.flatMap(\.orderID), .name(OrderID.self))
    _ = walk.sparse("codes", preview.flatMap(\.codes), .list(.text()))
    _ = walk.sparse("customer", preview.flatMap(\.customer), .object())
    _ = walk.sparse("cart", preview.flatMap(\.cart), .object())
    _ = walk.sparse("refund", preview.flatMap(\.refund), .text(), "everything, an amount, or units.")
    _ = walk.optional("reason", preview.flatMap(\.reason), .word(InboxReason.self))
    _ = walk.optional("pointer", preview.flatMap(\.pointer), .text())
    _ = walk.optional("detail", preview.flatMap(\.detail), .text())
    return nil
  }
}

extension InboxPreview {
  /// Reads a message by a mapping.
  init(_ message: JSONNode, by mapping: InboxMapping) {
    self.init()
    do throws(InboxFault) {
      _ = try InboxEnvelope(message)
      guard let reading = try InboxReading.read(message, by: mapping) else {
        reason = "type_not_mapped"
        return
      }
      topic = reading.topic
      orderID = reading.orderID
      switch reading.content {
      case .order(let codes, let customer, let cart):
        intent = codes.isEmpty ? nil : .lock
        if codes.isEmpty { reason = "no_codes" }
        self.codes = codes
        self.customer = customer
        self.cart = cart
      case .failed: intent = .release
      case .paid: intent = .redeem
      case .cancelled: intent = .cancel
      case .refunded(let refund):
        intent = .restore
        self.refund = refund.words
      }
    } catch {
      reason = InboxReason(error.code)
      pointer = error.pointer
      detail = error.message
    }
  }
}

extension InboxRefund {
  fileprivate var words: String {  // String: words of ours
    switch self {
    case .everything: "everything"
    case .amount(let amount): "\(amount)"
    case .lines(let lines): "\(lines.reduce(0) { $0 + $1.quantity }) units"
    }
  }
}

/// Any JSON of a caller's, without white space.
struct AnyJSONForm: ValueForm {
  func read(_ value: ValueReader) -> [UInt8]? { value.node.compactBytes() }

  func write(_ json: [UInt8], to writer: inout JSONWriter) { writer.raw(json) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "object"] }
}
