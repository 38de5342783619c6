import JSON
import Scrip

/// Why a shop's message can't be understood.
public struct InboxFault: Error, Hashable, Sendable {
  /// A stable code, such as `required`.
  @Exact public var code: String
  /// Where in the message.
  @Exact public var pointer: String
  /// One sentence for people, which never repeats the value.
  @Exact public var message: String

  /// Says why.
  public init(_ code: String, at pointer: String, _ message: String) {
    self.code = code
    self.pointer = pointer
    self.message = message
  }

  init(_ code: FieldError.Code, at pointer: String, _ message: String) {
    self.init(code.rawValue, at: pointer, message)
  }

  /// The message is no CloudEvent.
  public static let notACloudEvent = "not_a_cloud_event"
}

/// By what a message is known again, and when it was sent: the attributes of a CloudEvent.
public struct InboxEnvelope: Hashable, Sendable {
  /// An attribute of the sender's.
  public typealias Attribute = ExactText<InboxEnvelope>

  /// Who sends.
  public let source: Attribute
  /// The sender's name of the message.
  public let id: Attribute
  /// When it happened, if the sender says so.
  public let time: Instant?

  /// Names a message.
  public init(source: Attribute, id: Attribute, time: Instant? = nil) {
    self.source = source
    self.id = id
    self.time = time
  }

  /// Reads the attributes of a CloudEvent 1.0 in structured JSON.
  public init(_ message: JSONNode) throws(InboxFault) {
    func text(_ name: String) throws(InboxFault) -> String? {  // String: attributes of the sender's
      guard let node = message.attribute(name), !node.isNull else { return nil }
      let text = node.string() ?? ""
      guard (1...InboxEnvelope.bytesMax).contains(text.utf8.count), !text.utf8.contains(0) else {
        throw InboxFault(
          InboxFault.notACloudEvent, at: "/\(name)", "must be a text of 1 to \(InboxEnvelope.bytesMax) bytes")
      }
      return text
    }
    guard message.kind == .object else {
      throw InboxFault(InboxFault.notACloudEvent, at: "", "must be an object")
    }
    guard try text("specversion").map({ $0.hasSameBytes(as: "1.0") }) == true else {
      throw InboxFault(InboxFault.notACloudEvent, at: "/specversion", "must be \"1.0\"")
    }
    guard let source = try text("source") else {
      throw InboxFault(InboxFault.notACloudEvent, at: "/source", "is required")
    }
    guard let id = try text("id") else {
      throw InboxFault(InboxFault.notACloudEvent, at: "/id", "is required")
    }
    let moment = try text("time")
    time = moment.flatMap { Instant(rfc3339: $0) }
    if moment != nil, time == nil {
      throw InboxFault(InboxFault.notACloudEvent, at: "/time", "must be an RFC 3339 instant")
    }
    self.source = Attribute(source)
    self.id = Attribute(id)
  }

  private static let bytesMax = 512
}

/// What a shop's message says, understood. Nothing was looked up and nothing is done yet.
public struct InboxReading {
  /// What the message tells.
  public enum Content {
    /// What an order is about. Without codes there is nothing to lock, and the cart may be missing.
    case order(codes: [String], customer: CustomerInput?, cart: Cart?)  // String: codes as typed
    /// The checkout failed.
    case failed
    /// The order is paid. Whether the message itself says that it has no codes.
    case paid(saysNoCodes: Bool)
    /// The order is called off.
    case cancelled
    /// So much was given back.
    case refunded(InboxRefund)
  }

  /// What kind of message it is.
  public let topic: InboxTopic
  /// Which order it is about.
  public let orderID: OrderID
  /// What it tells.
  public let content: Content

  /// Reads a message by a shop's mapping; nil if its type means nothing here.
  ///
  /// - Throws: the first reason why it can't be understood.
  public static func read(_ message: JSONNode, by mapping: InboxMapping) throws(InboxFault) -> InboxReading? {
    guard let type = mapping.type.find(in: message)?.string() else {
      throw InboxFault(.required, at: mapping.type.text, "must be a text that names the type")
    }
    guard let topic = mapping.topic(of: InboxMapping.TypeName(type)) else { return nil }
    let draft = InboxDraft(message, mapping.of(topic))
    switch topic {
    case .checkoutStarted, .orderCreated: return try draft.order(topic)
    case .checkoutFailed: return Self(topic: topic, orderID: try draft.orderID(), content: .failed)
    case .orderPaid:
      return Self(
        topic: topic, orderID: try draft.orderID(), content: .paid(saysNoCodes: draft.saysNoCodes))
    case .orderCancelled: return Self(topic: topic, orderID: try draft.orderID(), content: .cancelled)
    case .orderRefunded:
      return Self(topic: topic, orderID: try draft.orderID(), content: .refunded(try draft.refund()))
    }
  }
}

/// What was given back of an order.
public enum InboxRefund: Hashable, Sendable {
  /// All of it: the message says nothing else.
  case everything
  /// An amount in minor units.
  case amount(Int64)
  /// Units of lines.
  case lines([InboxRefundLine])
}

/// Units of one line that were given back.
public struct InboxRefundLine: Hashable, Sendable {
  /// The line.
  public let id: LineID
  /// How many units.
  public let quantity: Int64

  /// Names units.
  public init(id: LineID, quantity: Int64) {
    self.id = id
    self.quantity = quantity
  }
}

extension JSONNode {
  /// A member by the bytes of its name; nil if there is none, or more than one.
  func attribute(_ name: String) -> JSONNode? { JSONPointer("/\(name)")?.find(in: self) }
}
