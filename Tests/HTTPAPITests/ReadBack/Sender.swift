import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import HTTPAPI

/// Sends the requests of one command and then reads everything that there is.
final class Sender: Sendable {
  let service: TestService
  private let command: String
  let count = Mutex(0)
  private let orders = Mutex<Set<[UInt8]>>([])
  private let users = Mutex<[String]>([])

  init(service: TestService, command: String) {
    self.service = service
    self.command = command
  }

  /// How many requests of the command did something.
  var accepted: Int { count.withLock { $0 } }

  func prepare() async throws { _ = try await service.activeCoupon() }

  /// Whatever is sent is done or refused for a reason that the caller can mend.
  @discardableResult
  func send(
    _ method: HTTPMethod, _ path: String, _ body: String, headers: [(String, String)] = [],
    counts: Bool = true, _ location: SourceLocation = #_sourceLocation
  ) async -> TestAnswer {
    let answer = await service.send(method, path, body, headers: headers)
    #expect(
      answer.status < 500, "\(command) \(body.prefix(300)): \(answer.text.prefix(300))",
      sourceLocation: location)
    if counts, (200...299).contains(answer.status) { count.withLock { $0 += 1 } }
    return answer
  }
}

/// Reads.
extension Sender {
  /// Reads every coupon, code, version, application, event, statistic, key and setting, checks every hash, and folds the
  /// log again.
  func readEverything() async throws {
    try await forEachPage("/v1/coupons?limit=100") { coupon in
      guard let id = coupon["id"]?.string(), let version = coupon["version"]?.int64() else { return }
      for path in ["", "/stats", "/billing-stats"] + (1...version).map({ "/versions/\($0)" }) {
        try await self.read("/v1/coupons/\(id)\(path)")
      }
      try await self.forEachPage("/v1/coupons/\(id)/codes?limit=1000") { _ in }
      try await self.readEvents("/v1/coupons/\(id)/events")
    }
    try await forEachPage("/v1/campaigns?limit=100") { campaign in
      if let id = campaign["id"]?.string() { try await self.read("/v1/campaigns/\(id)") }
    }
    try await forEachPage("/v1/orders?limit=100") { order in
      let path = "/v1/orders/\(self.escaped(Array(order["id"]?.string()?.utf8 ?? "".utf8)))"
      try await self.read(path)
      try await self.readEvents(path + "/events")
      if let payment = order["payment_id"]?.string() { try await self.read("/v1/payments/\(payment)") }
    }
    for name in ["subscription", "invoice"] {
      try await forEachPage("/v1/\(name)s?limit=50") { one in
        let path = "/v1/\(name)s/\(self.escaped(Array(one["id"]?.string()?.utf8 ?? "".utf8)))"
        try await self.read(path)
        try await self.readEvents(path + "/events")
        if name == "subscription" { try await self.read(path + "/coupons") }
      }
    }
    try await forEachPage("/v1/mail-templates?limit=2") { template in
      guard let kind = template["kind"]?.string(), let language = template["language"]?.string() else {
        return
      }
      try await self.read("/v1/mail-templates/\(kind)/\(language)")
    }
    try await readEvents("/v1/events")
    for path in ["/v1/keys", "/v1/settings", "/v1/me", "/v1/payment-settings"] { try await read(path) }
    for order in orders.withLock({ $0 }) { try await read("/v1/applications?order_id=\(escaped(order))") }
    for user in users.withLock({ $0 }) {
      try await read("/v1/users/\(escaped(Array(user.utf8)))/coupons")
      try await read("/v1/coupons?owner=\(escaped(Array(user.utf8)))")
    }
    try await checkLog()
  }

  private func checkLog() async throws {
    let store = try #require(service.store.store as? any RebuildableStore<WorkingSet>)
    #expect(try AuditVerification(of: store).findings.isEmpty)
    let rebuild = try Rebuild(of: store)
    #expect(try store.differences(to: rebuild.scratch).isEmpty, "\(command)")
  }

  @discardableResult
  func read(_ path: String) async throws -> TestAnswer {
    let answer = await service.send(.get, path)
    #expect(answer.status == 200, "\(command): GET \(path.prefix(200)): \(answer.text.prefix(300))")
    return answer
  }

  private func readEvents(_ path: String) async throws {
    let events = try EventJudge()
    var after: Int64? = 0
    while let position = after {
      let page = try await read("\(path)?limit=1000&after=\(position)").json
      var (unread, undescribed) = (0, 0)
      page["data"]?.forEachElement { if $0["data"]?.isNull ?? true { unread += 1 } }
      #expect(unread == 0, "a payload is damaged")
      page["data"]?.forEachElement { if !events.takes($0) { undescribed += 1 } }
      #expect(undescribed == 0, "an event is not what its schema says")
      after = page["has_more"]?.bool() ?? false ? page["next_after"]?.int64() : nil
    }
  }

  func forEachPage(_ path: String, _ body: (JSONNode) async throws -> Void) async throws {
    var cursor: String? = ""
    while let current = cursor {
      let page = try await read(current.isEmpty ? path : "\(path)&cursor=\(current)").json
      let entries = page["data"]
      for index in 0..<(entries?.count ?? 0) { if let entry = entries?[index] { try await body(entry) } }
      cursor = page["next_cursor"]?.string()
    }
  }

  func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }
}

/// Coupons.
extension Sender {
  private func plain(_ number: Int, _ members: [(String, String)]) -> String {
    let usual = [
      ("name", "\"x\""), ("code", "\"CODE-\(number)\""), ("discount", #"{"type":"percent","percent":"10"}"#),
      ("stacking", #"{"policy":"open"}"#),
    ]
    let named = Set(members.map(\.0))
    return Extremes.object(usual.filter { !named.contains($0.0) } + members)
  }

  func createCoupons() async throws {
    var number = 0
    for member in Extremes.couponMembers {
      number += 1
      await send(.post, "/v1/coupons", plain(number, [member]))
    }
    for members in windows {
      number += 1
      await send(.post, "/v1/coupons", plain(number, members))
    }
    for text in Extremes.jsonTexts(max: 400) {
      number += 1
      await send(.post, "/v1/coupons", plain(number, [("code", text)]))
    }
    let codes = Extremes.list((0..<10_000).map { #"{"code":"MANY-\#($0)","owner":"u","limit":1000000000}"# })
    await send(.post, "/v1/coupons", plain(number, [("codes", codes), ("code", "null")]))
    note(users: Extremes.texts(max: 200))
  }

  /// Windows that begin or end at an end of the calendar, alone and together, in zones at the ends of the world.
  private var windows: [[(String, String)]] {
    var windows: [[(String, String)]] = []
    for zone in Extremes.zones {
      for date in Extremes.dates {
        for member in ["starts_at", "ends_at"] {
          windows.append([(member, Extremes.json(date)), ("time_zone", Extremes.json(zone))])
        }
      }
      windows.append([
        ("starts_at", #""0000-01-02""#), ("ends_at", #""9999-12-30""#), ("time_zone", Extremes.json(zone)),
      ])
    }
    return windows
  }

  func updateCoupons() async throws {
    let id = try await service.activeCoupon(Sample.coupon(code: "EDITED"))
    _ = try await service.lock("EDITED", order: "edited")
    note(order: "edited")
    for member in Extremes.couponMembers {
      await send(.patch, "/v1/coupons/\(id)", Extremes.object([member]))
    }
    for members in windows {
      await send(.patch, "/v1/coupons/\(id)", #"{"starts_at":null,"ends_at":null}"#, counts: false)
      await send(.patch, "/v1/coupons/\(id)", Extremes.object(members))
      await send(.patch, "/v1/coupons/\(id)", #"{"time_zone":"Pacific/Kiritimati"}"#, counts: false)
    }
    note(users: Extremes.texts(max: 200))
  }

  func changeStates() async throws {
    let id = try await service.activeCoupon(Sample.coupon(code: "STATES"))
    for reason in Extremes.jsonTexts(max: 200) {
      await send(.post, "/v1/coupons/\(id)/disable", #"{"reason":\#(reason)}"#)
      await send(.post, "/v1/coupons/\(id)/activate", "")
    }
    await send(.post, "/v1/coupons/\(id)/archive", "")
  }

  func addCodes() async throws {
    let id = try await service.activeCoupon(Sample.coupon(code: "CODES"))
    for text in Extremes.jsonTexts(max: 400) + [Extremes.json("A-9" + String(repeating: "Z_", count: 18))] {
      await send(.post, "/v1/coupons/\(id)/codes", #"{"codes":[\#(text)]}"#)
    }
    for (number, owner) in Extremes.jsonTexts(max: 200).enumerated() {
      await send(
        .post, "/v1/coupons/\(id)/codes",
        #"{"codes":[{"code":"OWNED-\#(number)","owner":\#(owner),"limit":\#(number == 0 ? 1 : 1_000_000_000)}]}"#
      )
    }
    await send(.post, "/v1/coupons/\(id)/codes", #"{"generate":{"count":10000,"pattern":"GEN-########"}}"#)
    await send(
      .post, "/v1/coupons/\(id)/codes",
      #"{"generate":{"count":1,"pattern":"\#(String(repeating: "#", count: 40))"}}"#)
    note(users: Extremes.texts(max: 200))
  }
}

/// Orders.
extension Sender {
  static let line = #"{"id":"l1","product_id":"p1","quantity":2,"unit_price":1999}"#

  static func cart(_ lines: [String], _ more: String = "") -> String {
    #"{"currency":"USD","lines":\#(Extremes.list(lines))\#(more)}"#
  }

  static var carts: [String] {
    let texts = Extremes.jsonTexts(max: 200)
    let many = (0..<500).map {
      #"{"id":"l\#($0)","product_id":"p","quantity":200,"unit_price_decimal":"0.00000001"}"#
    }
    let charges = (0..<20).map { #"{"id":"s\#($0)","method":"m","amount":\#($0)}"# }
    let prices = ["0", "1", Extremes.amountMax, "92233720368", "9223372036854775807"]
    let decimals = ["0", "0.00000001", "92233720368.54775807", "1.5", "12345678.12345678"]
    return texts.map {
      cart([
        #"{"id":\#($0),"product_id":\#($0),"title":\#($0),"seller_id":\#($0),"quantity":1,"unit_price":100}"#
      ])
    }
      + Extremes.jsonTexts(max: 100).map {
        cart(
          [#"{"id":"l","product_id":"p","categories":[\#($0)],"quantity":1,"unit_price":100}"#],
          #","channel":\#($0),"payment_method":\#($0),"shipping":[{"id":\#($0),"method":\#($0),"amount":0}]"#)
      }
      + prices.map { cart([#"{"id":"l","product_id":"p","quantity":1,"unit_price":\#($0)}"#]) }
      + decimals.map {
        cart([#"{"id":"l","product_id":"p","quantity":10000,"unit_price_decimal":"\#($0)"}"#])
      }
      + [
        cart(many), cart([line], #","prices_include_tax":true,"shipping":\#(Extremes.list(charges))"#),
        cart([line], #","shipping":[{"id":"s","method":"m","amount":\#(Extremes.amountMax)}]"#),
        #"{"currency":"JPY","lines":[{"id":"l","product_id":"p","quantity":10000,"unit_price":900719925474}]}"#,
      ]
  }

  static var customers: [String] {
    let members = ["user_id", "email", "phone", "device_id", "payment_fingerprint"]
    let segments = Extremes.list((0..<100).map { Extremes.json("s\($0)") })
    return ["{}"]
      + members.flatMap { member in Extremes.jsonTexts(max: 200).map { #"{"\#(member)":\#($0)}"# } }
      + [#"{"segments":\#(segments),"first_order":false,"country":"DE"}"#, #"{"phone":"+491234567890123"}"#]
      + [
        "ann@example.com", "\u{FC}@b\u{FC}cher.example",
        String(repeating: "a", count: 64) + "@" + String(repeating: "b.", count: 120) + "example",
      ]
      .map { #"{"email":\#(Extremes.json($0))}"# }
  }

  static var redemptions: [String] {
    ["", "{}", #"{"expected_total":0}"#, #"{"expected_total":9223372036854775807}"#]
      + carts.map { #"{"cart":\#($0)}"# }
      + customers.map { #"{"cart":\#(cart([line])),"customer":\#($0)}"# }
  }

  static var reasons: [String] { ["", "{}"] + Extremes.jsonTexts(max: 200).map { #"{"reason":\#($0)}"# } }

  static let extensions = [
    "", #"{"ttl_seconds":60}"#, #"{"ttl_seconds":604800}"#, #"{"ttl_seconds":604801}"#,
  ]

  private func apply(
    order: String, codes: String = #"["WELCOME10"]"#, customer: String = "{}", cart: String? = nil,
    more: String = "", counts: Bool = true
  ) async -> TestAnswer {
    note(order: order)
    let body = """
      {"order_id":\(Extremes.json(order)),"codes":\(codes),"customer":\(customer),\
      "cart":\(cart ?? Sender.cart([Sender.line]))\(more)}
      """
    return await send(.post, "/v1/applications", body, counts: counts)
  }

  func applyCodes() async throws {
    _ = try await service.activeCoupon(
      Sample.coupon(
        code: "LIMITED",
        limits:
          #"{"per_user":1000000,"per_period":[{"period":"week","total":1000000}],"budget":{"USD":\#(Extremes.amountMax)}}"#
      ))
    for order in Extremes.texts(max: 200) { _ = await apply(order: order) }
    for (number, cart) in Sender.carts.enumerated() { _ = await apply(order: "cart-\(number)", cart: cart) }
    for (number, customer) in Sender.customers.enumerated() {
      _ = await apply(order: "customer-\(number)", codes: #"["WELCOME10","LIMITED"]"#, customer: customer)
    }
    for (number, code) in Extremes.jsonTexts(max: 400).enumerated() {
      _ = await apply(order: "code-\(number)", codes: #"["WELCOME10",\#(code)]"#)
    }
    for seconds in ["60", "604800"] {
      _ = await apply(order: "ttl-\(seconds)", more: #","ttl_seconds":\#(seconds)"#)
    }
    for key in ["k", "~!\"'\\", String(repeating: "k", count: 255)] {
      await send(
        .post, "/v1/applications", Sample.application("WELCOME10", order: "kept"),
        headers: [("Idempotency-Key", key), ("X-Request-Id", key)])
    }
  }

  func settle(_ verb: String, _ bodies: [String]) async throws {
    for (number, body) in bodies.enumerated() {
      let made = await apply(order: "order-\(number)", customer: #"{"user_id":"ann"}"#, counts: false)
      await send(.post, "/v1/applications/\(try #require(made["id"]))/\(verb)", body)
    }
  }

  func changeApplications() async throws {
    _ = try await service.activeCoupon(Sample.coupon(code: "OTHER"))
    let (usualCart, usualCodes) = (Sender.cart([Sender.line]), #"["OTHER"]"#)
    let changes =
      Sender.carts.map { (usualCodes, "{}", $0) } + Sender.customers.map { (usualCodes, $0, usualCart) }
      + Extremes.jsonTexts(max: 400).map { (#"["OTHER",\#($0)]"#, "{}", usualCart) }
    for (number, (codes, customer, cart)) in changes.enumerated() {
      let made = await apply(order: "order-\(number)", customer: #"{"user_id":"ann"}"#, counts: false)
      let id = try #require(made["id"])
      await send(
        .post, "/v1/applications/\(id)/change",
        #"{"codes":\#(codes),"customer":\#(customer),"cart":\#(cart)}"#)
    }
  }

  func restore() async throws {
    _ = try await service.activeCoupon(
      #"{"name":"R","code":"RESTORED","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"},"#
        + #""restore_on":["canceled","fully_refunded"]}"#)
    for (number, reason) in Extremes.jsonTexts(max: 200).enumerated() {
      let made = await apply(
        order: "order-\(number)", codes: #"["RESTORED"]"#, customer: #"{"user_id":"ann"}"#, counts: false)
      let id = try #require(made["id"])
      await send(.post, "/v1/applications/\(id)/redeem", "", counts: false)
      let cause = number % 2 == 0 ? "canceled" : "fully_refunded"
      await send(.post, "/v1/applications/\(id)/restore", #"{"cause":"\#(cause)","reason":\#(reason)}"#)
    }
  }

  func revokeLocks() async throws {
    let id = try await service.activeCoupon(Sample.coupon(code: "REVOKED", limits: #"{"per_user":100}"#))
    for (number, user) in Extremes.jsonTexts(max: 200).enumerated() {
      _ = await apply(
        order: "order-\(number)", codes: #"["REVOKED"]"#, customer: #"{"user_id":\#(user)}"#, counts: false)
    }
    await send(.post, "/v1/coupons/\(id)/disable", #"{"reason":"r","revoke_locks":true}"#)
  }

  func tidyLocks() async throws {
    for order in Extremes.texts(max: 200) { _ = await apply(order: order, counts: false) }
    service.clock.advance(.seconds(10_000))
    let tidied = try await service.engine.committer.tidier.sweep()
    count.withLock { $0 += tidied }
  }
}

/// Access.
extension Sender {
  func createKeys() async throws {
    for name in Extremes.jsonTexts(max: 200) {
      await send(.post, "/v1/keys", #"{"role":"server","name":\#(name)}"#)
    }
  }

  func revokeKeys() async throws {
    for name in Extremes.jsonTexts(max: 100) {
      let made = await send(.post, "/v1/keys", #"{"role":"server","name":\#(name)}"#, counts: false)
      guard let id = made["id"] else { continue }
      await send(.post, "/v1/keys/\(id)/revoke", "")
    }
  }

  func changeSettings() async throws {
    let lengths = [TenantSettings.lockSecondsRange.lowerBound, TenantSettings.lockSecondsRange.upperBound]
    for rounding in Rounding.allCases {
      for base in PricingPolicy.PercentBase.allCases {
        for seconds in lengths {
          await send(
            .patch, "/v1/settings",
            #"{"rounding":"\#(rounding.rawValue)","percent_base":"\#(base.rawValue)","lock_seconds":\#(seconds)}"#
          )
        }
        for facts in CustomerFacts.allCases {
          await send(.patch, "/v1/settings", #"{"customer_facts":"\#(facts.rawValue)"}"#)
        }
      }
    }
    try await changeMailSettings()
  }

  func defineCampaigns() async throws {
    var id: String?
    let members =
      Extremes.jsonTexts(max: 200).map { ("name", $0) }
      + Extremes.jsonTexts(max: 2000).map { ("description", $0) }
      + [("description", "null"), ("limits", "{}"), ("limits", #"{"total":1000000000}"#)]
      + Extremes.amounts.map { ("limits", #"{"budget":\#($0)}"#) }
    for member in members {
      let usual = member.0 == "name" ? [] : [("name", "\"x\"")]
      let made = await send(.post, "/v1/campaigns", Extremes.object(usual + [member]))
      id = id ?? made["id"]
      await send(.patch, "/v1/campaigns/\(try #require(id))", Extremes.object([member]))
    }
  }

  func erasePersons() async throws {
    for (number, user) in Extremes.texts(max: 200).enumerated() where !user.utf8.contains(0) {
      let customer = #"{"user_id":\#(Extremes.json(user))}"#
      _ = await apply(order: "order-\(number)", customer: customer, counts: false)
      for key in ["erase-\(number)", "again-\(number)"] {
        await send(
          .delete, "/v1/persons/\(escaped(Array(user.utf8)))", "", headers: [("Idempotency-Key", key)])
      }
    }
  }

  func createTenants() async throws {
    for (number, name) in Extremes.texts(max: 200).enumerated() where !name.contains("\u{0}") {
      try await submit(CreateTenant(name: name), of: Tenant.ID(Int64(number) + 10))
    }
    try await submit(CreateTenant(name: "last"), of: Tenant.ID(Int64.max))
  }

  func advanceTestClocks() async throws {
    let moments = Extremes.dates.compactMap { Instant(rfc3339: $0) }
    for (number, start) in moments.enumerated() {
      let tenant = Tenant.ID(Int64(number) + 10)
      try await submit(CreateTenant(name: "Sandbox", testClock: start), of: tenant)
      for moment in moments { try await submit(AdvanceTestClock(to: moment), of: tenant) }
    }
  }

  func submit(_ action: any Action<WorkingSet>, of tenant: Tenant.ID = Tenant.ID(1)) async throws {
    let outcome = try await service.engine.submit(
      PromotionCommand(tenant: tenant, actor: .commandLine, action: action))
    if case .refused = outcome.answer.kind { return }
    count.withLock { $0 += 1 }
  }
}

/// What is to be read again.
extension Sender {
  private func note(order: String) {
    if !order.utf8.contains(0) { orders.withLock { _ = $0.insert(Array(order.utf8)) } }
  }

  func note(users: [String]) {
    self.users.withLock { $0 += users.filter { !$0.contains("\u{0}") && !$0.isBlank } }
  }
}
