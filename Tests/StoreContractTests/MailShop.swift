import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A shop whose customers are written to.
extension OrderShop {
  /// Where Ann is written to.
  static let contact = PersonContact(address: "Ann.Lee+shop@example.com", name: "Ann")

  /// A user with an address, of which the hash is this.
  static func ann(_ email: ExactText<IdentityKey> = "hash-1") -> Customer {
    Customer(userID: "u-1", identityKeys: [IdentityKey(kind: .email, value: email)])
  }

  /// A guest, known by the hash of an address.
  static let guest = Customer(identityKeys: [IdentityKey(kind: .email, value: "hash-1")])

  /// Has mails sent from now on, or not.
  func sendMails(_ isOn: Bool = true) async throws {
    let change = TenantSettingsChange(mail: MailSettingsChange(isOn: isOn))
    #expect(try await engine.submit(ChangeSettings(change)).answer.kind == .ok)
  }

  /// Has an order made by a request that told an address.
  @discardableResult
  func createReachable(
    _ id: OrderID = "o-1", customer: Customer = ann(), contact: PersonContact = contact,
    cart: Cart = OrderShop.cart, locale: LanguageTag? = nil
  ) async throws -> CommandOutcome {
    var command = engine.command(
      CreateOrder(orderID: id, customer: customer, cart: cart, locale: locale, isReachable: true))
    command.brought =
      (customer.userID.map { [NamedPerson(pseudonym: $0, userID: "ann")] } ?? [])
      + (customer.recipient.map { [NamedPerson(recipient: $0, contact: contact, of: customer.userID)] } ?? [])
    return try await engine.engine.submit(command)
  }

  /// The mails that are due.
  func dueMails() throws -> [String] {
    try opened.store.find(DueWorkOfTenant(tenant: engine.tenant, limit: 100))
      .filter { $0.key.value.kind == .mail }.map { $0.key.value.name.text }
  }

  /// What due work has to know of a mail.
  func task(_ mail: MailKind, _ id: OrderID = "o-1") throws -> MailTask? {
    let key = Owned(engine.tenant, DueKey.mail(mail, of: id))
    return try opened.store.load { $0.dueWork = [key] }.dueWork[key].map {
      try DueMail(payload: $0.payload).task
    }
  }

  /// What is known of a person.
  func person(_ pseudonym: UserID) async throws -> ShownPerson? {
    try await engine.engine.person(pseudonym, tenant: engine.tenant)
  }
}
