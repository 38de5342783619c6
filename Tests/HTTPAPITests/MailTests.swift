import CheckoutWork
import HTTPServer
import JSON
import Ledger
import Mail
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import HTTPAPI

@Suite struct MailTests {
  private static let german = "/v1/mail-templates/order_paid/de"
  private static let words =
    #"{"subject":"Bestellung {{order_id}}","text":"{{total}}\n","html":"<b>{{total}}</b>"}"#

  /// Takes mails, and says what it was told to say.
  private final class Box: MailSender {
    private let state = Mutex((mails: [MailMessage](), outcome: MailOutcome.accepted))

    var mails: [MailMessage] { state.withLock { $0.mails } }

    func say(_ outcome: MailOutcome) { state.withLock { $0.outcome = outcome } }

    func send(_ message: MailMessage) -> MailOutcome {
      state.withLock { state in
        state.mails.append(message)
        return state.outcome
      }
    }
  }

  private func languages(_ page: TestAnswer) throws -> [String] {
    var all: [String] = []
    try page.json["data"]?.forEachElement { template in
      let mark = template["built_in"]?.bool() == true ? "" : "!"
      all.append("\(template["kind"]?.string() ?? "") \(template["language"]?.string() ?? "")\(mark)")
    }
    return all
  }

  @Test func `templates for everybody are there, and a tenant's own take their place`() async throws {
    let service = try await TestService()
    let all = ["order_paid de", "order_paid en", "payment_failed de", "payment_failed en"]
    #expect(try languages(await service.send(.get, "/v1/mail-templates")) == all)
    let builtIn = await service.send(.get, Self.german)
    #expect(builtIn.header("ETag") == "\"v0\"" && builtIn["subject"] == "Ihre Bestellung {{order_id}}")
    let made = await service.send(.put, Self.german, Self.words, headers: [("If-Match", "\"v0\"")])
    #expect(made.status == 201 && made.header("ETag") == "\"v1\"" && made.header("Location") == Self.german)
    let overtaken = await service.send(.put, Self.german, Self.words, headers: [("If-Match", "\"v0\"")])
    #expect(overtaken.summary == "412 version_conflict")
    let austrian = await service.send(.put, "/v1/mail-templates/order_paid/DE-at", Self.words)
    #expect(austrian.status == 201 && austrian["language"] == "de-AT")
    let own = [
      "order_paid de!", "order_paid de-AT!", "order_paid en", "payment_failed de", "payment_failed en",
    ]
    #expect(try languages(await service.send(.get, "/v1/mail-templates")) == own)
    var paged: [String] = []
    var cursor = ""
    repeat {
      let page = await service.send(.get, "/v1/mail-templates?limit=2\(cursor)")
      paged += try languages(page)
      cursor = page["next_cursor"].map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty
    #expect(paged == own)
    let stranger = await service.send(.get, "/v1/mail-templates", secret: service.strangerSecret)
    #expect(try languages(stranger) == all)
    #expect(await service.send(.delete, Self.german).status == 200)
    #expect(await service.send(.delete, Self.german).summary == "404 mail_template_not_found")
    #expect(await service.send(.get, Self.german)["subject"] == "Ihre Bestellung {{order_id}}")
    _ = await service.finish()
  }

  @Test(arguments: [
    (german, #"{"subject":"{{x}}","text":"t"}"#, "422 invalid_request", ["/subject unknown_name"]),
    (
      german, #"{"subject":"a\nb","text":"{{lines}}","html":"<a href={{total}}>"}"#, "422 invalid_request",
      ["/subject line_break", "/text not_showable", "/html unsafe_place"]
    ),
    (german, #"{"subject":"","text":"t"}"#, "422 invalid_request", ["/subject invalid_value"]),
    (german, #"{"text":"t"}"#, "422 invalid_request", ["/subject required"]),
    ("/v1/mail-templates/order_lost/de", words, "404 mail_template_not_found", []),
    ("/v1/mail-templates/order_paid/d", words, "422 invalid_request", ["{language} invalid_value"]),
  ])
  func `a template that is wrong is not kept`(
    path: String, body: String, summary: String, items: [String]
  ) async throws {
    let service = try await TestService()
    let answer = await service.send(.put, path, body)
    #expect(answer.summary == summary && answer.items == items)
    #expect(await service.send(.get, Self.german)["version"] == nil)
    #expect(try await service.send(.get, Self.german).json["version"]?.int64() == 0)
    _ = await service.finish()
  }

  @Test func `a draft is looked at with an example, or with an order`() async throws {
    let service = try await TestService()
    let preview = Self.german + "/preview"
    let kept = await service.send(.post, preview)
    #expect(
      kept["subject"] == "Ihre Bestellung o-4711" && kept["text"]?.contains("Guten Tag Ann Lee,") == true)
    await service.send(.patch, "/v1/settings", #"{"mail_enabled":true}"#)
    let order = #"{"id":"o-1","customer":{"email":"ann@example.com","name":"Änn"},"cart":\#(Sample.cart)}"#
    #expect(await service.send(.post, "/v1/orders", order).text.contains(#""mail":true"#))
    let draft = #"{"draft":{"subject":"{{customer_name}}","text":"{{total}}"},"order_id":"o-1"}"#
    let shown = await service.send(.post, preview, draft)
    #expect(shown["subject"] == "Änn" && shown["text"] == "44,98\u{A0}$" && shown["language"] == "de")
    let wrong = await service.send(.post, preview, #"{"draft":{"subject":"{{x}}","text":"t"}}"#)
    #expect(wrong.items == ["/draft/subject unknown_name"])
    let nothing = await service.send(.post, preview, #"{"order_id":"none"}"#)
    #expect(nothing.summary == "404 order_not_found")
    let unwritten = await service.send(.post, "/v1/mail-templates/order_paid/fr/preview")
    #expect(unwritten.summary == "404 mail_template_not_found")
    _ = await service.finish()
  }

  @Test func `a draft that would never end is refused, and one that is too long for an order`() async throws {
    let service = try await TestService()
    let lines = (1...60).map { number in
      #"{"id":"l\#(number)","product_id":"p\#(number)\#(String(repeating: "x", count: 150))","quantity":1,"unit_price":100}"#
    }
    let cart = #"{"currency":"EUR","lines":[\#(lines.joined(separator: ","))]}"#
    #expect(await service.send(.post, "/v1/orders", #"{"id":"o-1","cart":\#(cart)}"#).status == 201)
    func preview(_ text: String) async -> TestAnswer {
      let draft = #"{"draft":{"subject":"S","text":"\#(text)"},"order_id":"o-1"}"#
      return await service.send(.post, Self.german + "/preview", draft)
    }
    let nested = String(repeating: "{{#lines}}", count: 8) + String(repeating: "{{/lines}}", count: 8)
    let endless = await preview(nested + "x")
    #expect(endless.summary == "422 invalid_request" && endless.items.first == "/draft/text repeated_list")
    #expect(endless.text.contains(#""column":11,"line":1"#), "\(endless.text)")
    let long = await preview("{{#lines}}" + String(repeating: "{{product_id}}", count: 120) + "{{/lines}}")
    #expect(long.summary == "409 mail_not_written" && long["detail"]?.contains("1048576 bytes") == true)
    #expect(await preview("{{#lines}}{{product_id}}{{/lines}}").status == 200)
    _ = await service.finish()
  }

  @Test func `a line is called by its title, with its price and what coupons take off`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(
      #"{"name":"Ten","code":"TEN","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"}}"#
    )
    let cart = #"""
      {"currency":"EUR","lines":[
        {"id":"l1","product_id":"sku-8831","title":"Mug, blue","quantity":3,"unit_price":1000},
        {"id":"l2","product_id":"sku-1","quantity":1,"unit_price":0}]}
      """#
    let made = await service.send(.post, "/v1/orders", #"{"id":"o-1","codes":["TEN"],"cart":\#(cart)}"#)
    #expect(made.status == 201 && made.text.contains(#""discount":300"#), "\(made.text)")
    let text =
      "{{#lines}}{{title}} {{unit_price}}{{#is_line_discounted}} -{{line_discount}}{{/is_line_discounted}};{{/lines}}"
    let shown = await service.send(
      .post, "/v1/mail-templates/order_paid/en/preview",
      #"{"draft":{"subject":"S","text":"\#(text)"},"order_id":"o-1"}"#)
    #expect(shown["text"] == "Mug, blue €10.00 -€3.00;sku-1 €0.00;", "\(shown.text)")
    _ = await service.finish()
  }

  @Test func `a mail that is given up is counted by its reason`() async throws {
    let service = try await TestService()
    await service.send(.patch, "/v1/settings", #"{"mail_enabled":true}"#)
    let order = #"{"id":"o-1","customer":{"email":"ann@example.com"},"cart":\#(Sample.cart)}"#
    #expect(await service.send(.post, "/v1/orders", order).status == 201)
    for step in ["checkout", "confirm"] { await service.send(.post, "/v1/orders/o-1/\(step)") }
    let task = MailTask(.orderPaid, orderID: "o-1", number: 3)
    let record = RecordMail(task, .givenUp(.refused, reply: "550 5.1.1"), attempts: 1)
    _ = try await service.engine.submit(
      PromotionCommand(tenant: Tenant.ID(1), actor: .system, action: record))
    let metrics = await service.send(.get, "/metrics", as: nil).text
    #expect(metrics.contains("\nscrip_mails_given_up_total{reason=\"refused\"} 1\n"), "\(metrics)")
    #expect(metrics.contains("\nscrip_mails_given_up_total{reason=\"outdated\"} 0\n"))
    _ = await service.finish()
  }

  @Test(arguments: ["mail_from", "mail_reply_to"])
  func `a setting takes the addresses that mails can come from, and no other`(name: String) async throws {
    let service = try await TestService()
    for address in [
      "a..b@shop.example", ".a@shop.example", "\(String(repeating: "a", count: 65))@shop.example",
    ] {
      let refused = await service.send(.patch, "/v1/settings", #"{"\#(name)":"\#(address)"}"#)
      #expect(refused.summary == "422 invalid_request" && refused.items == ["/\(name) invalid_value"])
      #expect(MailAddress(address) == nil)
    }
    #expect(await service.send(.patch, "/v1/settings", #"{"\#(name)":"a.b@shop.example"}"#).status == 200)
    _ = await service.finish()
  }

  @Test func `a test is sent as mails about orders are`() async throws {
    let box = Box()
    let address = try #require(MailAddress("orders@shop.example"))
    let service = try await TestService { $0.mail = MailOffice(box, address: address) }
    let sent = await service.send(.post, "/v1/mail/test", #"{"to":"ann@example.com"}"#)
    let mail = try #require(box.mails.first)
    #expect(sent.status == 200 && sent["message_id"] == mail.id.description)
    #expect(mail.to == MailAddress("ann@example.com"))
    #expect(mail.from == MailAddress("orders@shop.example", name: "Shop"))
    #expect(await service.send(.post, "/v1/mail/test", #"{"to":"ann"}"#).items == ["/to invalid_value"])
    box.say(.misconfigured(reason: "The mail server said 535 5.7.8."))
    let refused = await service.send(.post, "/v1/mail/test", #"{"to":"ann@example.com"}"#)
    #expect(refused.summary == "409 mail_not_taken" && refused["detail"]?.contains("535 5.7.8") == true)
    #expect(await service.send(.get, "/readyz").status == 200)
    for role in [AccessKey.Role.server, .publishable] {
      let stranger = await service.send(.post, "/v1/mail/test", #"{"to":"ann@example.com"}"#, as: role)
      #expect(stranger.summary == "403 forbidden")
    }
    _ = await service.finish()
  }

  @Test func `a service without a mail server says so`() async throws {
    let service = try await TestService()
    let refused = await service.send(.post, "/v1/mail/test", #"{"to":"ann@example.com"}"#)
    #expect(refused.summary == "409 mail_not_taken" && refused["detail"]?.contains("--smtp") == true)
    _ = await service.finish()
  }

  @Test func `an address is kept where mails are sent, shown to administrators, and erased by either name`()
    async throws
  {
    let service = try await TestService()
    func order(_ id: String, _ customer: String) async -> TestAnswer {
      await service.send(
        .post, "/v1/orders", #"{"id":"\#(id)","customer":\#(customer),"cart":\#(Sample.cart)}"#, as: .server)
    }
    let guest = #"{"email":"Guest.Lee+shop@example.com","name":"Guest"}"#
    let user = #"{"user_id":"ann","email":"ann@example.com"}"#
    #expect(await order("o-0", guest)["mail"] == nil)
    #expect(try service.tables(holding: "example.com") == [])
    await service.send(.patch, "/v1/settings", #"{"mail_enabled":true}"#)
    for (id, customer) in [("o-1", guest), ("o-2", user), ("o-3", #"{"user_id":"bob"}"#)] {
      #expect(await order(id, customer).text.contains(#""mail":true"#) == (id != "o-3"))
    }
    #expect(try service.tables(holding: "example.com") == ["person"])
    let known = await service.send(.get, "/v1/persons/guest.lee@EXAMPLE.com?by=email")
    #expect(
      known.text.contains(
        #""user_id":null,"contacts":[{"email":"Guest.Lee+shop@example.com","name":"Guest"}]"#))
    #expect(
      await service.send(.get, "/v1/persons/ann").text
        .contains(#""user_id":"ann","contacts":[{"email":"ann@example.com","name":null}]"#))
    #expect(
      await service.send(.get, "/v1/persons/ann@example.com?by=email").summary == "404 person_not_found")
    #expect(await service.send(.get, "/v1/persons/ann?by=email").items == ["{user_id} invalid_value"])
    let erased = await service.send(.delete, "/v1/persons/guestlee@example.com?by=email")
    #expect(erased.status == 200, "another mailbox: nothing was known")
    #expect(try service.tables(holding: "Guest.Lee") == ["person"])
    await service.send(.delete, "/v1/persons/guest.lee@example.com?by=email")
    await service.send(.delete, "/v1/persons/ann")
    #expect(try service.tables(holding: "example.com") == [])
    _ = await service.finish()
  }
}
