import Forms
import JSON
import Scrip
import Testing

@Suite struct BillingTermsTests {
  private static let once = #"{"cadence":"once"}"#

  private func billed(_ billing: String, _ others: [String: String] = [:]) throws -> CouponTerms {
    try terms(object(plainCoupon, replacing: others.merging(["billing": billing]) { $1 }))
  }

  private func billedFaults(_ billing: String, _ others: [String: String] = [:]) throws -> [String] {
    try termsFaults(object(plainCoupon, replacing: others.merging(["billing": billing]) { $1 }))
  }

  @Test(arguments: [
    (#"{"cadence":"once"}"#, BillingTerms(cadence: .once)),
    (#"{"cadence":"repeated","periods":3}"#, BillingTerms(cadence: .periods(3))),
    (#"{"cadence":"repeated","periods":1200,"months":null}"#, BillingTerms(cadence: .periods(1200))),
    (#"{"cadence":"repeated","months":1}"#, BillingTerms(cadence: .months(1))),
    (
      #"{"cadence":"forever","periods":null,"on_excess":"skip","attach_again":true,"at_checkout":true}"#,
      BillingTerms(cadence: .forever, onExcess: .skip, attachesAgain: true, isForCheckout: true)
    ),
  ])
  func `a cadence is read with what it needs and defaults for the rest`(json: String, expected: BillingTerms)
    throws
  {
    let read = try billed(json)
    #expect(read.billing == expected)
    #expect(try CouponTerms(stored: read.json) == read)
    #expect(try terms(text(read.json)) == read)
  }

  @Test func `it is written in full, and left out where there is none`() throws {
    let plain = try terms(object(plainCoupon))
    #expect(plain.billing == nil && !text(plain.json).contains("billing"))
    #expect(try billed("null") == plain)
    let whole =
      #"{"cadence":"repeated","periods":3,"months":null,"redeem_after":"2026-11-20T00:00:00Z","#
      + #""redeem_before":"2026-12-01T00:00:00Z","on_excess":"skip","carry_over":false,"attach_again":true,"#
      + #""at_checkout":false}"#
    #expect(try text(billed(whole).json).hasSuffix(#","billing":\#(whole)}"#))
  }

  @Test(arguments: [
    ("5", "/billing wrong_type"), ("{}", "/billing/cadence required"),
    (#"{"cadence":"monthly"}"#, "/billing/cadence invalid_value"),
    (#"{"cadence":null}"#, "/billing/cadence wrong_type"),
    (#"{"cadence":"repeated"}"#, "/billing/periods required"),
    (#"{"cadence":"repeated","periods":1,"months":1}"#, "/billing/periods required"),
    (#"{"cadence":"once","periods":1}"#, "/billing/periods invalid_value"),
    (#"{"cadence":"forever","months":1}"#, "/billing/months invalid_value"),
    (#"{"cadence":"forever","periods":1,"months":1}"#, "/billing/periods invalid_value"),
    (#"{"cadence":"repeated","periods":0}"#, "/billing/periods out_of_range"),
    (#"{"cadence":"repeated","periods":1201}"#, "/billing/periods out_of_range"),
    (#"{"cadence":"repeated","periods":"3"}"#, "/billing/periods wrong_type"),
    (#"{"cadence":"repeated","periods":1.5}"#, "/billing/periods wrong_type"),
    (#"{"cadence":"repeated","months":0}"#, "/billing/months out_of_range"),
    (#"{"cadence":"repeated","months":1201}"#, "/billing/months out_of_range"),
    (#"{"cadence":"once","redeem_after":"2026-11-20"}"#, "/billing/redeem_after invalid_value"),
    (#"{"cadence":"once","redeem_before":5}"#, "/billing/redeem_before wrong_type"),
    (
      #"{"cadence":"once","redeem_after":"2026-11-20T00:00:00Z","redeem_before":"2026-11-20T00:00:00Z"}"#,
      "/billing/redeem_before invalid_value"
    ),
    (#"{"cadence":"once","on_excess":"carry"}"#, "/billing/on_excess invalid_value"),
    (#"{"cadence":"once","carry_over":1}"#, "/billing/carry_over wrong_type"),
    (#"{"cadence":"forever","carry_over":true}"#, "/billing/carry_over invalid_value"),
    (#"{"cadence":"repeated","periods":2,"carry_over":true}"#, "/billing/carry_over invalid_value"),
    (#"{"cadence":"once","carry_over":true,"on_excess":"skip"}"#, "/billing/on_excess invalid_value"),
    (#"{"cadence":"once","attach_again":"no"}"#, "/billing/attach_again wrong_type"),
    (#"{"cadence":"once","at_checkout":0}"#, "/billing/at_checkout wrong_type"),
    (#"{"cadence":"once","proration":true}"#, "/billing/proration unknown_field"),
    (#"{"cadence":"once","cadence":"once"}"#, "/billing/cadence duplicate_member"),
    // Ten percent have no rest that could be carried over.
    (#"{"cadence":"once","carry_over":true}"#, "/billing invalid_value"),
  ])
  func `what is wrong with it is refused where it stands`(json: String, fault: String) throws {
    #expect(try billedFaults(json) == [fault])
  }

  @Test(arguments: [
    ("discount", #"{"type":"shipping"}"#, "/discount invalid_value"),
    ("scope", #""unit""#, "/scope invalid_value"),
    ("rules", #"{"first_order":true}"#, "/rules invalid_value"),
    ("seller_id", #""acme""#, "/seller_id invalid_value"),
    ("eligible_lines", #"{"seller":{"in":["acme"]}}"#, "/eligible_lines invalid_value"),
    (
      "eligible_lines", #"{"any":[{"product":{"in":["pro"]}},{"not":{"seller":{"in":["acme"]}}}]}"#,
      "/eligible_lines invalid_value"
    ),
    ("limits", #"{"budget":{"USD":5}}"#, "/limits invalid_value"),
  ])
  func `what invoices have no place for is refused beside it, and only beside it`(
    member: String, value: String, fault: String
  ) throws {
    #expect(try billedFaults(Self.once, [member: value]) == [fault])
    #expect(try termsFaults(object(plainCoupon, replacing: [member: value])).isEmpty)
  }

  @Test func `what invoices have a place for goes with it`() throws {
    let whole = try billed(
      Self.once,
      [
        "scope": #""line""#, "eligible_lines": #"{"product":{"in":["pro"]}}"#, "minimum": #"{"USD":5}"#,
        "limits": #"{"total":5,"per_user":1,"per_code":2,"per_period":[{"period":"day","total":1}]}"#,
        "owner": "\"ann\"", "campaign_id": "\"campaign_00000000000000000000000001\"", "priority": "5",
        "starts_at": "\"2026-11-20T00:00:00Z\"",
      ])
    #expect(whole.billing == BillingTerms(cadence: .once) && whole.scope == .line)
  }

  @Test(arguments: [
    (#"{"type":"fixed","amounts":{"USD":500}}"#, "order", []),
    (#"{"type":"decimal","amounts":{"USD":"500.5"}}"#, "order", []),
    (#"{"type":"fixed","amounts":{"USD":500}}"#, "line", ["/billing invalid_value"]),
    (#"{"type":"decimal","amounts":{"USD":"500.5"}}"#, "line", ["/billing invalid_value"]),
    (#"{"type":"percent","percent":"100"}"#, "order", ["/billing invalid_value"]),
  ])
  func `only an amount off the whole invoice is carried over`(
    discount: String, scope: String, faults: [String]
  )
    throws
  {
    let billing = #"{"cadence":"once","carry_over":true}"#
    #expect(try billedFaults(billing, ["discount": discount, "scope": "\"\(scope)\""]) == faults)
  }

  @Test func `an edit keeps it, replaces it as a whole, or takes it away`() throws {
    let old = try billed(#"{"cadence":"repeated","months":6,"on_excess":"skip","attach_again":true}"#)
    #expect(try terms(#"{"name":"Later"}"#, updating: old).billing == old.billing)
    #expect(
      try terms(#"{"billing":{"cadence":"repeated","periods":2}}"#, updating: old).billing
        == BillingTerms(cadence: .periods(2)))
    #expect(try terms(#"{"billing":null}"#, updating: old).billing == nil)
    #expect(try termsFaults(#"{"billing":{"periods":2}}"#, updating: old) == ["/billing/cadence required"])
  }

  @Test func `an edit of another member is refused if it does not go with it`() throws {
    let old = try billed(Self.once)
    #expect(try termsFaults(#"{"rules":{"first_order":true}}"#, updating: old) == ["/rules invalid_value"])
    #expect(try termsFaults(#"{"scope":"unit"}"#, updating: old) == ["/scope invalid_value"])
    #expect(
      try terms(#"{"billing":null,"rules":{"first_order":true}}"#, updating: old).rules != nil)
    let rules = try terms(object(plainCoupon, replacing: ["rules": #"{"first_order":true}"#]))
    #expect(try termsFaults(#"{"billing":\#(Self.once)}"#, updating: rules) == ["/rules invalid_value"])
    #expect(try terms(#"{"billing":\#(Self.once),"rules":null}"#, updating: rules).billing != nil)
  }
}

@Suite struct DecimalDiscountTests {
  private func discount(_ amounts: String) -> [String: String] {
    ["discount": #"{"type":"decimal","amounts":\#(amounts)}"#]
  }

  @Test(arguments: [
    (#"{"USD":"1012.345678"}"#, #"{"USD":"1012.345678"}"#),
    (#"{"USD":"1012.50","EUR":7,"JPY":"9"}"#, #"{"EUR":7,"JPY":9,"USD":"1012.5"}"#),
    (#"{"KWD":"0.00000001"}"#, #"{"KWD":"0.00000001"}"#),
    (#"{"USD":9007199254740991}"#, #"{"USD":9007199254740991}"#),
    (#"{"USD":"9007199254740990.99999999"}"#, #"{"USD":"9007199254740990.99999999"}"#),
    (#"{"usd":1}"#, #"{"USD":1}"#),
  ])
  func `amounts are read as integers or decimals and written by currency, as short as can be`(
    json: String, written: String
  ) throws {
    let read = try terms(object(plainCoupon, replacing: discount(json)))
    #expect(text(read.json).contains(#""discount":{"type":"decimal","amounts":\#(written)}"#))
    #expect(try CouponTerms(stored: read.json) == read)
    #expect(try terms(text(read.json)) == read)
  }

  @Test(arguments: [
    (#"{}"#, " invalid_value"), (#"[]"#, " wrong_type"), (#"{"USD":0}"#, "/USD out_of_range"),
    (#"{"USD":"0"}"#, "/USD out_of_range"), (#"{"USD":"-1"}"#, "/USD out_of_range"),
    (#"{"USD":"0.000000001"}"#, "/USD invalid_value"), (#"{"USD":"1e3"}"#, "/USD invalid_value"),
    (#"{"USD":""}"#, "/USD invalid_value"), (#"{"USD":1.5}"#, "/USD wrong_type"),
    (#"{"USD":"9007199254740991.00000001"}"#, "/USD invalid_value"), (#"{"USD":null}"#, "/USD wrong_type"),
    (#"{"USD":9007199254740992}"#, "/USD out_of_range"), (#"{"XXX":1}"#, "/XXX invalid_value"),
    (#"{"USD":1,"usd":2}"#, " invalid_value"), (#"{"USD":1,"USD":2}"#, "/USD duplicate_member"),
  ])
  func `amounts that are none are refused where they stand`(json: String, fault: String) throws {
    #expect(
      try termsFaults(object(plainCoupon, replacing: discount(json))).first == "/discount/amounts\(fault)")
  }

  @Test func `it has amounts and nothing else`() throws {
    let cases = [
      #"{"type":"decimal"}"#: "/discount/amounts required",
      #"{"type":"decimal","amounts":{"USD":1},"cap":{"USD":1}}"#: "/discount/cap unknown_field",
    ]
    for (json, fault) in cases {
      #expect(try termsFaults(object(plainCoupon, replacing: ["discount": json])) == [fault])
    }
  }
}
