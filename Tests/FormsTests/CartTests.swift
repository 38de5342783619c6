import JSON
import Scrip
import Testing
@testable import Forms

@Suite struct CartTests {
  private static let line = [
    "id": "\"l1\"", "product_id": "\"p1\"", "quantity": "2", "unit_price": "1999",
  ]
  private static let charge = ["id": "\"s1\"", "method": "\"standard\"", "amount": "500"]

  private static func cart(_ members: [String: String]) -> String {
    object(["currency": "\"USD\"", "lines": "[\(object(line))]"], replacing: members)
  }

  private static func lines(_ changes: [String: String]) -> String { "[\(object(line, replacing: changes))]" }

  private static func lines(count: Int, quantity: Int) -> String {
    "["
      + (1...count).map { object(line, replacing: ["id": "\"l\($0)\"", "quantity": "\(quantity)"]) }
      .joined(separator: ",") + "]"
  }

  @Test(arguments: UInt64(1)...200)
  func `a cart reads back exactly and is written the same again`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let cart = samples.cart()
    let again = try read(text(cart.json)) { Cart(reading: $0) }
    #expect(again == cart)
    #expect(again.json == cart.json)
  }

  @Test(arguments: ["usd", "Usd", "uSD"])
  func `a currency is taken in any case and written in capitals`(code: String) throws {
    let cart = try read(Self.cart(["currency": "\"\(code)\""])) { Cart(reading: $0) }
    #expect(text(cart.json).hasPrefix(#"{"currency":"USD","#))
    let amounts = try read(#"{"\#(code)":5,"eur":4}"#) { value in value.amounts(in: 0...9) }
    let (dollars, euros) = (try currency("USD"), try currency("EUR"))
    #expect(amounts[dollars] == 5)
    #expect(amounts[euros] == 4)
  }

  @Test func `a cart with the least it needs has every other member at its default`() throws {
    let cart = try read(Self.cart([:])) { Cart(reading: $0) }
    #expect(
      text(cart.json) == """
        {"currency":"USD","prices_include_tax":false,"channel":null,"lines":[{"id":"l1","product_id":"p1",\
        "seller_id":null,"categories":null,"quantity":2,"unit_price":1999}],"shipping":[]}
        """)
  }

  @Test func `a line may have a title, which is written where it is said alone`() throws {
    let cart = try read(Self.cart(["lines": Self.lines(["title": "\"Mug, blue\""])])) { Cart(reading: $0) }
    #expect(cart.lines[0].title == "Mug, blue")
    #expect(text(cart.json).contains(#""product_id":"p1","title":"Mug, blue","seller_id":null"#))
    for title in ["\"\"", "\"\(String(repeating: "x", count: 201))\""] {
      let faults = try faults(Self.cart(["lines": Self.lines(["title": title])])) { Cart(reading: $0) }
      #expect(faults.count == 1 && faults[0].hasPrefix("/lines/0/title "), "\(faults)")
    }
  }

  @Test func `what a line does not say is not what it says to be empty`() throws {
    func categories(_ value: String) throws -> [Scrip.Category]? {
      try read(Self.cart(["lines": Self.lines(["categories": value])])) { Cart(reading: $0) }.lines[0]
        .categories
    }
    #expect(try categories("") == nil)
    #expect(try categories("null") == nil)
    #expect(try categories("[]") == [])
  }

  @Test func `a charge may name its seller`() throws {
    let json = Self.cart(["shipping": "[\(object(Self.charge, replacing: ["seller_id": "\"acme\""]))]"])
    let cart = try read(json) { Cart(reading: $0) }
    #expect(cart.shipping[0].sellerID == "acme")
    #expect(text(cart.json).contains(#"{"id":"s1","method":"standard","seller_id":"acme","amount":500}"#))
  }

  @Test func `a fractional unit price is a decimal string`() throws {
    let json = Self.cart(["lines": Self.lines(["unit_price": "", "unit_price_decimal": "\"0.12500000\""])])
    let cart = try read(json) { Cart(reading: $0) }
    #expect(cart.lines[0].unitPrice == UnitPrice(decimal: "0.125"))
    #expect(text(cart.json).contains(#""unit_price_decimal":"0.125""#))
  }

  /// One bad member of an otherwise good cart, and where and how it is refused.
  struct Bad: Sendable, CustomTestStringConvertible {
    let member: String
    let value: String
    let fault: String

    var testDescription: String { "\(member): \(value.prefix(60))" }
  }

  private static func bad(_ member: String, _ value: String, _ fault: String) -> Bad {
    Bad(member: member, value: value, fault: fault)
  }

  private static func badLine(_ changes: [String: String], _ fault: String) -> Bad {
    Bad(member: "lines", value: lines(changes), fault: fault)
  }

  private static func badCharge(_ changes: [String: String], _ fault: String) -> Bad {
    Bad(member: "shipping", value: "[\(object(charge, replacing: changes))]", fault: fault)
  }

  private static let twoLines: String = "[\(object(line)),\(object(line))]"
  private static let thirteenLines: String = lines(count: 12, quantity: 1).dropLast() + ",\(object(line))]"
  private static let twoCharges: String = "[\(object(charge)),\(object(charge))]"
  private static let manyCharges: String =
    "[" + (1...21).map { object(charge, replacing: ["id": "\"\($0)\""]) }.joined(separator: ",") + "]"
  private static let manyCategories: String =
    "[" + Array(repeating: "\"c\"", count: 51).joined(separator: ",") + "]"

  static let badCarts: [Bad] = [
    bad("currency", "", "/currency required"),
    bad("currency", "\"XXX\"", "/currency invalid_value"),
    bad("currency", "\"ınr\"", "/currency invalid_value"),
    bad("prices_include_tax", "1", "/prices_include_tax wrong_type"),
    bad("channel", "\"\"", "/channel invalid_value"),
    bad("payment_method", "\"\"", "/payment_method invalid_value"),
    bad("payment_method", "1", "/payment_method wrong_type"),
    bad("coupon", "1", "/coupon unknown_field"),
    bad("lines", "", "/lines required"),
    bad("lines", "[]", "/lines invalid_value"),
    bad("lines", lines(count: 501, quantity: 1), "/lines too_many"),
    bad("lines", lines(count: 11, quantity: 10_000), "/lines out_of_range"),
    bad("lines", twoLines, "/lines/1/id invalid_value"),
    bad("lines", thirteenLines, "/lines/12/id invalid_value"),
    badLine(["id": ""], "/lines/0/id required"),
    badLine(["product_id": "\"\""], "/lines/0/product_id invalid_value"),
    badLine(["quantity": "0"], "/lines/0/quantity out_of_range"),
    badLine(["quantity": "10001"], "/lines/0/quantity out_of_range"),
    badLine(["quantity": "1.5"], "/lines/0/quantity wrong_type"),
    badLine(["unit_price": "-1"], "/lines/0/unit_price out_of_range"),
    badLine(["unit_price": "92233720369"], "/lines/0/unit_price out_of_range"),
    badLine(["unit_price": ""], "/lines/0/unit_price required"),
    badLine(["unit_price_decimal": "\"1\""], "/lines/0/unit_price_decimal invalid_value"),
    badLine(
      ["unit_price": "", "unit_price_decimal": "\"1.123456789\""],
      "/lines/0/unit_price_decimal invalid_value"),
    badLine(
      ["unit_price": "", "unit_price_decimal": "\"92233720368.54775808\""],
      "/lines/0/unit_price_decimal out_of_range"),
    badLine(
      ["unit_price": "", "unit_price_decimal": "\"99999999999999999999999999\""],
      "/lines/0/unit_price_decimal out_of_range"),
    badLine(
      ["unit_price": "", "unit_price_decimal": "\"99999999999999999999999999x\""],
      "/lines/0/unit_price_decimal invalid_value"),
    badLine(
      ["unit_price": "", "unit_price_decimal": "\"99999999999999999999.123456789\""],
      "/lines/0/unit_price_decimal invalid_value"),
    badLine(["categories": manyCategories], "/lines/0/categories too_many"),
    badLine(["colour": "1"], "/lines/0/colour unknown_field"),
    badCharge(["amount": "-1"], "/shipping/0/amount out_of_range"),
    badCharge(["method": ""], "/shipping/0/method required"),
    badCharge(["seller_id": "\"\""], "/shipping/0/seller_id invalid_value"),
    bad("shipping", twoCharges, "/shipping/1/id invalid_value"),
    bad("shipping", manyCharges, "/shipping too_many"),
  ]

  @Test(arguments: badCarts)
  func `a bad cart is refused where it is bad`(bad: Bad) throws {
    #expect(try faults(Self.cart([bad.member: bad.value])) { Cart(reading: $0) } == [bad.fault])
  }

  @Test func `the largest cart is accepted`() throws {
    let cart = try read(Self.cart(["lines": Self.lines(count: 500, quantity: 200)])) { Cart(reading: $0) }
    #expect(cart.lines.count == 500)
  }
}

@Suite struct CustomerTests {
  private func hash(_ kind: IdentityKey.Kind, _ text: String) -> String { "<\(kind.rawValue)|\(text)>" }

  @Test func `what identifies a customer leaves as keys of normalised values`() throws {
    let json = """
      {"user_id":"u-1","email":"Ann.Lee+shop@Gmail.com","phone":"+49 (30) 123-456","device_id":"d1",
       "payment_fingerprint":"f1","segments":["vip"],"first_order":true,"country":"DE"}
      """
    let customer = try read(json) { CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash) }
    #expect(
      customer.identityKeys.map(\.stored) == [
        "c:<c|f1>", "d:<d|d1>", "e:<e|annlee@gmail.com>", "p:<p|+4930123456>", "u:u-1",
      ])
    #expect(customer.userID == "u-1")
    #expect(customer.segments == ["vip"])
    #expect(customer.firstOrder == true)
    #expect(customer.country == "DE")
  }

  @Test func `nobody is a customer without keys`() throws {
    #expect(try read("{}") { CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash) } == Customer())
    #expect(
      try read(#"{"email":null,"user_id":null}"#) {
        CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash)
      }
        == Customer())
  }

  @Test func `no segments are not the same as segments that nobody named`() throws {
    func segments(_ json: String) throws -> [Segment]? {
      try read(json) { CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash) }.segments
    }
    #expect(try segments("{}") == nil)
    #expect(try segments(#"{"segments":null}"#) == nil)
    #expect(try segments(#"{"segments":[]}"#) == [])
  }

  @Test(arguments: ["UK", "EL", "XX", "ZZ"])
  func `a country that is none does not stop a price`(country: String) throws {
    let customer = try read(#"{"country":"\#(country)"}"#) {
      CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash)
    }
    #expect(customer.country?.text == country)
  }

  @Test(arguments: [
    ("de", "DE"), ("DE ", "DE"), (" \u{a0}dE\u{3000}", "DE"), ("uk", "UK"), ("", nil), ("  ", nil),
    ("D", nil),
    ("DEU", nil), ("12", nil), ("Germany", nil), ("D E", nil), ("ＤＥ", nil), ("ıl", nil),
    (String(repeating: "x", count: 100_000), nil), ("\\u0000", nil), ("D\\u0000", nil),
    ("DE\\u0000", nil),
    ("\\u0001\\u200b", nil), ("\\ud83d\\ude00", nil),
  ])
  func `a country is taken in any case, and what is not of its form says nothing`(
    typed: String, country: String?
  ) throws {
    let customer = try read(#"{"country":"\#(typed)"}"#) {
      CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash)
    }
    #expect(customer.country?.text == country)
  }

  @Test(arguments: [
    (#"{"email":"nobody"}"#, "/email invalid_value"), (#"{"email":5}"#, "/email wrong_type"),
    (#"{"phone":"030 123"}"#, "/phone invalid_value"), (#"{"country":5}"#, "/country wrong_type"),
    (#"{"user_id":""}"#, "/user_id invalid_value"),
    ("{\"user_id\":\"\u{2800}\"}", "/user_id invalid_value"),
    ("{\"user_id\":\" \u{2800}\u{3164}\\u0007\"}", "/user_id invalid_value"),
    ("{\"payment_fingerprint\":\"\u{2800}\"}", "/payment_fingerprint invalid_value"),
    (#"{"device_id":""}"#, "/device_id invalid_value"), (#"{"segments":"vip"}"#, "/segments wrong_type"),
    (#"{"first_order":"no"}"#, "/first_order wrong_type"),
    (#"{"identity_keys":[]}"#, "/identity_keys unknown_field"),
  ])
  func `a bad customer is refused where it is bad`(json: String, fault: String) throws {
    #expect(try faults(json) { CustomerInput(reading: $0)?.customer(person: { $0 }, hash: hash) } == [fault])
  }
}

@Suite struct TypedCodesTests {
  @Test func `codes stay as they were typed`() throws {
    let codes = try read(#"[" save-20 ","","SAVE-20"]"#) { readLockedCodes($0) }
    #expect(codes == [" save-20 ", "", "SAVE-20"])
    #expect(try read("[]") { readQuotedCodes($0) } == [])
  }

  @Test func `what can't be a code is read in a quote, in its place`() throws {
    let long = String(repeating: "x", count: 401)
    let codes = try read(#"["A\u0000B",7,null,["A"],{"code":"A"},true,"\#(long)"," ok "]"#) {
      readQuotedCodes($0)
    }
    #expect(codes == ["A\u{0}B", "", "", "", "", "", long, " ok "])
  }

  @Test func `a lock's codes may be as long as codes are, not counting what is dropped from them`() throws {
    let longest = String(repeating: "é", count: 64)
    let spaced = " “" + String(repeating: "A ", count: 64) + "”"
    #expect(try read(#"["\#(longest)","\#(spaced)"]"#) { readLockedCodes($0) } == [longest, spaced])
  }

  @Test(arguments: [
    ("[]", " invalid_value"), ("null", " wrong_type"), ("[1]", "/0 wrong_type"),
    ("[" + Array(repeating: "\"A\"", count: 11).joined(separator: ",") + "]", " too_many"),
    ("[\"A\",\"" + String(repeating: "é", count: 65) + "\"]", "/1 too_long"),
    ("[\"a" + String(repeating: "\u{301}", count: 300) + "\"]", "/0 too_long"),
    (#"["A\u0000B"]"#, "/0 invalid_value"),
    ("[\"" + String(repeating: "e", count: 401) + "\"]", "/0 too_long"),
  ])
  func `bad lists of codes are refused`(json: String, fault: String) throws {
    #expect(try faults(json) { readLockedCodes($0) } == [fault])
  }

  /// Text of a list or a code, and what is said of it.
  @Test(arguments: [
    ("[\"" + String(repeating: "e", count: 65) + "\"]", "must have at most 64 characters"),
    ("[\"" + String(repeating: "e", count: 401) + "\"]", "must have at most 64 characters"),
  ])
  func `whoever types too much learns how long codes may be`(json: String, message: String) throws {
    #expect(try messages(json) { readLockedCodes($0) } == [message])
    let expectation = json.utf8.count > 400 ? message : "must be \(CouponCode.expectation)"
    #expect(try messages(json) { $0.array(max: 1) { CodeGrant(input: $0) } } == [expectation])
  }
}
