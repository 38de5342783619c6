import IDNA
import HTTPServer
import JSON
import Scrip
import Outgoing
import Testing

@testable import HTTPAPI

@Suite struct ThrottleTests {
  /// Quotes with one code and gives the reason why it does not apply; nil if it does.
  private func reason(
    _ service: TestService, _ code: String, user: String = "u-1", from address: String = "10.0.0.1"
  ) async throws -> String? {
    let answer = await quote(service, code, user: user, from: address)
    #expect(answer.status == 200)
    #expect(try answer.json["subtotal"]?.int64() == 3998)
    return try answer.json["not_applied"]?[0]?["reason"]?.string()
  }

  private func quote(
    _ service: TestService, _ codes: String..., user: String, from address: String = "10.0.0.1"
  ) async -> TestAnswer {
    let list = codes.map { "\"\($0)\"" }.joined(separator: ",")
    return await service.send(
      .post, "/v1/quotes", #"{"codes":[\#(list)],"customer":{"user_id":"\#(user)"},"cart":\#(Sample.cart)}"#,
      as: .publishable, from: address)
  }

  /// Tries codes that are all different, none the beginning of another.
  private func miss(
    _ service: TestService, _ numbers: Range<Int>, user: String = "u-1", from address: String = "10.0.0.1"
  ) async throws {
    for number in numbers {
      #expect(try await reason(service, "\(number)-NOPE", user: user, from: address) == "code_invalid")
    }
  }

  @Test func `ten misses by one customer at one address are too many, and waiting doubles`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    try await miss(service, 0..<10)
    let refused = await quote(service, "WELCOME10", "11-NOPE", user: "u-1")
    #expect(refused.status == 200)
    #expect(refused.header("Retry-After") == "60")
    let codes = try refused.json["not_applied"]
    for index in 0..<2 {
      #expect(codes?[index]?["reason"]?.string() == "too_many_attempts")
      #expect(codes?[index]?["facts"]?["retry_after_seconds"]?.int64() == 60)
    }
    #expect(codes?[0]?["code"]?.string() == "WELCOME10")
    #expect(try refused.json["applied"]?[0] == nil)
    #expect(try await reason(service, "x-NOPE", user: "u-2") == "code_invalid")
    service.clock.advance(.seconds(61))
    #expect(try await reason(service, "WELCOME10") == nil)
    try await miss(service, 20..<30)
    #expect(await quote(service, "40-NOPE", user: "u-1").header("Retry-After") == "120")
    let server = await service.send(.post, "/v1/quotes", Sample.quote("NOPE"), as: .server, from: "10.0.0.1")
    #expect(server.text.contains("unknown_code"))
    _ = await service.finish()
  }

  @Test func `whoever is refused codes is given prices`() async throws {
    let service = try await TestService()
    try await miss(service, 0..<10)
    let plain = await service.send(
      .post, "/v1/quotes", #"{"customer":{"user_id":"u-1"},"cart":\#(Sample.cart)}"#, as: .publishable,
      from: "10.0.0.1")
    #expect(plain.status == 200)
    #expect(plain.header("Retry-After") == nil)
    #expect(try plain.json["total"]?.int64() == 4498)
    #expect(try await reason(service, "99-NOPE") == "too_many_attempts")
    _ = await service.finish()
  }

  @Test func `bad codes that name a victim lock the victim out nowhere else`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    for address in 1...20 {
      try await miss(service, address * 10..<address * 10 + 10, user: "victim", from: "10.6.6.\(address)")
    }
    #expect(try await reason(service, "WELCOME10", user: "victim", from: "10.0.0.2") == nil)
    #expect(try await reason(service, "NOPE", user: "victim", from: "10.0.0.2") == "code_invalid")
    _ = await service.finish()
  }

  @Test func `a code that is typed letter by letter is one try`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    for code in ["WELCOME11", "HELLO-10", "SUMMER-SALE"] {
      for length in 1...code.count {
        #expect(try await reason(service, String(code.prefix(length))) == "code_invalid")
        service.clock.advance(.seconds(2))
      }
    }
    // Correcting the last letter is another try, deleting is none.
    for code in ["SUMMER-SAL", "SUMMER-SA", "SUMMER-SAX", "SUMMER-SA", "SUMMER-SAY"] {
      #expect(try await reason(service, code) == "code_invalid")
    }
    #expect(try await reason(service, "WELCOME10") == nil)
    try await miss(service, 0..<5)
    #expect(try await reason(service, "WELCOME10") == "too_many_attempts")
    _ = await service.finish()
  }

  @Test func `a longer spelling after a while is another try`() async throws {
    let service = try await TestService()
    for length in 1...10 {
      #expect(try await reason(service, String(repeating: "X", count: length)) == "code_invalid")
      service.clock.advance(.seconds(11))
    }
    #expect(try await reason(service, "Y") == "too_many_attempts")
    _ = await service.finish()
  }

  @Test func `a cart that is priced again with the same bad code misses once`() async throws {
    let service = try await TestService()
    for _ in 0..<40 {
      #expect(try await reason(service, "NOPE") == "code_invalid")
      service.clock.advance(.seconds(12))
    }
    try await miss(service, 0..<8)
    _ = await service.finish()
  }

  @Test func `misses are forgotten after the window, and codes that work are none`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    for _ in 0..<30 { #expect(try await reason(service, "WELCOME10") == nil) }
    try await miss(service, 0..<9)
    service.clock.advance(.seconds(600))
    try await miss(service, 10..<19)
    #expect(try await reason(service, "WELCOME10") == nil)
    _ = await service.finish()
  }

  @Test func `an office of fifty shoppers is not refused, an address that tries a hundred codes is`()
    async throws
  {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    for shopper in 0..<50 {
      try await miss(service, shopper * 2..<shopper * 2 + 1, user: "u-\(shopper)")
      #expect(try await reason(service, "WELCOME10", user: "u-\(shopper)") == nil)
    }
    for number in 200..<250 { try await miss(service, number..<number + 1, user: "other-\(number)") }
    #expect(try await reason(service, "WELCOME10", user: "new") == "too_many_attempts")
    #expect(try await reason(service, "WELCOME10", user: "new", from: "10.0.0.2") == nil)
    _ = await service.finish()
  }

  @Test func `whole networks of IPv6 are one address`() async throws {
    let service = try await TestService()
    for number in 0..<100 {
      try await miss(service, number..<number + 1, user: "u-\(number)", from: "2001:db8::\(number + 1)")
    }
    #expect(try await reason(service, "X", user: "x", from: "2001:db8::ffff") == "too_many_attempts")
    #expect(try await reason(service, "X", user: "x", from: "2001:db8:0:1::1") == "code_invalid")
    _ = await service.finish()
  }

  @Test func `memory is bounded, and whoever missed most is not pushed out`() throws {
    var settings = ThrottleSettings()
    let clock = TestClock()
    settings.addressesMax = 100
    settings.customersMax = 4
    settings.now = { clock.instant }
    let throttle = MissThrottle(settings)
    func caller(_ address: String, _ user: String = "u") throws -> MissThrottle.Caller {
      MissThrottle.Caller(
        tenant: Tenant.ID(1), address: try #require(ClientAddress(address)),
        customers: [IdentityKey(kind: .user, value: .init(user))])
    }
    let guesser = try caller("10.1.1.1")
    throttle.record((0..<9).map { "\($0)-NOPE" }, by: guesser)
    for number in 0..<1000 {
      clock.advance(.milliseconds(1))
      throttle.record(["NOPE"], by: try caller("10.0.\(number / 256).\(number % 256)"))
      #expect(throttle.count <= 100)
    }
    // Naming others from the same address pushes nothing out that counts more.
    for number in 0..<50 { throttle.record(["NOPE"], by: try caller("10.1.1.1", "v-\(number)")) }
    #expect(throttle.wait(for: guesser) == nil)
    throttle.record(["10-NOPE"], by: guesser)
    #expect(throttle.wait(for: guesser) == 60)
    #expect(throttle.wait(for: try caller("10.1.1.1", "other")) == nil)
    #expect(throttle.wait(for: try caller("10.1.1.2")) == nil)
  }

  @Test func `the client behind our proxies is the last address that is none of them`() throws {
    func client(_ forwarded: [String], peer: String) -> ClientAddress {
      let headers = forwarded.map { ("X-Forwarded-For", $0) }
      let request = HTTPRequest(method: .get, target: "/", headers: headers, remoteAddress: peer)
      return ClientAddress(
        of: request, proxies: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].compactMap { AddressRange($0) })
    }
    #expect(client(["6.6.6.6, 203.0.113.7"], peer: "127.0.0.1") == ClientAddress("203.0.113.7"))
    #expect(client(["6.6.6.6, 203.0.113.7", "10.2.3.4"], peer: "10.9.9.9") == ClientAddress("203.0.113.7"))
    #expect(client(["203.0.113.7"], peer: "fd00::5") == ClientAddress("203.0.113.7"))
    // Whoever is no proxy of ours is the client, whatever it says.
    #expect(client(["203.0.113.7"], peer: "198.51.100.1") == ClientAddress("198.51.100.1"))
    #expect(client([], peer: "127.0.0.1") == ClientAddress("127.0.0.1"))
    #expect(client(["nonsense"], peer: "127.0.0.1") == ClientAddress("127.0.0.1"))
    #expect(ClientAddress("2001:db8::1") == ClientAddress("2001:db8::ffff:2"))
    #expect(ClientAddress("2001:db8::1") != ClientAddress("2001:db8:0:1::1"))
    #expect(ClientAddress("::ffff:10.1.1.1") == ClientAddress("10.1.1.1"))
    #expect(ClientAddress("nonsense") == nil)
    for wrong in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x/8", "::/129"] {
      #expect(AddressRange(wrong) == nil)
    }
  }
}
