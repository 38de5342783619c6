import CheckoutWork
import Digest
import JSON
import Ledger
import Mail
import Outgoing
import OutsideSupport
import Promotions
import Scrip
import TestSupport
import Testing

/// Mails about orders, sent to a server that is not ours, and read there by a program that is not ours.
@Suite(.needsOutside) struct MailServerTests {
  private let outside: Outside

  init() throws { outside = try #require(Outside.servers) }

  private func recipient(_ name: String) -> PersonContact.Text {
    "\(name)@r\(SecureRandom.integer(below: .max)).example"
  }

  private func sender(_ port: UInt16) throws -> SMTPSender {
    SMTPSender(try MailServer(host: "localhost", port: port, security: .none))
  }

  private func server() throws -> SMTPSender { try sender(try #require(UInt16(outside["smtp"]))) }

  private func received(_ address: PersonContact.Text) throws -> [JSONNode] {
    var mails: [JSONNode] = []
    try outside.ask("/mail/\(address)").forEachElement { mails.append($0) }
    return mails
  }

  @Test func `a confirmation arrives whole`() async throws {
    let house = try await MailHouse(try server())
    let address = recipient("ann")
    try await house.order(to: address, name: "Ännë <x>", locale: "de", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 1)
    let mail = try #require(try received(address).first)
    #expect(try received(address).count == 1 && mail["defects"]?.count == 0)
    #expect(mail["addresses"]?["To"]?["name"]?.string() == "Ännë <x>")
    #expect(mail["seconds"]?.int64() == house.clock.now.microseconds / 1_000_000)
    var texts: [String] = []
    mail["parts"]?.forEachElement { texts.append($0["text"]?.string() ?? "") }
    #expect(texts.count == 2 && texts.first?.hasPrefix("Guten Tag Ännë <x>,\n") == true)
    #expect(texts.last?.contains("Guten Tag Ännë &lt;x&gt;,") == true)
    try await house.end()
  }

  @Test func `what the server refuses is given up, and what it puts off is tried again`() async throws {
    let house = try await MailHouse(try server())
    for (number, name) in ["nobody", "later", "refused", "full"].enumerated() {
      try await house.order("o-\(number)", to: recipient(name), PayOrder(orderID: "o-\(number)"))
      _ = try await house.work()
    }
    let given = try await house.told().compactMap { $0 as? MailGivenUp }
    #expect(given.map(\.orderID) == ["o-0", "o-2"])
    #expect(given.map(\.reply) == ["550 5.1.1", "554 5.7.1"] && given.allSatisfy { $0.reason == .refused })
    #expect(
      try house.tasks().map { $0.reason ?? "" } == [
        "The mail server said 451 4.3.0.", "The mail server said 452 4.2.2.",
      ])
    try await house.end()
  }

  @Test func `what a server says to every mail has them wait for an operator, and go once it is mended`()
    async throws
  {
    let plan = Array(#"{"MAIL":[{"say":"550 5.7.1 Not from you"}]}"#.utf8)
    let port = try UInt16(#require(try outside.ask("/smtp", plan)["port"]?.int64()))
    let sender = SwitchedSender(try self.sender(port))
    let house = try await MailHouse(sender)
    let address = recipient("ann")
    try await house.order(to: address, PayOrder(orderID: "o-1"))
    for _ in 1...9 { #expect(try await house.work(after: 3600) == 0) }
    let task = try #require(try house.tasks().first)
    #expect(task.state == .parked && task.reason == "The mail server said 550 5.7.1 to the sender.")
    #expect(try await house.told().isEmpty)
    sender.use(try server())
    #expect(try await house.worker.retry(task.key))
    #expect(try await house.work() == 1)
    #expect(try received(address).count == 1)
    try await house.end()
  }

  @Test func `while nobody listens mails wait, and then all of them arrive once`() async throws {
    let closed = try #require(outside["closed"].split(separator: ":").last.flatMap { UInt16($0) })
    let away = SwitchedSender(try sender(closed))
    let house = try await MailHouse(away)
    let addresses = (1...5).map { recipient("ann\($0)") }
    for (number, address) in addresses.enumerated() {
      try await house.order("o-\(number)", to: address, PayOrder(orderID: "o-\(number)"))
    }
    for _ in 1...3 { #expect(try await house.work(after: 60) == 0) }
    #expect(try house.tasks().count == 5 && house.tasks().allSatisfy { $0.state == .waiting })
    away.use(try server())
    #expect(try await house.work(after: 3600) == 5)
    for address in addresses { #expect(try received(address).count == 1) }
    #expect(try house.tasks().isEmpty)
    try await house.end()
  }

  @Test func `a mail whose taking was not heard of comes again under the same name`() async throws {
    let house = try await MailHouse(try server())
    try await house.order(to: "cut@shop.example", PayOrder(orderID: "o-1"))
    #expect(try await house.work() == 0)
    #expect(try house.tasks().first?.state == .waiting)
    try await house.end()
  }
}
