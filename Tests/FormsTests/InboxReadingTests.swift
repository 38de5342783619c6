import Forms
import JSON
import Scrip
import Testing

/// A mapping as somebody sends it.
func mapping(_ json: String) throws -> InboxMapping {
  try JSONDocument(parsing: Array(json.utf8)).readValue { InboxMapping(reading: $0) }
}

struct InboxReadingTests {
  private static let shopify = #"""
    {"types": {"order.created": ["orders/create"], "order.paid": ["orders/paid"], "order.refunded": ["refunds/create"]},
     "order_id": "/data/id", "codes": "/data/discount_codes", "code_member": "/code", "amounts": "major",
     "customer": {"user_id": "/data/customer/id", "email": "/data/email"},
     "cart": {"currency": "/data/currency", "lines": "/data/line_items", "line_id": "/id", "product_id": "/sku",
              "unit_price": "/price", "shipping": "/data/shipping_price"},
     "refund": {"amount": "/data/amount"}}
    """#

  private static let order = #"""
    {"id": 450789469, "currency": "USD", "email": "bob@example.com", "customer": {"id": 207119551},
     "discount_codes": [{"code": "TEN", "amount": "0.00"}], "shipping_price": "5.00",
     "line_items": [{"id": 466157049, "sku": "IPOD2008GREEN", "quantity": 1, "price": "199.00"},
                    {"id": 518995019, "sku": "IPOD2008RED", "quantity": 2, "price": 19.5}]}
    """#

  private func message(_ type: String, _ data: String) -> String {
    #"{"specversion": "1.0", "id": "1", "source": "shop", "type": "\#(type)", "data": \#(data)}"#
  }

  private func read(_ message: String, _ mapping: InboxMapping = InboxMapping()) throws -> InboxReading? {
    let document = try JSONDocument(parsing: Array(message.utf8))
    return try InboxReading.read(document.root, by: mapping)
  }

  private func fault(_ message: String, _ mapping: InboxMapping = InboxMapping()) throws -> String? {
    do {
      _ = try read(message, mapping)
      return nil
    } catch let fault as InboxFault {
      return "\(fault.pointer) \(fault.code)"
    }
  }

  @Test func `a message in the form of the API needs no mapping`() throws {
    let cart =
      #"{"currency": "EUR", "lines": [{"id": "l1", "product_id": "p1", "quantity": 2, "unit_price": 1999}]}"#
    let reading = try #require(
      try read(message("checkout.started", #"{"order_id": "o-1", "codes": ["TEN"], "cart": \#(cart)}"#)))
    #expect(reading.topic == .checkoutStarted)
    #expect(reading.orderID == "o-1")
    guard case .order(let codes, let customer, let read?) = reading.content else {
      Issue.record("it tells of an order")
      return
    }
    #expect(codes == ["TEN"])
    #expect(customer == nil)
    #expect(read.currency.code == "EUR")
    #expect(read.lines.map(\.unitPrice.minorUnits) == [1999])
  }

  @Test func `a shop's own order message is read by its mapping`() throws {
    let reading = try #require(
      try read(message("orders/create", Self.order), try mapping(Self.shopify)))
    #expect(reading.topic == .orderCreated)
    #expect(reading.orderID == "450789469")
    guard case .order(let codes, let customer, let cart?) = reading.content else {
      Issue.record("it tells of an order")
      return
    }
    #expect(codes == ["TEN"])
    #expect(customer?.contact?.address == "bob@example.com")
    #expect(cart.lines.map(\.id) == ["466157049", "518995019"])
    #expect(cart.lines.map(\.productID) == ["IPOD2008GREEN", "IPOD2008RED"])
    #expect(cart.lines.map(\.unitPrice.minorUnits) == [19900, 1950])
    #expect(cart.shipping.map(\.amount) == [500])
  }

  @Test func `an order without codes needs no cart`() throws {
    for codes in ["[]", "null", #""""#] {
      let reading = try #require(
        try read(message("order.created", #"{"order_id": "o-1", "codes": \#(codes)}"#)))
      guard case .order(let codes, _, let cart) = reading.content else {
        Issue.record("it tells of an order")
        continue
      }
      #expect(codes.isEmpty)
      #expect(cart == nil)
    }
  }

  @Test func `what was given back is an amount, units, or everything`() throws {
    func refund(_ data: String, _ by: InboxMapping = InboxMapping()) throws -> InboxRefund? {
      guard case .refunded(let refund) = try read(message("order.refunded", data), by)?.content else {
        return nil
      }
      return refund
    }
    #expect(try refund(#"{"order_id": 7}"#) == .everything)
    #expect(try refund(#"{"order_id": 7, "refund": {"amount": 250}}"#) == .amount(250))
    #expect(
      try refund(#"{"order_id": 7, "refund": {"lines": [{"line_id": 3, "quantity": 2}]}}"#)
        == .lines([InboxRefundLine(id: "3", quantity: 2)]))
    var major = InboxMapping()
    major.amounts = .major
    #expect(
      try refund(#"{"order_id": 7, "cart": {"currency": "JPY"}, "refund": {"amount": "250.00"}}"#, major)
        == .amount(250))
  }

  /// A mapping of refunds, a message's data, and what is read: an amount or a fault.
  @Test(arguments: [
    (#"{"amount": "/data/sum"}"#, #"{"sum": 100}"#, "100"),
    (#"{"amount": "/data/sum"}"#, #"{"sum": null}"#, "/data/sum required"),
    (#"{"amount": "/data/sum"}"#, #"{"refund": {"amount": 100}}"#, "/data/sum required"),
    (#"{"amount": "/data/sum"}"#, #"{"refund": {"lines": []}}"#, "0 units"),
    (#"{"lines": "/data/items"}"#, #"{"sum": 100}"#, "/data/items required"),
    (#"{"lines": "/data/items"}"#, #"{"items": []}"#, "0 units"),
    (#"{"amount": "/data/sums"}"#, #"{"sums": [100, 23]}"#, "123"),
    (#"{"amount": "/data/sums"}"#, #"{"sums": []}"#, "0"),
    (#"{"amount": "/data/sums"}"#, #"{"sums": [100, null]}"#, "/data/sums/1 required"),
    (#"{"amount": "/data/sums"}"#, #"{"sums": [100, "23"]}"#, "/data/sums/1 wrong_type"),
    (#"{"amount": "/data/t", "amount_member": "/a"}"#, #"{"t": [{"a": 100}, {"a": 23}]}"#, "123"),
    (
      #"{"amount": "/data/t", "amount_member": "/a"}"#, #"{"t": [{"a": 100}, {"b": 23}]}"#,
      "/data/t/1/a required"
    ),
    (
      #"{"amount": "/data/t", "amount_member": "/a", "status_member": "/s"}"#,
      #"{"t": [{"a": 100, "s": "success"}, {"a": 23, "s": "failure"}]}"#, "100"
    ),
    (
      #"{"amount": "/data/t", "amount_member": "/a", "status_member": "/s", "status": "ok"}"#,
      #"{"t": [{"a": 100, "s": "success"}, {"a": 23, "s": "ok"}]}"#, "23"
    ),
    (
      #"{"amount": "/data/t", "amount_member": "/a", "status_member": "/s"}"#, #"{"t": [{"a": 100}]}"#,
      "/data/t/0/s required"
    ),
  ])
  func `a refund says what the mapping says that it does, or is not understood`(
    refund: String, data: String, expected: String
  ) throws {
    let members = #""order_id": 7, "# + data.dropFirst()
    for by in [#"{"refund": \#(refund)}"#, #"{"overrides": {"order.refunded": {"refund": \#(refund)}}}"#] {
      let text = message("order.refunded", "{" + members)
      guard let reading = try? read(text, try mapping(by)) else {
        #expect(try fault(text, try mapping(by)) == expected)
        continue
      }
      switch reading.content {
      case .refunded(.amount(let amount)): #expect("\(amount)" == expected)
      case .refunded(.lines(let lines)): #expect("\(lines.count) units" == expected)
      default: Issue.record("\(reading.content) is no part")
      }
    }
  }

  @Test func `what stands elsewhere in messages of one kind stands there in them alone`() throws {
    let by = try mapping(
      #"{"order_id": "/data/id", "overrides": {"order.refunded": {"order_id": "/data/of"}}}"#)
    let data = #"{"id": "a", "of": "b"}"#
    #expect(try read(message("order.refunded", data), by)?.orderID == "b")
    #expect(try read(message("order.paid", data), by)?.orderID == "a")
    #expect(try InboxMapping(stored: by.json, as: "a mapping") == by)
  }

  @Test func `a type that stands for nothing is passed over`() throws {
    #expect(try read(message("products/update", "{}")) == nil)
    #expect(try read(message("order.paid", "{}"), try mapping(#"{"types": {"order.paid": []}}"#)) == nil)
  }

  @Test(arguments: [
    (#"{"specversion": "1.0"}"#, "/type required"),
    (#"{"type": 7}"#, "/type required"),
    (#"{"type": "order.paid"}"#, "/data/order_id required"),
    (#"{"type": "order.paid", "data": {"order_id": null}}"#, "/data/order_id required"),
    (#"{"type": "order.paid", "data": {"order_id": 1.5}}"#, "/data/order_id wrong_type"),
    (#"{"type": "order.paid", "data": {"order_id": ""}}"#, "/data/order_id invalid_value"),
    (#"{"type": "order.paid", "data": {"order_id": "a", "order_id": "b"}}"#, "/data/order_id required"),
    (#"{"type": "order.created", "data": {"order_id": "a", "codes": 7}}"#, "/data/codes wrong_type"),
    (#"{"type": "order.created", "data": {"order_id": "a", "codes": [7]}}"#, "/data/codes/0 wrong_type"),
    (#"{"type": "order.created", "data": {"order_id": "a", "codes": ["A"]}}"#, "/data/cart required"),
    (
      #"{"type": "order.created", "data": {"order_id": "a", "codes": ["A"], "cart": {"currency": "EUR", "lines": [{"id": "l", "product_id": "p", "quantity": 0, "unit_price": 1}]}}}"#,
      "/data/cart/lines/0/quantity out_of_range"
    ),
    (
      #"{"type": "order.refunded", "data": {"order_id": "a", "refund": {"amount": -1}}}"#,
      "/data/refund/amount wrong_type"
    ),
    (
      #"{"type": "order.refunded", "data": {"order_id": "a", "refund": {"lines": [{"line_id": "l"}]}}}"#,
      "/data/refund/lines/0/quantity out_of_range"
    ),
  ])
  func `what can't be understood is named by its place in the message`(message: String, expected: String)
    throws
  {
    #expect(try fault(message) == expected)
  }

  @Test(arguments: [
    ("\"price\": \"199.00\"", "\"price\": \"-1\"", "/data/line_items/0/price invalid_value"),
    ("\"price\": \"199.00\"", "\"price\": \"1e3\"", "/data/line_items/0/price invalid_value"),
    ("\"price\": \"199.00\"", "\"price\": null", "/data/line_items/0/price required"),
    ("\"price\": \"199.00\"", "\"price\": \"99999999999999.00\"", "/data/line_items/0/price out_of_range"),
    ("\"quantity\": 1", "\"quantity\": \"1\"", "/data/line_items/0/quantity required"),
    ("\"quantity\": 1", "\"quantity\": 10001", "/data/line_items/0/quantity out_of_range"),
    ("\"sku\": \"IPOD2008GREEN\"", "\"sku\": {}", "/data/line_items/0/sku required"),
    ("\"currency\": \"USD\"", "\"currency\": \"ZZZ\"", "/data/currency required"),
    ("bob@example.com", "no address", "/data/email invalid_value"),
    ("\"code\": \"TEN\"", "\"kode\": \"TEN\"", "/data/discount_codes/0/code wrong_type"),
    ("466157049", "518995019", "/data/line_items/1/id invalid_value"),
  ])
  func `so is what stands elsewhere by a mapping`(part: String, other: String, expected: String) throws {
    let data = Self.order.replacing(part, with: other)
    #expect(data != Self.order)
    #expect(try fault(message("orders/create", data), try mapping(Self.shopify)) == expected)
  }

  @Test func `texts keep their bytes, composed or not`() throws {
    for name in ["\u{E9}", "e\u{301}"] {
      let reading = try #require(try read(message("order.paid", #"{"order_id": "\#(name)"}"#)))
      #expect(Array(reading.orderID.text.utf8) == Array(name.utf8))
    }
  }

  @Test(arguments: [
    (#"{"order_id": "data"}"#, "/order_id invalid_value"),
    (#"{"types": {"order.paid": ["a"], "order.created": ["a"]}}"#, "/types/order.paid invalid_value"),
    (#"{"types": {"order.cancelled": ["a", "a"]}}"#, "/types/order.cancelled invalid_value"),
    (#"{"cart": {"lines": "/data/lines"}}"#, "/cart/currency required"),
    (#"{"overrides": {"order.sold": {}}}"#, "/overrides/order.sold unknown_field"),
    (#"{"overrides": {"order.paid": {"types": {}}}}"#, "/overrides/order.paid/types unknown_field"),
    (
      #"{"overrides": {"order.paid": {"cart": {"lines": "/lines"}}}}"#,
      "/overrides/order.paid/cart/currency required"
    ),
    (#"{"amounts": "cents"}"#, "/amounts invalid_value"),
    (#"{"order": "/x"}"#, "/order unknown_field"),
  ])
  func `a mapping that means nothing is refused`(json: String, expected: String) throws {
    do {
      _ = try mapping(json)
      Issue.record("it was taken")
    } catch let errors as JSONDecodingErrors {
      #expect(errors.errors.map { "\($0.pointer) \($0.code)" } == [expected])
    }
  }

  @Test func `a mapping is written as it is read`() throws {
    let shopify = try mapping(Self.shopify)
    #expect(try InboxMapping(stored: shopify.json, as: "a mapping") == shopify)
    #expect(try mapping("{}") == InboxMapping())
  }

  @Test(arguments: [
    (#"{}"#, "/specversion not_a_cloud_event"), (#"[]"#, " not_a_cloud_event"),
    (#"{"specversion": "0.3", "id": "1", "source": "s"}"#, "/specversion not_a_cloud_event"),
    (#"{"specversion": "1.0", "id": "1"}"#, "/source not_a_cloud_event"),
    (#"{"specversion": "1.0", "source": "s"}"#, "/id not_a_cloud_event"),
    (#"{"specversion": "1.0", "id": "", "source": "s"}"#, "/id not_a_cloud_event"),
    (#"{"specversion": "1.0", "id": "1", "source": "s", "time": "yesterday"}"#, "/time not_a_cloud_event"),
  ])
  func `what has no name of its own is no CloudEvent`(message: String, expected: String) throws {
    let document = try JSONDocument(parsing: Array(message.utf8))
    let fault = #expect(throws: InboxFault.self) { _ = try InboxEnvelope(document.root) }
    #expect(fault.map { "\($0.pointer) \($0.code)" } == expected)
  }
}
