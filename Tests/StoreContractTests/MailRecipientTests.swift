import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct MailRecipientTests {
  private func contact(_ address: PersonContact.Text, _ name: PersonContact.Text? = nil) -> ShownContact {
    ShownContact(address: address.text, name: name?.text)
  }

  @Test(arguments: StoreUnderTest.all)
  func `each order is told to its own address, and erasing a user erases all of them`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable("o-1")
    try await shop.createReachable(
      "o-2", customer: OrderShop.ann("hash-2"), contact: PersonContact(address: "ann@work.example"))
    try await shop.createReachable(
      "o-3", customer: OrderShop.guest, contact: PersonContact(address: "ann.lee@example.com"))
    let engine = shop.engine.engine
    let recipients = try [OrderShop.ann(), OrderShop.ann("hash-2"), OrderShop.guest].map {
      try #require($0.recipient)
    }
    #expect(Set(recipients).count == 3 && recipients.allSatisfy(\.isPseudonym))
    func addresses() async throws -> [PersonContact.Text?] {
      var found: [PersonContact.Text?] = []
      for id in recipients { found.append(try await engine.contact(id, tenant: shop.engine.tenant)?.address) }
      return found
    }
    #expect(
      try await addresses() == ["Ann.Lee+shop@example.com", "ann@work.example", "ann.lee@example.com"])
    let person = try #require(try await shop.person("u-1"))
    #expect(person.userID == "ann")
    #expect(
      Set(person.contacts) == [contact("Ann.Lee+shop@example.com", "Ann"), contact("ann@work.example")])
    #expect(
      try await shop.person(recipients[2])
        == ShownPerson(pseudonym: recipients[2], userID: nil, contacts: [contact("ann.lee@example.com")]))
    for event in try await shop.opened.store.wholeLog() {
      #expect(!String(decoding: event.payload, as: UTF8.self).contains("@"))
    }
    _ = try await shop.engine.submit(ErasePerson("u-1"))
    #expect(try await addresses() == [nil, nil, "ann.lee@example.com"])
    #expect(try await shop.person("u-1") == nil)
    _ = try await shop.engine.submit(ErasePerson(recipients[2]))
    #expect(try await addresses() == [nil, nil, nil])
    for _ in 1...2 { _ = try await shop.engine.submit(ErasePerson("u-1")) }
    #expect(try await shop.facts(PersonErased.self).count == 2, "what is not known is not erased again")
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an address is written as it was told last, and not by what did nothing`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    try await shop.sendMails()
    try await shop.createReachable("o-1")
    let again = PersonContact(address: "ann.lee@example.com", name: "Ann Lee")
    try await shop.createReachable("o-1", contact: again)
    #expect(try await shop.person("u-1")?.contacts == [contact("Ann.Lee+shop@example.com", "Ann")])
    try await shop.createReachable("o-2", contact: again)
    #expect(try await shop.person("u-1")?.contacts == [contact("ann.lee@example.com", "Ann Lee")])
    await shop.end()
  }

  @Test func `whoever has told no address has no recipient`() {
    #expect(Customer().recipient == nil && Customer(userID: "u").recipient == nil)
    #expect(Customer(identityKeys: [IdentityKey(kind: .phone, value: "00")]).recipient == nil)
  }
}
