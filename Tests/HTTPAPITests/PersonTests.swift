import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

/// Who is named in a request is named in its answers, and nowhere in what is stored but in one row.
@Suite struct PersonTests {
  private let ann = "ann-of-the-far-north"
  private let bob = "bob-of-the-far-south"

  private func pseudonym(_ user: String, tenant: Int64 = 1) -> String {
    IdentityHash(key: Array("test".utf8)).person(UserID(user), tenant: Tenant.ID(tenant)).text
  }

  private func coupon(_ members: String) -> String {
    """
    {"name":"A gift","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"},\(members)}
    """
  }

  /// A life in which ann and bob are named wherever anybody can be; gives all coupons.
  private func live(_ service: TestService) async throws -> [String] {
    let rules =
      #""rules":{"all":[{"any":[{"not":{"user":{"in":["\#(bob)"]}}},{"user":{"not_in":["\#(ann)"]}}]}]}"#
    let owned = try await service.activeCoupon(coupon(#""code":"OWNED","owner":"\#(ann)""#))
    let given = try await service.activeCoupon(
      coupon(#""codes":[{"code":"ANNS","owner":"\#(ann)"},{"code":"BOBS","owner":"\#(bob)"}]"#))
    let ruled = try await service.activeCoupon(coupon(#""code":"RULED","limits":{"per_user":1},\#(rules)"#))
    await service.send(
      .post, "/v1/coupons/\(given)/codes",
      #"{"generate":{"count":2,"pattern":"G-#############","owner":"\#(ann)"}}"#)
    await service.send(.patch, "/v1/coupons/\(ruled)", #"{"name":"Ruled","owner":"\#(ann)"}"#)
    await service.send(.post, "/v1/quotes", Sample.quote("OWNED", "ANNS", user: ann))
    let lock = Sample.application("OWNED", order: "o-1", user: ann)
    for _ in 1...2 {
      let made = await service.send(
        .post, "/v1/applications", lock, as: .server, headers: [("Idempotency-Key", "lock")])
      #expect(made.status == 201, "\(made.text)")
    }
    let refused = await service.send(
      .post, "/v1/applications", Sample.application("OWNED", order: "o-2", user: bob), as: .server)
    #expect(refused.summary == "422 owner_mismatch")
    let second = await service.send(
      .post, "/v1/applications", Sample.application("ANNS", order: "o-3", user: ann), as: .server)
    await service.send(
      .post, "/v1/applications/\(second["id"] ?? "")/redeem",
      #"{"customer":{"user_id":"\#(ann)"},"cart":\#(Sample.cart)}"#)
    let order = #"{"id":"kept","customer":{"user_id":"\#(ann)","email":"\#(ann)@example.com"},"#
    await service.send(.post, "/v1/orders", order + #""cart":\#(Sample.cart)}"#, as: .server)
    for step in ["checkout", "confirm", "refund-rest"] {
      await service.send(.post, "/v1/orders/kept/\(step)", "", as: .server)
    }
    return [owned, given, ruled]
  }

  /// Everything that can be read about coupons and users.
  private func readings(_ coupons: [String]) -> [String] {
    [
      "/v1/coupons", "/v1/coupons?owner=\(ann)", "/v1/users/\(ann)/coupons", "/v1/users/\(bob)/coupons",
      "/v1/orders", "/v1/orders?user_id=\(ann)", "/v1/orders/kept",
    ]
      + coupons.flatMap { ["/v1/coupons/\($0)", "/v1/coupons/\($0)/versions/1", "/v1/coupons/\($0)/codes"] }
  }

  @Test func `answers name persons as their requests did, and events by pseudonyms alone`() async throws {
    let service = try await TestService()
    let coupons = try await live(service)
    for path in readings(coupons) {
      let answer = await service.send(.get, path)
      #expect(answer.status == 200)
      #expect(!answer.text.contains("person_"), "\(path): \(answer.text)")
    }
    let ruled = await service.send(.get, "/v1/coupons/\(coupons[2])").text
    #expect(ruled.contains(#""owner":"\#(ann)""#))
    #expect(ruled.contains(#"{"not":{"user":{"in":["\#(bob)"]}}},{"user":{"not_in":["\#(ann)"]}}"#))
    let own = try await service.send(.get, "/v1/coupons?owner=\(ann)").json["data"]
    #expect(own?.count == 2)
    let events = try await service.events(until: "CouponRedeemed").text
    #expect(events.contains(pseudonym(ann)) && events.contains(pseudonym(bob)))
    #expect(!events.contains(ann) && !events.contains(bob))
    _ = await service.finish()
  }

  @Test func `a pseudonym stands for the same user each time, and for another one in another tenant`() {
    #expect(pseudonym(ann) == pseudonym(ann))
    #expect(UserID(pseudonym(ann)).isPseudonym)
    #expect(pseudonym(ann) != pseudonym(ann, tenant: 2))
    #expect(pseudonym("zo\u{EB}") != pseudonym("zoe\u{308}"))
    #expect(pseudonym(pseudonym(ann)) == pseudonym(ann))
    let other = IdentityHash(key: Array("other".utf8)).person(UserID(ann), tenant: Tenant.ID(1))
    #expect(other.text != pseudonym(ann))
  }

  @Test func `what is stored names nobody but in one table, and after an erasure not even there`()
    async throws
  {
    let service = try await TestService()
    _ = try await live(service)
    await service.send(
      .delete, "/v1/persons/nobody-\(ann)", headers: [("Idempotency-Key", "nobody")])
    for user in [ann, bob] { #expect(try service.tables(holding: user) == ["person"], "\(user)") }
    let erased = await service.send(.delete, "/v1/persons/\(ann)", headers: [("Idempotency-Key", "erase")])
    #expect(
      erased.text == #"{"pseudonym":"\#(pseudonym(ann))","user_id":null,"contacts":[]}"#)
    #expect(try service.tables(holding: ann) == [])
    #expect(try service.tables(holding: bob) == ["person"])
    #expect(
      try service.tables(holding: pseudonym(ann)).isSuperset(of: ["coupon", "code", "counter", "event"]))
    #expect(!(await service.finish()).contains(ann), "a log line")
  }

  @Test func `a person who was erased is shown by pseudonym, and keeps limits and coupons when back`()
    async throws
  {
    let service = try await TestService()
    let coupons = try await live(service)
    await service.send(.delete, "/v1/persons/\(ann)")
    var shown = ""
    for path in readings(coupons) where !path.contains(ann) {
      let answer = await service.send(.get, path).text
      #expect(!answer.contains(ann), "\(path)")
      shown += answer
    }
    for member in ["owner\":\"", "not_in\":[\""] { #expect(shown.contains(member + pseudonym(ann))) }
    #expect(shown.contains(bob))
    let used = await service.send(.post, "/v1/quotes", Sample.quote("OWNED", user: ann))
    #expect(used.text.contains(#""reason":"user_limit_reached""#), "\(used.text)")
    #expect(try service.tables(holding: ann) == [], "a quote writes nothing")
    for name in [ann, pseudonym(ann)] {
      let wallet = try await service.send(.get, "/v1/users/\(name)/coupons").json["data"]
      #expect(wallet?.count == 3)
    }
    let back = await service.send(
      .post, "/v1/applications", Sample.application("RULED", order: "o-9", user: ann), as: .server)
    #expect(back.status == 201, "\(back.text)")
    #expect(await service.send(.get, "/v1/coupons/\(coupons[0])")["owner"] == ann)
    _ = await service.finish()
  }

  @Test func `an answer that is given again has the name in it for as long as it is known`() async throws {
    let service = try await TestService()
    func make() async -> TestAnswer {
      await service.send(
        .post, "/v1/coupons", coupon(#""code":"OWNED","owner":"\#(ann)""#),
        headers: [("Idempotency-Key", "k")])
    }
    let first = await make()
    #expect(first["owner"] == ann)
    let again = await make()
    #expect(again.header("Idempotency-Replayed") == "true" && again.text == first.text)
    await service.send(.delete, "/v1/persons/\(ann)")
    // The request itself says who it is.
    #expect(await make().text == first.text)
    #expect(try service.tables(holding: ann) == [])
    let id = try #require(first["id"])
    let activated = await service.send(
      .post, "/v1/coupons/\(id)/activate", headers: [("Idempotency-Key", "a")])
    #expect(activated["owner"] == pseudonym(ann))
    _ = await service.finish()
  }

  @Test func `what was shown of an erased person can be sent back`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon(coupon(#""code":"OWNED","owner":"\#(ann)""#))
    await service.send(.delete, "/v1/persons/\(ann)")
    let same = await service.send(.patch, "/v1/coupons/\(id)", #"{"owner":"\#(pseudonym(ann))"}"#)
    #expect(same.status == 200)
    #expect(same.header("ETag") == "\"v1\"", "nothing has changed")
    let named = await service.send(.patch, "/v1/coupons/\(id)", #"{"owner":"\#(ann)"}"#)
    #expect(named.header("ETag") == "\"v1\"")
    _ = await service.finish()
  }

  @Test func `persons are shown by name or by pseudonym, to administrators of their tenant`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    let user = "ann/\u{E9} +1%"
    let path = "/v1/persons/ann%2F%C3%A9%20+1%25"
    #expect(await service.send(.get, path).summary == "404 person_not_found")
    await service.send(.post, "/v1/applications", Sample.application("WELCOME10", user: user), as: .server)
    let shown = #"{"pseudonym":"\#(pseudonym(user))","user_id":"\#(user)","contacts":[]}"#
    for path in [path, "/v1/persons/\(pseudonym(user))"] {
      #expect(await service.send(.get, path).text == shown)
      #expect(await service.send(.get, path, as: .server).summary == "403 forbidden")
      #expect(await service.send(.delete, path, as: .server).summary == "403 forbidden")
      #expect(
        await service.send(.get, path, secret: service.strangerSecret).summary == "404 person_not_found")
      #expect(await service.send(.delete, path, secret: service.strangerSecret).status == 200)
    }
    #expect(await service.send(.get, "/v1/persons/ann%2Fe%CC%81%20+1%25").summary == "404 person_not_found")
    for _ in 1...2 {
      #expect(await service.send(.delete, "/v1/persons/\(pseudonym(user))").status == 200)
      #expect(await service.send(.get, path).summary == "404 person_not_found")
    }
    let events = try await service.events(until: "PersonErased").text
    #expect(events.components(separatedBy: "PersonErased").count == 2)
    #expect(await service.send(.get, "/v1/persons/%00").items == ["{user_id} invalid_value"])
    _ = await service.finish()
  }

  @Test func `two spellings that look alike are two persons`() async throws {
    let service = try await TestService()
    let (composed, decomposed) = ("zo\u{EB}", "zoe\u{308}")
    _ = try await service.activeCoupon(coupon(#""code":"OWNED","owner":"\#(composed)""#))
    let other = await service.send(
      .post, "/v1/applications", Sample.application("OWNED", user: decomposed), as: .server)
    #expect(other.summary == "422 owner_mismatch")
    let own = await service.send(
      .post, "/v1/applications", Sample.application("OWNED", user: composed), as: .server)
    #expect(own.status == 201)
    #expect(try await service.send(.get, "/v1/users/zoe%CC%88/coupons").json["data"]?.count == 0)
    #expect(try await service.send(.get, "/v1/users/zo%C3%AB/coupons").json["data"]?.count == 1)
    _ = await service.finish()
  }
}
