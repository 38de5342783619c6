import JSON
import Scrip

/// Puts the parts of a shop's message together as this service's own API has them, so that they are read and judged as any
/// request is; what is wrong is told by the place that it has in the message.
struct InboxDraft {
  let message: JSONNode
  let mapping: InboxMapping

  init(_ message: JSONNode, _ mapping: InboxMapping) {
    self.message = message
    self.mapping = mapping
  }

  /// Whether the message has a list of codes, and nothing is in it.
  var saysNoCodes: Bool {
    guard let node = mapping.codes.find(in: message) else { return false }
    return node.kind == .array && node.count == 0
  }

  /// The order alone.
  func orderID() throws(InboxFault) -> OrderID {
    let parts = try orderPart()
    return try parts.read { value in value.object { OrderAlone.walk(&$0, nil) } }.orderID
  }

  /// What an order is about.
  func order(_ topic: InboxTopic) throws(InboxFault) -> InboxReading {
    var parts = try orderPart()
    let codes = try codes()
    if codes.isEmpty {
      let orderID = try parts.read { value in value.object { OrderAlone.walk(&$0, nil) } }.orderID
      return InboxReading(
        topic: topic, orderID: orderID, content: .order(codes: [], customer: nil, cart: nil))
    }
    parts.add("codes", .array(codes.map(JSONText.string)), from: mapping.codes.text)
    try addCustomer(to: &parts)
    try addCart(to: &parts)
    let request = try parts.read { ApplicationRequest(reading: $0) }
    return InboxReading(
      topic: topic, orderID: request.orderID,
      content: .order(codes: request.order.codes, customer: request.order.customer, cart: request.order.cart))
  }

  /// A value that is there and is not null.
  func present(_ pointer: JSONPointer) -> JSONNode? {
    guard let node = pointer.find(in: message), !node.isNull else { return nil }
    return node
  }

  private func orderPart() throws(InboxFault) -> InboxParts {
    var parts = InboxParts()
    let place = mapping.orderID.text
    guard let node = present(mapping.orderID) else {
      throw InboxFault(.required, at: place, "is required")
    }
    guard let name = node.textual else {
      throw InboxFault(.wrongType, at: place, "must be a text or a whole number")
    }
    parts.add("order_id", .string(name), from: place)
    return parts
  }

  /// The codes as typed; none where the message has none.
  private func codes() throws(InboxFault) -> [String] {
    guard let node = present(mapping.codes) else { return [] }
    let place = mapping.codes.text
    if let code = node.string() { return code.isEmpty ? [] : [code] }
    guard node.kind == .array else {
      throw InboxFault(.wrongType, at: place, "must be an array, or one text")
    }
    var codes: [String] = []
    for (index, element) in node.elements.enumerated() {
      guard let code = mapping.codeMember.find(in: element)?.string() else {
        throw InboxFault(.wrongType, at: "\(place)/\(index)\(mapping.codeMember.text)", "must be a text")
      }
      codes.append(code)
    }
    return codes
  }

  private func addCustomer(to parts: inout InboxParts) throws(InboxFault) {
    let named = mapping.customer.parts
    if named.isEmpty {
      guard let whole = present(mapping.customer.whole) else { return }
      parts.add("customer", JSONText(bytes: whole.compactBytes()), from: mapping.customer.whole.text)
      return
    }
    var members: [(String, JSONText)] = []
    for (name, pointer) in named {
      // Shops write an empty text for what a customer has not said.
      guard let node = present(pointer), node.string()?.isEmpty != true else { continue }
      guard let text = node.textual else {
        throw InboxFault(.wrongType, at: pointer.text, "must be a text or a whole number")
      }
      members.append((name, .string(text)))
      parts.note("/customer/\(name)", pointer.text)
    }
    parts.add("customer", .object(members), from: "")
  }
}

/// The order that a message is about, where nothing else of it is needed.
private struct OrderAlone: ObjectForm {
  static let formName = "InboxOrder"

  let orderID: OrderID

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ order: Self?) -> Self? {
    walk.required("order_id", order?.orderID, .name(OrderID.self)).map { Self(orderID: $0) }
  }
}

/// An object that is put together, and where its parts come from.
struct InboxParts {
  private var members: [(String, JSONText)] = []
  private var places: [(here: String, there: String)] = []

  /// Adds a member that comes from a place of the message.
  mutating func add(_ name: String, _ value: JSONText, from place: String) {
    members.append((name, value))
    note("/\(name)", place)
  }

  /// Notes that what stands here comes from there.
  mutating func note(_ here: String, _ there: String) { places.append((here, there)) }

  /// Reads the object; what is wrong is told by its place in the message.
  func read<Value>(_ read: (ValueReader) -> Value?) throws(InboxFault) -> Value {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: JSONText.object(members).bytes) } catch
    {
      throw InboxFault(.invalidValue, at: "", "can't be read")
    }
    do throws(JSONDecodingErrors) { return try document.readValue(read) } catch {
      let first = error.errors[0]
      throw InboxFault(first.code, at: place(of: first.pointer), first.message)
    }
  }

  private func place(of pointer: String) -> String {
    let known = places.filter { pointer.utf8.starts(with: $0.here.utf8) }
    guard let longest = known.max(by: { $0.here.utf8.count < $1.here.utf8.count }) else { return pointer }
    return longest.there + String(decoding: pointer.utf8.dropFirst(longest.here.utf8.count), as: UTF8.self)
  }
}

extension JSONNode {
  /// A text, or a whole number as text; nil for anything else.
  var textual: String? { string() ?? int64().map { String($0) } }

  /// The elements of an array.
  var elements: [JSONNode] {
    var elements: [JSONNode] = []
    forEachElement { elements.append($0) }
    return elements
  }
}
