import CheckoutWork
import Ledger
import Mail
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct MailWorkTests {
  private let box = PostBox()

  private func sent(_ mail: MailKind = .orderPaid, _ number: Int64 = 3, _ language: Scrip.LanguageTag = "en")
    -> MailSent
  {
    MailSent(MailTask(mail, orderID: "o-1", number: number), language: language, attempts: 1)
  }

  @Test func `a paid order is confirmed once, in the customer's language`() async throws {
    let house = try await MailHouse(box)
    try await house.order(
      to: "Ann.Lee+x@Example.com", name: "Ann", locale: "de-AT", PayOrder(orderID: "o-1"))
    let paidAt = house.clock.now
    #expect(try await house.work(after: 100) == 1)
    #expect(try await house.work(after: 10_000) == 0)
    let mail = try #require(box.mails.first)
    #expect(box.mails.count == 1)
    #expect(mail.to == MailAddress("Ann.Lee+x@Example.com", name: "Ann"))
    #expect(mail.from == MailAddress("orders@shop.example", name: "Shop") && mail.replyTo == nil)
    #expect(mail.date == paidAt && mail.language?.description == "de")
    let stream = Order.ID(of: "o-1").description
    #expect(mail.id.description == "t1.\(stream).order_paid.3.\(paidAt.microseconds)@scrip.invalid")
    #expect(mail.subject == "Ihre Bestellung o-1")
    #expect(mail.text.contains("Guten Tag Ann,\n") && mail.text.contains("Versand (standard): €\u{A0}5,00\n"))
    #expect(mail.text.contains("1 × p1: €\u{A0}1.234,56\n") && mail.text.contains("Summe: €\u{A0}1.239,56\n"))
    #expect(!mail.text.contains("Rabatt"))
    #expect(mail.html?.contains("<td>Versand (standard)</td>") == true)
    #expect(try await house.told().map { $0.says(sent(.orderPaid, 3, "de")) } == [true])
    #expect(try house.tasks().isEmpty)
    try await house.end()
  }

  @Test func `a failed payment is told of, unless the customer is about to pay again`() async throws {
    let house = try await MailHouse(box)
    try await house.order(to: "ann@example.com", FailOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    #expect(box.mails.map(\.subject) == ["The payment of your order o-1 failed"])
    #expect(try await house.told().map { $0.says(sent(.paymentFailed, 3)) } == [true])
    for step: any Action<WorkingSet> in [
      CheckOutOrder(orderID: "o-1"), FailOrder(orderID: "o-1"), CheckOutOrder(orderID: "o-1"),
    ] { _ = try await house.shop.submit(step) }
    #expect(try await house.work() == 1)
    #expect(box.mails.count == 1)
    let outdated = MailGivenUp(
      MailTask(.paymentFailed, orderID: "o-1", number: 6), .outdated, attempts: 1)
    #expect(try await house.told().last?.says(outdated) == true)
    try await house.end()
  }

  @Test func `nothing is lost while the server is away, and each try has the same name`() async throws {
    let house = try await MailHouse(box)
    box.say(
      .temporary(reason: "nobody listens"), .temporary(reason: "The mail server said 450."), .accepted)
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    #expect(try house.tasks().map(\.reason) == ["nobody listens"])
    #expect(try await house.work(after: 9) == 0)
    #expect(box.mails.count == 1, "it rests")
    #expect(try await house.work(after: 1) == 0)
    #expect(try await house.work(after: 20) == 1)
    #expect(box.mails.count == 3 && Set(box.mails).count == 1)
    let told = try #require(try await house.told().first as? MailSent)
    #expect(told.attempts == 3)
    try await house.end()
  }

  @Test func `a mail that will never be taken is given up with what the server said`() async throws {
    let house = try await MailHouse(box)
    box.say(.permanent(reason: "The mail server said 550 5.1.1.", reply: "550 5.1.1"))
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    let task = MailTask(.orderPaid, orderID: "o-1", number: 3)
    #expect(
      try await house.told().map {
        $0.says(MailGivenUp(task, .refused, reply: "550 5.1.1", attempts: 1))
      } == [true])
    #expect(try house.tasks().isEmpty)
    try await house.end()
  }

  @Test func `a service that is not set up right has mails wait for an operator`() async throws {
    let house = try await MailHouse(nil)
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    for _ in 1...9 { _ = try await house.work(after: 3600) }
    let task = try #require(try house.tasks().first)
    #expect(task.state == .parked && task.attempts == 9)
    #expect(task.reason?.contains("--smtp") == true)
    #expect(try await house.told().isEmpty)
    try await house.end()
  }

  @Test func `a recipient who was erased meanwhile is not written to`() async throws {
    let house = try await MailHouse(box)
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    _ = try await house.shop.submit(ErasePerson("person_ann"))
    #expect(try await house.work() == 1)
    #expect(box.mails.isEmpty)
    let task = MailTask(.orderPaid, orderID: "o-1", number: 3)
    #expect(
      try await house.told().map { $0.says(MailGivenUp(task, .recipientErased, attempts: 1)) } == [true])
    try await house.end()
  }

  @Test func `nothing is sent any more once mails are turned off, or of what was called off`() async throws {
    let house = try await MailHouse(box)
    try await house.order("o-1", to: "ann@example.com", PayOrder(orderID: "o-1"), CancelOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    try await house.order("o-2", to: "ann@example.com", PayOrder(orderID: "o-2"))
    _ = try await house.shop.submit(
      ChangeSettings(TenantSettingsChange(mail: MailSettingsChange(isOn: false))))
    #expect(try await house.work() == 1)
    #expect(box.mails.isEmpty)
    #expect(
      try await house.told().compactMap { ($0 as? MailGivenUp)?.reason } == [.outdated, .mailDisabled])
    try await house.end()
  }

  @Test func `a confirmation tells what was paid, whatever is bought or given back afterwards`() async throws
  {
    let house = try await MailHouse(box)
    box.say(.temporary(reason: "nobody listens"), .temporary(reason: "nobody listens"))
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    for cart in [
      Cart.of(999_999, currency: .eur, shipping: 500), .of(777_777, currency: .eur, shipping: 500),
    ] {
      _ = try await house.shop.submit(AmendOrder(orderID: "o-1", cart: cart))
    }
    #expect(try await house.work(after: 100) == 0)
    _ = try await house.shop.submit(
      RefundOrder(orderID: "o-1", .parts(lines: [], charges: [(id: "s1", amount: 100)])))
    #expect(try await house.work(after: 100) == 1)
    #expect(box.mails.count == 3 && Set(box.mails).count == 1, "each try says the same")
    #expect(box.mails.last?.text.contains("Total: €1,239.56\n") == true, "\(box.mails.last?.text ?? "")")
    try await house.end()
  }

  @Test func `an order of which all was given back is not said to be paid`() async throws {
    let house = try await MailHouse(box)
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"), RefundOrder(orderID: "o-1", .rest))
    #expect(try await house.work() == 1)
    #expect(box.mails.isEmpty)
    #expect(try await house.told().compactMap { ($0 as? MailGivenUp)?.reason } == [.outdated])
    try await house.end()
  }

  @Test func `a mail that comes again has the same name, whatever was set meanwhile`() async throws {
    let house = try await MailHouse(box)
    box.say(.temporary(reason: "the reply was lost"))
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    let change = MailSettingsChange(sender: "hi@brand.example", senderName: "Brand")
    _ = try await house.shop.submit(ChangeSettings(TenantSettingsChange(mail: change)))
    #expect(try await house.work(after: 100) == 1)
    #expect(box.mails.map(\.from.address) == ["orders@shop.example", "hi@brand.example"])
    #expect(Set(box.mails.map(\.id)).count == 1 && Set(box.mails.map(\.date)).count == 1)
    try await house.end()
  }

  @Test func `a kept template that would go on for ever waits for an operator`() async throws {
    let house = try await MailHouse(box)
    // Nobody looks at what an action brings but the API.
    let text = String(repeating: "{{#lines}}", count: 8) + String(repeating: "{{/lines}}", count: 8) + "x"
    _ = try await house.shop.submit(
      SetMailTemplate(MailTemplateName(.orderPaid, "en"), MailTemplateText(subject: "s", text: text)))
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    let task = try #require(try house.tasks().first)
    #expect(task.state == .parked && task.reason?.contains("text, line 1, column 11") == true)
    try await house.end()
  }

  @Test func `an address that no server takes is given up without asking one`() async throws {
    let house = try await MailHouse(box)
    try await house.order(to: "änn@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    #expect(box.mails.isEmpty)
    #expect(
      try await house.told().compactMap { ($0 as? MailGivenUp)?.reason } == [.addressNotSendable])
    try await house.end()
  }

  @Test func `a mail whose command is lost is sent again under the same name`() async throws {
    let house = try await MailHouse(box)
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    house.store.inject { $0.nextWrites = 1 }
    #expect(try await house.work() == 0)
    #expect(box.mails.count == 1)
    #expect(try await house.work(after: 200) == 1)
    #expect(box.mails.count == 2 && Set(box.mails).count == 1)
    #expect(try await house.told().count == 1)
    try await house.end()
  }

  @Test func `a tenant's own address, name and words are used`() async throws {
    let house = try await MailHouse(
      box,
      settings: MailSettingsChange(
        isOn: true, sender: "hello@own.example", senderName: "Own", replyTo: "help@own.example",
        language: "fr"))
    let words = MailTemplateText(
      subject: "Commande {{order_id}} – {{shop}}", text: "{{#lines}}{{amount}}{{/lines}}\n")
    _ = try await house.shop.submit(SetMailTemplate(MailTemplateName(.orderPaid, "fr"), words))
    try await house.order(to: "ann@example.com", locale: "it-IT", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    let mail = try #require(box.mails.first)
    #expect(mail.from == MailAddress("hello@own.example", name: "Own"))
    #expect(mail.replyTo == MailAddress("help@own.example"))
    #expect(mail.subject == "Commande o-1 – Own" && mail.html == nil)
    #expect(mail.text == "1\u{202F}234,56\u{A0}€\n", "amounts are written in the words' language")
    try await house.end()
  }

  @Test func `a template that can't be filled any more waits for an operator`() async throws {
    let house = try await MailHouse(box)
    // Nobody looks at what an action brings but the API.
    let words = MailTemplateText(subject: "{{unknown}}", text: "x")
    _ = try await house.shop.submit(SetMailTemplate(MailTemplateName(.orderPaid, "en"), words))
    try await house.order(to: "ann@example.com", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    let task = try #require(try house.tasks().first)
    #expect(task.state == .parked && task.reason?.contains("subject, line 1, column 1") == true)
    _ = try await house.shop.submit(RemoveMailTemplate(MailTemplateName(.orderPaid, "en")))
    #expect(try await house.worker.retry(task.key))
    #expect(try await house.work() == 1)
    #expect(box.mails.count == 1)
    try await house.end()
  }

  @Test func `a sandbox's mails are due by its own clock`() async throws {
    let house = try await MailHouse(box)
    let start = house.clock.now.adding(seconds: 1_000_000)
    let sandbox = try await house.shop.sandbox(at: start)
    _ = try await sandbox.submit(ChangeSettings(TenantSettingsChange(mail: MailSettingsChange(isOn: true))))
    var command = sandbox.command(
      CreateOrder(
        orderID: "o-1", customer: MailHouse.customer("ann@example.com"), cart: .of(100), isReachable: true))
    command.brought = [
      NamedPerson(
        recipient: try #require(MailHouse.customer("ann@example.com").recipient),
        contact: PersonContact(address: "ann@example.com"), of: nil)
    ]
    _ = try await sandbox.engine.submit(command)
    for step: any Action<WorkingSet> in [CheckOutOrder(orderID: "o-1"), PayOrder(orderID: "o-1")] {
      _ = try await sandbox.submit(step)
    }
    #expect(try await house.work() == 1)
    #expect(box.mails.map(\.date) == [start])
    try await house.end()
  }
}
