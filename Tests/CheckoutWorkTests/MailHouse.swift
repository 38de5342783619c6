import CheckoutWork
import Ledger
import Mail
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

/// A shop in memory whose mails a worker sends.
struct MailHouse {
  let clock = ManualClock()
  let store: InMemoryStore
  let shop: EngineUnderTest
  let worker: DueWorker<WorkingSet>

  init(_ sender: (any MailSender)?, settings: MailSettingsChange = MailSettingsChange(isOn: true))
    async throws
  {
    let clock = clock
    store = InMemoryStore(clock: { clock.now })
    shop = try await EngineUnderTest(store: store, clock: clock)
    let committer = shop.engine.committer
    let office = MailOffice(sender, address: try #require(MailAddress("orders@shop.example")))
    worker = DueWorker(
      store: store, handlers: [MailWork.handler(shop.engine, office: office)], batchMax: 1, chance: { 0.5 },
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    _ = try await shop.submit(ChangeSettings(TenantSettingsChange(mail: settings)))
  }

  /// Somebody with an address.
  static func customer(_ address: PersonContact.Text) -> Customer {
    Customer(
      userID: "person_ann", identityKeys: [IdentityKey(kind: .email, value: ExactText(address.text))])
  }

  /// Makes an order of somebody who can be written to, and takes it somewhere.
  func order(
    _ id: OrderID = "o-1", to address: PersonContact.Text, name: PersonContact.Text? = nil,
    locale: Scrip.LanguageTag? = nil, currency: Currency = .eur, _ steps: any Action<WorkingSet>...
  ) async throws {
    var command = shop.command(
      CreateOrder(
        orderID: id, customer: MailHouse.customer(address),
        cart: .of(123_456, currency: currency, shipping: 500), locale: locale, isReachable: true))
    command.brought = [
      NamedPerson(
        recipient: try #require(MailHouse.customer(address).recipient),
        contact: PersonContact(address: address, name: name), of: "person_ann")
    ]
    _ = try await shop.engine.submit(command)
    for step in [CheckOutOrder(orderID: id)] + steps { _ = try await shop.submit(step) }
  }

  /// Lets time pass, and has all done that is due then.
  @discardableResult
  func work(after seconds: Int64 = 0) async throws -> Int {
    clock.advance(seconds: seconds)
    return try await worker.runDue()
  }

  /// What is to be done, with how it stands and what it failed with.
  func tasks() throws -> [DueEntry] { try store.find(DueWorkOfTenant(tenant: shop.tenant, limit: 100)) }

  /// The facts about mails.
  func told() async throws -> [any Fact<WorkingSet>] {
    try await shop.facts().filter { $0 is MailSent || $0 is MailGivenUp }
  }

  func end() async throws {
    #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
    await shop.stop()
  }
}

/// Takes mails, and says what it was told to say.
final class PostBox: MailSender {
  private let state = Mutex((mails: [MailMessage](), outcomes: [MailOutcome]()))

  /// What it took, or refused.
  var mails: [MailMessage] { state.withLock { $0.mails } }

  /// Says this of the next mails, one after the other; then it accepts.
  func say(_ outcomes: MailOutcome...) { state.withLock { $0.outcomes = outcomes } }

  func send(_ message: MailMessage) -> MailOutcome {
    state.withLock { state in
      state.mails.append(message)
      return state.outcomes.isEmpty ? .accepted : state.outcomes.removeFirst()
    }
  }
}

extension Currency {
  static let eur: Currency = {
    guard let euro = Currency(code: "EUR") else { preconditionFailure("the euro is a currency") }
    return euro
  }()
}

/// Sends by whichever sender is there now.
final class SwitchedSender: MailSender {
  private let sender: Mutex<any MailSender>

  init(_ sender: any MailSender) { self.sender = Mutex(sender) }

  func use(_ other: any MailSender) { sender.withLock { $0 = other } }

  func send(_ message: MailMessage) -> MailOutcome { sender.withLock { $0 }.send(message) }
}
