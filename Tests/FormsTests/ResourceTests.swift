import Forms
import JSON
import Scrip
import TestSupport
import Testing

@Suite struct ResourceTests {
  @Test func `an application shows its usages and the agreed quote`() throws {
    let usage = Usage(
      id: Usage.ID(3), couponID: Coupon.ID(1), version: 2, code: try #require(CouponCode("welcome10")),
      state: .redeemed, amount: 400, counters: [.budget(try currency("USD"))])
    let application = DiscountApplication(
      id: DiscountApplication.ID(5), orderID: "o-1", state: .redeemed,
      lockedAt: try instant("2026-11-20T00:00:00Z"), expiresAt: try instant("2026-11-20T00:15:00Z"),
      settledAt: try instant("2026-11-20T00:10:00Z"), currency: try currency("USD"), discount: 400,
      total: 3598,
      snapshot: QuoteSnapshot(quote: Array(#"{"total":3598}"#.utf8), basis: []), usages: [usage])
    #expect(
      text(application.json) == """
        {"id":"application_00000000000000000000000005","order_id":"o-1","state":"redeemed","currency":"USD",\
        "discount":400,"total":3598,"locked_at":"2026-11-20T00:00:00Z","expires_at":"2026-11-20T00:15:00Z",\
        "settled_at":"2026-11-20T00:10:00Z","usages":[{"id":"usage_00000000000000000000000003",\
        "coupon_id":"coupon_00000000000000000000000001","version":2,"code":"WELCOME10","state":"redeemed",\
        "amount":400}],"given_back":[],"quote":{"total":3598}}
        """)
  }

  @Test func `a key is shown without its hash`() throws {
    let key = AccessKey(
      id: AccessKey.ID(1), tenant: Tenant.ID(1), role: .publishable, name: "Web",
      secretHash: [UInt8](repeating: 0xCD, count: 32), createdAt: try instant("2026-11-20T00:00:00Z"),
      revokedAt: try instant("2026-11-21T00:00:00Z"))
    #expect(
      text(key.json) == """
        {"id":"key_00000000000000000000000001","tenant":"tenant_1","role":"publishable","name":"Web",\
        "created_at":"2026-11-20T00:00:00Z","revoked_at":"2026-11-21T00:00:00Z"}
        """)
  }

  @Test func `a code is added by its spelling alone or with an owner and a limit`() throws {
    let plain = try read(#"" save-20 ""#) { CodeGrant(input: $0) }
    #expect(plain == CodeGrant(code: try #require(CouponCode("SAVE-20")), display: "save-20"))
    let quoted = try read(#""“Sum\u00ADmer–20”.\r\n""#) { CodeGrant(input: $0) }
    #expect(quoted == CodeGrant(code: try #require(CouponCode("SUMMER-20")), display: "Summer–20"))
    let owned = try read(#"{"code":"Ann-1","owner":"u-1","limit":2}"#) { CodeGrant(input: $0) }
    #expect(owned.owner == "u-1")
    #expect(owned.limit == 2)
    #expect(
      text(JSONWriter.bytes { owned.write(to: &$0, used: 1) }) == """
        {"code":"ANN-1","display":"Ann-1","owner":"u-1","limit":2,"generated":false,"used":1}
        """)
  }

  @Test(arguments: [
    ("\"A,B\"", " code_malformed"), (#""SUMMER-A\nSUMMER-B""#, " code_malformed"), ("5", " wrong_type"),
    ("{}", "/code required"),
    (#"{"code":"а-cyrillic"}"#, "/code code_malformed"),
    (#"{"code":"ABC","limit":0}"#, "/limit out_of_range"),
    (#"{"code":"ABC","owner":""}"#, "/owner invalid_value"),
    (#"{"code":"ABC","used":1}"#, "/used unknown_field"),
  ])
  func `a bad code is refused where it is bad`(json: String, fault: String) throws {
    #expect(try faults(json) { CodeGrant(input: $0) } == [fault])
  }

  @Test(arguments: ["1", "null", "[]", "true"])
  func `what is neither text nor object is told both`(json: String) throws {
    #expect(try messages(json) { CodeGrant(input: $0) } == ["must be a string or an object"])
  }

  @Test func `settings read back, and a change keeps what it does not name`() throws {
    let settings = TenantSettings(
      pricing: PricingPolicy(rounding: .halfEven, percentBase: .original), lockSeconds: 60,
      customerFacts: .orders)
    #expect(
      text(settings.json)
        == #"{"rounding":"half_even","percent_base":"original","lock_seconds":60,"mail_enabled":false,"#
        + #""mail_from":null,"mail_from_name":null,"mail_reply_to":null,"mail_language":null,"#
        + #""customer_facts":"orders"}"#)
    #expect(try TenantSettings(stored: settings.json) == settings)
    #expect(try TenantSettings(stored: addingMembers(to: settings.json)) == settings)
    let change = try read(#"{"lock_seconds":120}"#) { TenantSettingsChange(reading: $0) }
    #expect(change == TenantSettingsChange(lockSeconds: 120))
    #expect(
      settings.changed(by: change)
        == TenantSettings(
          pricing: settings.pricing, lockSeconds: 120, customerFacts: .orders))
    let json =
      #"{"mail_enabled":true,"mail_from":" Shop@BÜCHER.example ","mail_from_name":"Bücher","mail_language":"de"}"#
    let mailed = settings.changed(by: try read(json) { TenantSettingsChange(reading: $0) })
    #expect(
      mailed.mail
        == MailSettings(
          isOn: true, sender: "Shop@xn--bcher-kva.example", senderName: "Bücher", language: "de"))
    #expect(try TenantSettings(stored: mailed.json) == mailed)
    let less = try read(#"{"mail_from":null,"mail_reply_to":"a@b.example"}"#) {
      TenantSettingsChange(reading: $0)
    }
    #expect(
      mailed.changed(by: less).mail
        == MailSettings(isOn: true, senderName: "Bücher", replyTo: "a@b.example", language: "de"))
    let long = String(repeating: "a", count: 65)
    for address in [
      "ann", "änn@example.com", "ann@example", "a..b@shop.example", ".a@shop.example", "a.@shop.example",
      "\(long)@shop.example", #"\"a b\"@shop.example"#,
    ] {
      #expect(
        try faults(#"{"mail_from":"\#(address)"}"#) { TenantSettingsChange(reading: $0) }
          == ["/mail_from invalid_value"])
    }
  }

  @Test(arguments: ["rounding", "percent_base", "lock_seconds", "customer_facts"])
  func `null makes a setting the default, as in every edit`(name: String) throws {
    let settings = TenantSettings(
      pricing: PricingPolicy(rounding: .halfEven, percentBase: .original), lockSeconds: 60,
      customerFacts: .orders)
    let change = try read("{\"\(name)\":null}") { TenantSettingsChange(reading: $0) }
    var expected = settings
    switch name {
    case "rounding": expected.pricing.rounding = .halfUp
    case "percent_base": expected.pricing.percentBase = .running
    case "customer_facts": expected.customerFacts = .caller
    default: expected.lockSeconds = 900
    }
    #expect(settings.changed(by: change) == expected)
  }

  @Test(arguments: [
    (#"{"rounding":"up"}"#, "/rounding invalid_value"), (#"{"percent_base":1}"#, "/percent_base wrong_type"),
    (#"{"lock_seconds":59}"#, "/lock_seconds out_of_range"),
    (#"{"lock_hours":1}"#, "/lock_hours unknown_field"),
  ])
  func `bad settings are refused where they are bad`(json: String, fault: String) throws {
    #expect(try faults(json) { TenantSettings(reading: $0) } == [fault])
    #expect(try faults(json) { TenantSettingsChange(reading: $0) } == [fault])
  }
}
