import Forms
import Ledger
import Mail
import Promotions
import Scrip

/// Writes mails about orders.
public struct MailWriter: Sendable {
  private let engine: Engine
  private let office: MailOffice

  /// Writes what an office sends.
  public init(_ engine: Engine, office: MailOffice) {
    self.engine = engine
    self.office = office
  }

  /// What came of writing a mail.
  enum Written: Sendable {
    /// It can be sent, in a language.
    case message(MailMessage, Scrip.LanguageTag)
    /// It is not to be sent.
    case none(MailGivenUp.Reason)
  }

  /// Why a mail can't be written: what is stored, or was set up, has to be mended first.
  public enum Failure: Error, Sendable {
    /// The store failed.
    case store(StoreFailure)
    /// There is no such order.
    case noOrder
    /// A part of the mail would be longer than any may be.
    case tooLong(TemplateMistake.Part)
    /// The template can't be filled any more.
    case template(String)  // String: told to operators, never looked up
    /// The sender's address is none.
    case sender
  }

  /// The mail that tells of something that happened to an order.
  ///
  /// - Parameter date: when that was.
  func mail(_ task: MailTask, of id: Tenant.ID, date: Instant) async throws(Failure) -> Written {
    let tenant = try await tenant(id)
    let order = try await asking { () async throws(StoreFailure) in
      try await engine.mailedOrder(task, tenant: id)
    }
    guard let order else { throw .noOrder }
    if !tenant.settings.mail.isOn { return .none(.mailDisabled) }
    guard task.mail.isTrue(of: order.state), let content = order.content else { return .none(.outdated) }
    guard let contact = try await contact(content, id) else { return .none(.recipientErased) }
    guard let to = MailAddress(contact.address.text, name: contact.name?.text) else {
      return .none(.addressNotSendable)
    }
    let chosen = try await asking { () async throws(StoreFailure) in
      try await MailTemplates.choose(task.mail, for: content.locale, of: tenant, in: engine)
    }
    let filled = try await fill(
      chosen.template.text, amounts: chosen.amounts, with: content, task.orderID,
      to: contact.name?.text ?? "", tenant)
    // Two shops may call an order the same; the moment makes the name one that no other shop's mail has.
    let name =
      "t\(id.number).\(Order.ID(of: task.orderID)).\(task.mail.rawValue).\(task.number).\(date.microseconds)"
    return .message(
      try message(name, filled, to: to, from: tenant, date: date, language: chosen.template.name.language),
      chosen.template.name.language)
  }

  /// What a customer would read.
  ///
  /// - Parameters:
  ///   - text: what the mail is to say.
  ///   - order: the order that it would be about; nil for an example.
  public func preview(
    _ text: MailTemplateText, in language: Scrip.LanguageTag, about order: OrderID?, of id: Tenant.ID
  ) async throws(Failure) -> RenderedMail {
    let tenant = try await tenant(id)
    guard let order else {
      do throws(TemplateMistakes) {
        return try await office.writing { () throws(TemplateMistakes) in
          try MailTemplates.check(text, in: language, shop: tenant.sender)
        }
      } catch { throw .template(error.sentence) }
    }
    let content = try await self.order(order, id).content.content
    let name = try await contact(content, id)?.name?.text ?? ""
    return try await fill(text, amounts: language, with: content, order, to: name, tenant)
  }

  /// A mail that says that mails arrive.
  ///
  /// - Parameter unique: a text that no other such mail has, of letters and digits.
  public func test(
    to: MailAddress, of id: Tenant.ID, unique: String, date: Instant
  ) async throws(Failure) -> MailMessage {
    let tenant = try await tenant(id)
    let words = RenderedMail(
      subject: "A test of \(tenant.sender)",
      text: "This mail was sent to see whether mails of \(tenant.sender) arrive. They do.\n", html: nil)
    return try message(
      "t\(id.number).test.\(unique)", words, to: to, from: tenant, date: date,
      language: BuiltInMailTemplates.lastLanguage)
  }

  func message(
    _ name: String, _ mail: RenderedMail, to: MailAddress, from tenant: Tenant, date: Instant,
    language: Scrip.LanguageTag
  ) throws(Failure) -> MailMessage {
    let settings = tenant.settings.mail
    let replyTo = settings.replyTo.map { MailAddress($0.text) }
    guard let from = MailAddress(settings.sender?.text ?? office.address.address, name: tenant.sender),
      replyTo == nil || replyTo ?? nil != nil, let id = MailID(name)
    else { throw .sender }
    return MailMessage(
      id: id, from: from, replyTo: replyTo ?? nil, to: to, subject: mail.subject, text: mail.text,
      html: mail.html, date: date, language: MailTemplates.mailTag(language))
  }

  /// Off the thread of whoever waits for it: a large order in a long template takes its time.
  private func fill(
    _ text: MailTemplateText, amounts: Scrip.LanguageTag, with order: OrderContent, _ id: OrderID,
    to customer: String, _ tenant: Tenant
  ) async throws(Failure) -> RenderedMail {
    try await office.writing { () throws(Failure) in
      try Self.fill(text, amounts: amounts, with: order, id, to: customer, from: tenant.sender)
    }
  }

  private static func fill(
    _ text: MailTemplateText, amounts: Scrip.LanguageTag, with order: OrderContent, _ id: OrderID,
    to customer: String, from shop: String
  ) throws(Failure) -> RenderedMail {
    let template: MailTemplate
    do throws(TemplateMistakes) {
      template = try MailTemplates.read(text, amounts: amounts, shop: shop)
    } catch { throw .template(error.sentence) }
    let discounts: [Int: Int64]
    do throws(StoredFormError) { discounts = try MailWorkData.lineDiscounts(of: order) } catch {
      throw .template("the order's quote can't be read")
    }
    let data: TemplateData
    do throws(MoneyOverflow) {
      data = try MailWorkData.of(
        order, called: id, to: customer, from: shop, amounts: MailTemplates.mailTag(amounts),
        discounts: discounts)
    } catch { throw .template("an amount is too large") }
    do throws(TemplateDataError) { return try template.render(data) } catch {
      switch error {
      case .lacking(let name): throw .template("nothing is called \(name)")
      case .tooLong(let part): throw .tooLong(part)
      }
    }
  }

  func tenant(_ id: Tenant.ID) async throws(Failure) -> Tenant {
    let found = try await asking { () async throws(StoreFailure) in try await engine.tenant(id) }
    guard let found else { throw .store(StoreFailure(kind: .corrupt, message: "a mail has no tenant")) }
    return found
  }

  /// What a tenant has said about fraud, and so about alerts.
  func fraudSettings(of id: Tenant.ID) async throws(Failure) -> FraudSettingsRow? {
    try await asking { () async throws(StoreFailure) in try await engine.row(FraudSettingsRow.self, id) }
  }

  private func order(_ id: OrderID, _ tenant: Tenant.ID) async throws(Failure) -> OrderRow {
    let row = try await asking { () async throws(StoreFailure) in
      try await engine.keptOrder(id, tenant: tenant)
    }
    guard let row else { throw .noOrder }
    return row
  }

  private func contact(_ order: OrderContent, _ tenant: Tenant.ID) async throws(Failure) -> PersonContact? {
    guard let recipient = order.customer.recipient else { return nil }
    return try await asking { () async throws(StoreFailure) in
      try await engine.contact(recipient, tenant: tenant)
    }
  }

  private func asking<Value>(
    _ body: () async throws(StoreFailure) -> Value
  ) async throws(Failure) -> Value {
    do throws(StoreFailure) { return try await body() } catch { throw .store(error) }
  }
}

extension MailWriter {
  /// Says that a part of a mail is longer than any may be.
  public static func tooLong(_ part: TemplateMistake.Part) -> String {
    "its \(part.rawValue) would have more than \(MailTemplate.renderedBytesMax) bytes, or take too much work."
  }
}

extension Tenant {
  /// Whom mails are from.
  public var sender: String { settings.mail.senderName?.text ?? name }
}

extension MailKind {
  /// Whether a mail still says what is so.
  fileprivate func isTrue(of state: OrderState) -> Bool {
    switch self {
    case .orderPaid: [.paid, .partlyRefunded].contains(state)
    case .paymentFailed: state == .failed
    }
  }
}

extension TemplateMistakes {
  /// What is wrong first.
  var sentence: String {
    guard let first = mistakes.first else { return "" }
    return "\(first.part.rawValue), line \(first.line), column \(first.column): \(first.message)"
  }
}
