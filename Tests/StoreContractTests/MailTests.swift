import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct MailTests {
  @Test(arguments: StoreUnderTest.all)
  func `what happens to an order of somebody who is written to leaves one piece of work`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    #expect(try shop.dueMails() == [])
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.fail)
    #expect(try shop.dueMails() == ["payment_failed o-1"])
    #expect(try shop.task(.paymentFailed) == MailTask(.paymentFailed, orderID: "o-1", number: 3))
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.pay)
    #expect(try shop.dueMails() == ["order_paid o-1", "payment_failed o-1"])
    #expect(try shop.task(.orderPaid) == MailTask(.orderPaid, orderID: "o-1", number: 5))
    try shop.check("a rebuild gives the same rows")
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `nobody is written to without an address, or where no mails are sent`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.createReachable("early")
    #expect(
      try await shop.person("u-1") == ShownPerson(pseudonym: "u-1", userID: "ann"), "no address is kept")
    try await shop.sendMails()
    _ = try await shop.create("silent", user: "u-1")
    try await shop.createReachable("nobody", customer: Customer())
    for id: OrderID in ["early", "silent", "nobody"] {
      _ = try await shop.take(.checkOut, id)
      _ = try await shop.take(.pay, id)
      #expect(try await shop.order(id)?.content.isMailed == false, "\(id)")
    }
    #expect(try shop.dueMails() == [])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a mail that is due tells of the order as it was, whatever the order becomes`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.pay)
    let task = try #require(try shop.task(.orderPaid))
    let tenant = shop.engine.tenant
    let paid = try #require(try await shop.order()?.content)
    for quantity: Int64 in [7, 9] {
      let cart = OrderShop.cart(("l1", "p1", quantity, 1000))
      _ = try await shop.engine.submit(AmendOrder(orderID: "o-1", cart: cart))
      #expect(try await shop.order()?.content.cart == cart)
      #expect(try await shop.engine.engine.mailedOrder(task, tenant: tenant)?.content == paid)
    }
    #expect(try shop.task(.orderPaid) == task)
    try shop.check("a rebuild gives the same rows")
    let other = MailTask(.orderPaid, orderID: "o-1", number: 2)
    let found = try #require(try await shop.engine.engine.mailedOrder(other, tenant: tenant))
    #expect(found.state == .paid && found.content == nil, "another fact's mail is not due")
    _ = try await shop.engine.submit(RecordMail(task, .sent("en"), attempts: 1))
    #expect(try shop.dueMails() == [])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that costs nothing is told of as well`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable(cart: OrderShop.cart(("l1", "p1", 1, 0)))
    _ = try await shop.take(.checkOut)
    #expect(try shop.task(.orderPaid)?.number == 3)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what became of a mail ends the work and is told once`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.pay)
    let task = try #require(try shop.task(.orderPaid))
    for _ in 1...2 {
      let outcome = try await shop.engine.submit(RecordMail(task, .sent("de"), attempts: 2))
      #expect(outcome.order?.version == 4)
    }
    #expect(try shop.dueMails() == [])
    #expect(try await shop.facts(MailSent.self) == [MailSent(task, language: "de", attempts: 2)])
    let unknown = MailTask(.orderPaid, orderID: "none", number: 1)
    #expect(
      try await shop.engine.submit(RecordMail(unknown, .sent("de"), attempts: 1)).refusal
        == .notFound(.order))
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a mail of a first failure does not end what is to be told of a second one`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.fail)
    let first = try #require(try shop.task(.paymentFailed))
    _ = try await shop.take(.checkOut)
    _ = try await shop.take(.fail)
    let second = try #require(try shop.task(.paymentFailed))
    #expect(first.number == 3 && second.number == 5)
    _ = try await shop.engine.submit(RecordMail(first, .sent("en"), attempts: 1))
    #expect(try shop.task(.paymentFailed) == second)
    _ = try await shop.engine.submit(
      RecordMail(second, .givenUp(.refused, reply: "550 5.1.1"), attempts: 7))
    #expect(try shop.dueMails() == [])
    #expect(
      try await shop.facts(MailGivenUp.self) == [
        MailGivenUp(second, .refused, reply: "550 5.1.1", attempts: 7)
      ])
    #expect(try await shop.facts(MailSent.self) == [])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an order that was amended still knows that its customer is written to`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    for step in [Step.checkOut, .pay] { _ = try await shop.take(step) }
    let less = OrderShop.cart(("l1", "p1", 1, 1000))
    let amended = try await shop.engine.submit(AmendOrder(orderID: "o-1", cart: less))
    #expect(amended.answer.kind == .ok, "\(amended.detail ?? "")")
    #expect(try await shop.order()?.content.isMailed == true)
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a change of the customer changes who is written to`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable()
    func change(_ customer: Customer?, isReachable: Bool) async throws -> Bool? {
      try await shop.engine.submit(
        ChangeOrder(orderID: "o-1", customer: customer, isReachable: isReachable)
      ).order?.content.isMailed
    }
    #expect(try await change(nil, isReachable: false) == true)
    #expect(try await change(Customer(userID: "u-2"), isReachable: false) == false)
    #expect(try await change(OrderShop.guest, isReachable: true) == true)
    try shop.check()
    await shop.end()
  }
}
