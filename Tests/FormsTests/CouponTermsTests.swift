import Forms
import Foundation
import JSON
import Scrip
import TestSupport
import Testing

@Suite struct CouponTermsTests {
  @Test(arguments: UInt64(1)...200)
  func `stored terms read back exactly and are written the same again`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let terms = samples.terms()
    let again = try CouponTerms(stored: terms.json)
    #expect(again == terms)
    #expect(again.json == terms.json)
  }

  @Test func `the stored form is the API's own form`() throws {
    var samples = Samples(seed: 7)
    for _ in 0..<50 {
      var sample = samples.terms()
      sample.validity = .always
      #expect(try terms(text(sample.json)) == sample)
    }
  }

  @Test func `a new coupon with nothing but the required members has every member but the description`()
    throws
  {
    let plain = try terms(object(plainCoupon))
    #expect(
      text(plain.json) == """
        {"name":"Welcome","discount":{"type":"percent","percent":"10","cap":{}},"scope":"order",\
        "eligible_lines":null,"rules":null,"minimum":{},"minimum_basis":"list","starts_at":null,"ends_at":null,\
        "start_day":null,"end_day":null,"time_zone":null,"limits":{"total":null,"per_user":null,"per_code":null,\
        "budget":{},"on_budget_short":"refuse","per_period":[]},"owner":null,"seller_id":null,\
        "stacking":{"policy":"open","group":null,"combines_with":["line","order","shipping"]},"priority":0,\
        "restore_on":["canceled"],"automatic":false,"metadata":{}}
        """)
  }

  @Test func `the coupon of the API reference is read and shown in full`() throws {
    let request = """
      {"name":"Welcome","code":"WELCOME10",
       "discount":{"type":"percent","percent":"10","cap":{"USD":5000}},"scope":"order",
       "eligible_lines":{"any":[{"category":{"in":["shoes"]}}]},
       "rules":{"all":[{"country":{"in":["DE","AT"]}},{"first_order":true}]},"minimum":{"USD":2500},
       "starts_at":"2026-11-20T00:00:00Z","ends_at":null,"time_zone":"Europe/Berlin",
       "limits":{"total":1000,"per_user":1,"per_code":null,"budget":{"USD":1000000},
                 "per_period":[{"period":"day","total":100}]},
       "owner":null,"seller_id":null,
       "stacking":{"policy":"open","group":null,"combines_with":["line","order","shipping"]},
       "priority":0,"restore_on":["canceled"],"automatic":false,"metadata":{"b":"2","a":"1"}}
      """
    var code: String?
    let terms = try read(request) { value in
      value.object { (object: inout ObjectReader) -> CouponTerms? in
        code = object.optional("code")?.string(maxLength: 400)
        return CouponTerms.walk(&object, nil)
      }
    }
    #expect(code == "WELCOME10")
    let coupon = Coupon(
      id: Coupon.ID(1), state: .draft, version: 1, terms: terms, uses: UseCounts(locked: 2, redeemed: 3),
      createdAt: try instant("2026-11-01T10:00:00Z"), updatedAt: try instant("2026-11-01T10:00:00.5Z"))
    #expect(
      text(coupon.json) == """
        {"id":"coupon_00000000000000000000000001","version":1,"state":"draft","name":"Welcome",\
        "discount":{"type":"percent","percent":"10","cap":{"USD":5000}},"scope":"order",\
        "eligible_lines":{"any":[{"category":{"in":["shoes"]}}]},\
        "rules":{"all":[{"country":{"in":["DE","AT"]}},{"first_order":true}]},"minimum":{"USD":2500},\
        "minimum_basis":"list","starts_at":"2026-11-20T00:00:00Z","ends_at":null,"start_day":null,"end_day":null,\
        "time_zone":"Europe/Berlin","limits":{"total":1000,"per_user":1,"per_code":null,\
        "budget":{"USD":1000000},"on_budget_short":"refuse","per_period":[{"period":"day","total":100}]},\
        "owner":null,"seller_id":null,\
        "stacking":{"policy":"open","group":null,"combines_with":["line","order","shipping"]},"priority":0,\
        "restore_on":["canceled"],"automatic":false,"metadata":{"a":"1","b":"2"},\
        "usage":{"locked":2,"redeemed":3},"created_at":"2026-11-01T10:00:00Z",\
        "updated_at":"2026-11-01T10:00:00.5Z"}
        """)
  }

  @Test(arguments: UInt64(1)...50)
  func `an edit without members changes nothing`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let old = samples.terms()
    #expect(try terms("{}", updating: old) == old)
  }

  @Test func `an edit replaces what it names and null gives the default`() throws {
    let old = try terms(
      object(
        plainCoupon,
        replacing: [
          "limits": #"{"total":5,"per_user":1}"#, "owner": "\"u-1\"", "restore_on": "[]", "priority": "7",
        ]))
    let new = try terms(
      #"{"name":"Later","limits":{"total":9},"owner":null,"restore_on":null}"#, updating: old)
    #expect(new.name == "Later")
    #expect(new.limits == UsageLimits(total: 9))
    #expect(new.owner == nil)
    #expect(new.restoreOn == [.canceled])
    #expect(new.priority == 7)
    #expect(new.discount == old.discount)
    #expect(
      try termsFaults(#"{"name":null,"stacking":null}"#, updating: old) == [
        "/name wrong_type", "/stacking wrong_type",
      ])
  }

  @Test
  func `a description is text beside the name, and terms without one are written as if there were none`()
    throws
  {
    let plain = try terms(object(plainCoupon))
    let words = String(repeating: "ü", count: 2000)
    let described = try terms(object(plainCoupon, replacing: ["description": "\"\(words)\""]))
    #expect(described.description == words && described != plain)
    #expect(text(described.json).hasPrefix(#"{"name":"Welcome","description":"\#(words)","discount":"#))
    #expect(try CouponTerms(stored: described.json) == described)
    #expect(try terms(#"{"name":"Later"}"#, updating: described).description == words)
    let cleared = try terms(#"{"description":null}"#, updating: described)
    #expect(cleared == plain && cleared.json == plain.json)
    #expect(try CouponTerms.reading(stored: plain.json).terms.description == nil)
  }

  @Test func `two descriptions that look the same but are spelled differently are two`() throws {
    let one = try terms(object(plainCoupon, replacing: ["description": #""caf\u00e9""#]))
    let other = try terms(object(plainCoupon, replacing: ["description": #""cafe\u0301""#]))
    #expect(one != other)
  }

  @Test func `shipping is free unless told otherwise`() throws {
    let terms = try terms(object(plainCoupon, replacing: ["discount": #"{"type":"shipping"}"#]))
    #expect(terms.discount == .shipping(ShippingDiscount(percent: .whole)))
  }

  @Test func `an exclusive coupon combines with nothing unless told otherwise`() throws {
    let terms = try terms(object(plainCoupon, replacing: ["stacking": #"{"policy":"exclusive"}"#]))
    #expect(terms.stacking == .exclusive)
  }

  @Test(arguments: UInt64(1)...60)
  func `stored terms may have members of a newer version, a request's may not`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let terms = samples.terms()
    let newer = try addingMembers(to: terms.json)
    #expect(try CouponTerms(stored: newer) == terms)
    #expect(try termsFaults(text(newer)).contains("/added_later unknown_field"))
  }

  @Test(arguments: [
    #"{"all":[],"none":[]}"#, #"{"weather":{"in":["rain"]}}"#, #"{"amount":{"min":{"EUR":1},"of":"goods"}}"#,
    #"{"quantity":{"min":1,"of":"goods"}}"#, #"{"user":{"in":["ann"],"until":"2026-11-20"}}"#,
  ])
  func `a stored rule that is not understood as a whole is not read, for it could grant too much`(
    rule: String
  ) throws {
    let whole = text(try terms(object(plainCoupon)).json)
    let newer = whole.replacingOccurrences(of: #""rules":null"#, with: #""rules":\#(rule)"#)
    #expect(throws: StoredFormError.self) { try CouponTerms(stored: Array(newer.utf8)) }
  }

  @Test func `damaged stored terms say what is wrong`() {
    #expect(throws: StoredFormError.self) { try CouponTerms(stored: []) }
    let error = #expect(throws: StoredFormError.self) { try CouponTerms(stored: Array("{}".utf8)) }
    #expect(error?.faults.contains { $0.hasPrefix("/discount required") } == true)
  }
}
