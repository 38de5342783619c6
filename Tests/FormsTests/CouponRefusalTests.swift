import Forms
import JSON
import Scrip
import Testing

@Suite struct CouponRefusalTests {
  /// One bad member of an otherwise good coupon, and where and how it is refused.
  struct Bad: Sendable, CustomTestStringConvertible {
    let member: String
    let value: String
    let fault: String

    init(_ member: String, _ value: String, _ fault: String) {
      self.member = member
      self.value = value
      self.fault = fault
    }

    var testDescription: String { "\(member): \(value.prefix(60))" }
  }

  private static let list1001 = "[" + Array(repeating: "\"p\"", count: 1001).joined(separator: ",") + "]"
  private static let list600 = "[" + Array(repeating: "\"p\"", count: 600).joined(separator: ",") + "]"
  private static let nested11 =
    String(repeating: #"{"not":"#, count: 10) + #"{"first_order":true}"# + String(repeating: "}", count: 10)
  private static let conditions201 =
    #"{"all":[{"any":["# + Array(repeating: #"{"first_order":true}"#, count: 150).joined(separator: ",")
    + #"]},{"any":["# + Array(repeating: #"{"first_order":true}"#, count: 51).joined(separator: ",") + "]}]}"
  private static let metadata51 =
    "{" + (1...51).map { "\"k\($0)\":\"v\"" }.joined(separator: ",") + "}"

  static let bad = [
    Bad("name", "", "/name required"),
    Bad("name", "\"\"", "/name invalid_value"),
    Bad("name", "\"" + String(repeating: "ü", count: 201) + "\"", "/name too_long"),
    Bad("name", "5", "/name wrong_type"),
    Bad("description", "\"\"", "/description invalid_value"),
    Bad("description", "\"" + String(repeating: "ü", count: 2001) + "\"", "/description too_long"),
    Bad("description", "5", "/description wrong_type"),
    Bad("colour", "1", "/colour unknown_field"),
    Bad("discount", "", "/discount required"),
    Bad("discount", "{}", "/discount/type required"),
    Bad("discount", #"{"type":"gift","x":1}"#, "/discount/type invalid_value"),
    Bad("discount", #"{"type":"percent"}"#, "/discount/percent required"),
    Bad("discount", #"{"type":"percent","percent":10}"#, "/discount/percent wrong_type"),
    Bad("discount", #"{"type":"percent","percent":"0"}"#, "/discount/percent invalid_value"),
    Bad("discount", #"{"type":"percent","percent":"100.0001"}"#, "/discount/percent invalid_value"),
    Bad("discount", #"{"type":"percent","percent":"10","cap":{"USD":-1}}"#, "/discount/cap/USD out_of_range"),
    Bad("discount", #"{"type":"percent","percent":"10","cap":{"XXX":1}}"#, "/discount/cap/XXX invalid_value"),
    Bad("discount", #"{"type":"percent","percent":"10","amounts":{}}"#, "/discount/amounts unknown_field"),
    Bad("discount", #"{"type":"fixed"}"#, "/discount/amounts required"),
    Bad("discount", #"{"type":"fixed","amounts":{}}"#, "/discount/amounts invalid_value"),
    Bad("discount", #"{"type":"fixed","amounts":{"USD":0}}"#, "/discount/amounts/USD out_of_range"),
    Bad("discount", #"{"type":"fixed","amounts":{"usx":5}}"#, "/discount/amounts/usx invalid_value"),
    Bad("discount", #"{"type":"fixed","amounts":{"USD":5.5}}"#, "/discount/amounts/USD wrong_type"),
    Bad(
      "discount", #"{"type":"fixed","amounts":{"USD":5,"USD":6}}"#, "/discount/amounts/USD duplicate_member"),
    Bad(
      "discount", #"{"type":"fixed","amounts":{"USD":5,"usd":6}}"#, "/discount/amounts/usd invalid_value"),
    Bad("discount", #"{"type":"shipping","countries":["de"]}"#, "/discount/countries/0 invalid_value"),
    Bad("discount", #"{"type":"shipping","methods":[""]}"#, "/discount/methods/0 invalid_value"),
    Bad("scope", #""cart""#, "/scope invalid_value"),
    Bad("minimum", #"{"USD":-5}"#, "/minimum/USD out_of_range"),
    Bad("minimum", #"{"QQQ":5}"#, "/minimum/QQQ invalid_value"),
    Bad("minimum_basis", #""net""#, "/minimum_basis invalid_value"),
    Bad("rules", "{}", "/rules invalid_value"),
    Bad("rules", "[]", "/rules wrong_type"),
    Bad("rules", #"{"weather":{"in":["rain"]}}"#, "/rules/weather unknown_rule"),
    Bad("rules", #"{"all":[{"first_order":true},{"weather":1}]}"#, "/rules/all/1/weather unknown_rule"),
    Bad("rules", #"{"first_order":true,"quantity":{"min":1}}"#, "/rules invalid_value"),
    Bad("rules", #"{"first_order":"yes"}"#, "/rules/first_order wrong_type"),
    Bad("rules", #"{"quantity":{"min":0}}"#, "/rules/quantity/min out_of_range"),
    Bad("rules", #"{"amount":{"min":{"EURO":1}}}"#, "/rules/amount/min/EURO invalid_value"),
    Bad("rules", #"{"amount":{}}"#, "/rules/amount/min required"),
    Bad("rules", #"{"amount":{"min":{}}}"#, "/rules/amount/min invalid_value"),
    Bad("rules", #"{"amount":{"max":{}}}"#, "/rules/amount/max invalid_value"),
    Bad("rules", #"{"not":{"amount":{"min":{},"max":{"EUR":1}}}}"#, "/rules/not/amount/min invalid_value"),
    Bad(
      "rules", #"{"amount":{"min":{"EUR":2,"USD":1},"max":{"EUR":1,"JPY":9}}}"#,
      "/rules/amount/max invalid_value"),
    Bad("rules", #"{"amount":{"min":{"EUR":1},"least":1}}"#, "/rules/amount/least unknown_field"),
    Bad("rules", #"{"quantity":{}}"#, "/rules/quantity/min required"),
    Bad("rules", #"{"quantity":{"min":2,"max":1}}"#, "/rules/quantity/max invalid_value"),
    Bad("rules", #"{"quantity":{"max":0}}"#, "/rules/quantity/max out_of_range"),
    Bad("rules", #"{"user":{}}"#, "/rules/user invalid_value"),
    Bad("rules", #"{"user":{"in":["a"],"not_in":["b"]}}"#, "/rules/user invalid_value"),
    Bad("rules", #"{"user":{"in":"a"}}"#, "/rules/user/in wrong_type"),
    Bad("rules", #"{"user":{"is":["a"]}}"#, "/rules/user invalid_value"),
    Bad("rules", #"{"country":{"in":["DE","Austria"]}}"#, "/rules/country/in/1 invalid_value"),
    Bad("rules", #"{"country":{"in":["UK"]}}"#, "/rules/country/in/0 invalid_value"),
    Bad("rules", #"{"not":{"country":{"not_in":["GB","EL"]}}}"#, "/rules/not/country/not_in/1 invalid_value"),
    Bad("discount", #"{"type":"shipping","countries":["GB","XX"]}"#, "/discount/countries/1 invalid_value"),
    Bad("rules", #"{"product":{"in":\#(list1001)}}"#, "/rules/product/in too_many"),
    Bad(
      "rules", #"{"all":[{"product":{"in":\#(list600)}},{"seller":{"in":\#(list600)}}]}"#,
      "/rules/all/1/seller/in too_many"),
    Bad("rules", nested11, "/rules/not/not/not/not/not/not/not/not/not/not too_many"),
    Bad("rules", conditions201, "/rules/all/1/any/50/first_order too_many"),
    Bad("eligible_lines", #"{"country":{"in":["DE"]}}"#, "/eligible_lines/country unknown_rule"),
    Bad("limits", #"{"total":0}"#, "/limits/total out_of_range"),
    Bad("limits", #"{"total":1000000001}"#, "/limits/total out_of_range"),
    Bad("limits", #"{"per_user":0}"#, "/limits/per_user out_of_range"),
    Bad("limits", #"{"per_code":"1"}"#, "/limits/per_code wrong_type"),
    Bad("limits", #"{"budget":{"XYZ":1}}"#, "/limits/budget/XYZ invalid_value"),
    Bad("limits", #"{"on_budget_short":"maybe"}"#, "/limits/on_budget_short invalid_value"),
    Bad(
      "limits", #"{"per_period":[{"period":"hour","total":1}]}"#, "/limits/per_period/0/period invalid_value"),
    Bad(
      "limits", #"{"per_period":[{"period":"day","total":1},{"period":"day","total":2}]}"#,
      "/limits/per_period/1/period invalid_value"),
    Bad("limits", #"{"per_hour":1}"#, "/limits/per_hour unknown_field"),
    Bad("stacking", "", "/stacking required"),
    Bad("stacking", "{}", "/stacking/policy required"),
    Bad("stacking", #"{"policy":"any"}"#, "/stacking/policy invalid_value"),
    Bad("stacking", #"{"policy":"group"}"#, "/stacking/group required"),
    Bad("stacking", #"{"policy":"open","group":"sale"}"#, "/stacking/group invalid_value"),
    Bad("stacking", #"{"policy":"open","combines_with":["tax"]}"#, "/stacking/combines_with/0 invalid_value"),
    Bad(
      "stacking", #"{"policy":"open","combines_with":["line","line"]}"#,
      "/stacking/combines_with invalid_value"),
    Bad("priority", "1001", "/priority out_of_range"),
    Bad("priority", "-1001", "/priority out_of_range"),
    Bad("restore_on", #"["returned"]"#, "/restore_on/0 invalid_value"),
    Bad("automatic", "true", "/automatic invalid_value"),
    Bad("automatic", "0", "/automatic wrong_type"),
    Bad("owner", "\"\"", "/owner invalid_value"),
    Bad("seller_id", "7", "/seller_id wrong_type"),
    Bad("metadata", metadata51, "/metadata too_many"),
    Bad("metadata", #"{"k":1}"#, "/metadata/k wrong_type"),
    Bad("metadata", "{\"k\":\"" + String(repeating: "v", count: 501) + "\"}", "/metadata/k too_long"),
    Bad(
      "metadata", "{\"" + String(repeating: "k", count: 41) + "\":\"v\"}",
      "/metadata/" + String(repeating: "k", count: 41) + " too_long"),
    Bad("time_zone", #""Mars/Olympus""#, "/time_zone invalid_value"),
    Bad("time_zone", #""PST""#, "/time_zone invalid_value"),
    Bad("starts_at", #""yesterday""#, "/starts_at invalid_value"),
    Bad("starts_at", #""2026-02-30""#, "/starts_at invalid_value"),
    Bad("starts_at", #""2026-11-20""#, "/time_zone required"),
    Bad("start_day", #""2026-11-20""#, "/start_day invalid_value"),
  ]

  @Test(arguments: bad)
  func `a bad member is refused where it stands`(bad: Bad) throws {
    let faults = try termsFaults(object(plainCoupon, replacing: [bad.member: bad.value]))
    #expect(faults.first == bad.fault)
  }

  @Test(arguments: [
    ("UK", #"must be an ISO 3166 country in two upper-case letters; did you mean "GB"?"#),
    ("EL", #"must be an ISO 3166 country in two upper-case letters; did you mean "GR"?"#),
    ("de", #"must be an ISO 3166 country in two upper-case letters; did you mean "DE"?"#),
    ("XX", "must be an ISO 3166 country in two upper-case letters"),
  ])
  func `a country that is none is refused with what was probably meant`(country: String, words: String) throws
  {
    for (member, value) in [
      ("rules", #"{"country":{"in":["\#(country)"]}}"#),
      ("discount", #"{"type":"shipping","countries":["\#(country)"]}"#),
    ] {
      let error = #expect(throws: JSONDecodingErrors.self) {
        try terms(object(plainCoupon, replacing: [member: value]))
      }
      #expect(error?.errors.map(\.message) == [words])
    }
  }

  @Test func `what was once accepted stays readable where it is stored`() throws {
    let old = [
      ("rules", #"{"all":[{"amount":{"min":{}}},{"country":{"in":["UK"]}}]}"#),
      ("discount", #"{"type":"shipping","percent":"100","cap":{},"methods":[],"countries":["EL"]}"#),
    ]
    for (member, value) in old {
      let json = try text(terms(object(plainCoupon)).json)
      let plain =
        member == "rules" ? #""rules":null"# : #""discount":{"type":"percent","percent":"10","cap":{}}"#
      let stored = json.split(separator: plain, maxSplits: 1).joined(separator: "\"\(member)\":\(value)")
      #expect(try text(CouponTerms(stored: Array(stored.utf8)).json) == stored)
      #expect(throws: JSONDecodingErrors.self) { try terms(stored) }
      // An edit that does not touch it leaves it.
      let again = try terms(#"{"priority":5}"#, updating: CouponTerms(stored: Array(stored.utf8)))
      #expect(again.priority == 5)
    }
  }

  @Test func `everything that is wrong is told at once`() throws {
    let faults = try termsFaults(#"{"name":"","scope":"x","limits":{"total":0},"extra":1}"#)
    #expect(
      Set(faults) == [
        "/name invalid_value", "/discount required", "/scope invalid_value", "/limits/total out_of_range",
        "/stacking required", "/extra unknown_field",
      ])
  }
}
