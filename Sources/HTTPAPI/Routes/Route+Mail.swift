import CheckoutWork
import Digest
import Forms
import HTTPServer
import JSON
import Ledger
import Mail
import Promotions
import Scrip

extension PathParameters {
  static let mailKind = PathParameter<MailKind>(
    "kind", { text in MailKind.allCases.first { $0.rawValue.hasSameBytes(as: text) } },
    else: Problem(.mailTemplateNotFound, "There are no mails of this kind."),
    { _ in textSchema(0...Int.max).with("enum", .list(MailKind.allCases.map { .text($0.rawValue) })) })
  static let mailLanguage = PathParameter<Scrip.LanguageTag>(
    "language", { text in Mail.LanguageTag(text).map { Scrip.LanguageTag($0.description).inUsualCase } },
    else: Problem(invalid: [
      FieldError(
        pointer: "{language}", code: .invalidValue, message: "must be a language tag, such as \"de-DE\"")
    ]),
    { LanguageTagForm().schema(&$0) })
}

extension Route {
  static let mail: [Route] = [
    Route(
      .get, "/v1/mail-templates", .admin,
      Operation(
        id: "listMailTemplates", tag: "Mail",
        summary: "What mails say: the tenant's own words, and those that are there for everybody.",
        query: MailTemplateQuery.self, successes: [.ok(.page(of: StoredMailTemplate.self))]),
      .asking(listTemplates)),
    Route(
      .get, "/v1/mail-templates/{kind}/{language}", .admin,
      Operation(
        id: "getMailTemplate", tag: "Mail",
        summary: "What mails of a kind say in a language: the tenant's own words, or those for everybody.",
        successes: [.ok(.output(StoredMailTemplate.self), headers: ["ETag"])]),
      .asking(getTemplate)),
    Route(
      .put, "/v1/mail-templates/{kind}/{language}", .admin,
      Operation(
        id: "setMailTemplate", tag: "Mail",
        summary:
          "Have mails of a kind say something else in a language. What is wrong with it is told, and not kept.",
        body: .required(.input(MailTemplateText.self)),
        successes: [
          .created(.output(StoredMailTemplate.self), headers: ["ETag", "Location"]),
          .ok(.output(StoredMailTemplate.self), headers: ["ETag"]),
        ], problems: [412]),
      .deciding(setTemplate)),
    Route(
      .delete, "/v1/mail-templates/{kind}/{language}", .admin,
      Operation(
        id: "removeMailTemplate", tag: "Mail",
        summary: "Take the tenant's own words away. The answer is what they were.",
        successes: [.ok(.output(StoredMailTemplate.self), headers: ["ETag"])], problems: [412]),
      .deciding(removeTemplate)),
    Route(
      .post, "/v1/mail-templates/{kind}/{language}/preview", .admin,
      Operation(
        id: "previewMail", tag: "Mail",
        summary:
          "A mail as its reader would see it: of a draft or of what is kept, about an order or an example.",
        body: .optional(.input(MailPreviewRequest.self)), successes: [.ok(.output(MailPreview.self))],
        problems: [409]),
      .asking(preview)),
    Route(
      .post, "/v1/mail/test", .admin,
      Operation(
        id: "testMail", tag: "Mail",
        summary: "Send a mail that says nothing, as mails about orders are sent.",
        body: .required(.input(TestMailRequest.self)), successes: [.ok(.output(TestMailAnswer.self))],
        problems: [409]),
      .deciding(sendTest)),
  ]

  /// The tenant's own first where both have a name, so that a page is of one order.
  @Sendable private static func listTemplates(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: MailTemplateQuery.self)
    let question = MailTemplatesOfTenant(
      of: exchange.tenant, after: query.after, limit: Int(query.limit) + 1)
    let own = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let builtIn = BuiltInMailTemplates.all.filter { template in
      (query.after.map { template.name > $0 } ?? true) && !own.contains { $0.name == template.name }
    }
    let page = Page((own + builtIn).sorted { $0.name < $1.name }, limit: query.limit)
    return .json(page.json(cursor: { $0.name.place }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getTemplate(_ exchange: Exchange) async throws(Problem) -> Reply {
    let template = try await exchange.mailTemplate()
    return .json(template.json, headers: [("ETag", "\"v\(template.version)\"")])
  }

  @Sendable private static func setTemplate(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.mailTemplateName()
    let text = try exchange.body(MailTemplateText.self)
    try await exchange.check(text, in: name.language, place: "")
    let action = SetMailTemplate(name, text, expectedVersion: try exchange.expectedVersion())
    return Reply(try await exchange.submit(action))
  }

  @Sendable private static func removeTemplate(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.mailTemplateName()
    return Reply(
      try await exchange.submit(RemoveMailTemplate(name, expectedVersion: try exchange.expectedVersion())))
  }

  @Sendable private static func preview(_ exchange: Exchange) async throws(Problem) -> Reply {
    let name = try exchange.mailTemplateName()
    let request = try exchange.optionalBody(MailPreviewRequest.self)
    if let draft = request.draft { try await exchange.check(draft, in: name.language, place: "/draft") }
    let text: MailTemplateText
    if let draft = request.draft { text = draft } else { text = try await exchange.mailTemplate().text }
    let mail: RenderedMail
    do throws(MailWriter.Failure) {
      mail = try await exchange.mailWriter.preview(
        text, in: name.language, about: request.orderID, of: exchange.tenant)
    } catch {
      throw Problem(error)
    }
    return .json(
      form: MailPreview(language: name.language, subject: mail.subject, text: mail.text, html: mail.html))
  }

  @Sendable private static func sendTest(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(TestMailRequest.self)
    guard let to = MailAddress(request.to) else {
      throw Problem(invalid: [
        FieldError(
          pointer: "/to", code: .invalidValue,
          message: "must be an e-mail address whose part before the @ is plain ASCII")
      ])
    }
    let message: MailMessage
    do throws(MailWriter.Failure) {
      message = try await exchange.mailWriter.test(
        to: to, of: exchange.tenant, unique: RequestMarks.fresh(), date: exchange.engine.store.now)
    } catch {
      throw Problem(error)
    }
    switch await exchange.services.configuration.mail.test(message) {
    case .accepted: return .json(form: TestMailAnswer(messageID: message.id.description))
    case .temporary(let reason), .permanent(let reason, _), .misconfigured(let reason):
      throw Problem(.mailNotTaken, "The mail was not taken: \(reason)")
    }
  }
}

extension Exchange {
  fileprivate var mailWriter: MailWriter { MailWriter(engine, office: services.configuration.mail) }

  /// Refuses a template that can't be kept; off the loop, since it may be long.
  fileprivate func check(
    _ text: MailTemplateText, in language: Scrip.LanguageTag, place: String
  ) async throws(Problem) {
    do throws(TemplateMistakes) {
      try await services.configuration.mail.writing { () throws(TemplateMistakes) in
        _ = try MailTemplates.check(text, in: language, shop: "The Shop")
      }
    } catch {
      throw Problem(error, in: place)
    }
  }

  fileprivate func mailTemplateName() throws(Problem) -> MailTemplateName {
    MailTemplateName(try path(PathParameters.mailKind), try path(PathParameters.mailLanguage))
  }

  /// The template in the path.
  fileprivate func mailTemplate() async throws(Problem) -> StoredMailTemplate {
    let name = try mailTemplateName()
    let own = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.mailTemplates([name], tenant: tenant)[name]
    }
    if let template = own ?? BuiltInMailTemplates.named(name) { return template }
    throw Problem(.mailTemplateNotFound, "Nothing is written for mails of this kind in this language.")
  }
}

extension Problem {
  /// What is wrong with a template that stands at a place of the request.
  fileprivate init(_ error: TemplateMistakes, in place: String) {
    self.init(
      .invalidRequest, "The template can't be kept as it is.",
      items: error.mistakes.prefix(100).map { mistake in
        Refusal.Item(
          pointer: "\(place)/\(mistake.part.rawValue)", code: mistake.code.rawValue, message: mistake.message,
          facts: ["line": .integer(Int64(mistake.line)), "column": .integer(Int64(mistake.column))])
      })
  }

  fileprivate init(_ failure: MailWriter.Failure) {
    switch failure {
    case .store(let failure): self.init(failure)
    case .noOrder: self.init(.notFound(.order), "There is no order of this name.")
    case .tooLong(let part):
      self.init(.mailNotWritten, "The mail can't be written: \(MailWriter.tooLong(part))")
    case .template(let mistake):
      self.init(.mailNotWritten, "The template can't be filled: \(mistake)")
    case .sender:
      self.init(.mailNotWritten, "The sender's address is none that mails can come from: see the settings.")
    }
  }
}

/// The page of templates that is asked for.
private struct MailTemplateQuery: QueryForm {
  static let formName = "MailTemplateQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: MailTemplateName?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member("limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size.")
    let after = walk.optional(
      "cursor", query.flatMap(\.after), CursorForm({ MailTemplateName(place: $0) }, \.place),
      "The next_cursor of an earlier page.")
    guard let limit, let after else { return nil }
    return MailTemplateQuery(limit: limit, after: after)
  }
}

extension MailTemplateName {
  /// Its place in a list: no kind has a slash in it.
  fileprivate var place: String { "\(mail.rawValue)/\(language)" }

  fileprivate init?(place: String) {
    let parts = place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let mail = MailKind(rawValue: String(parts[0])),
      let language = Mail.LanguageTag(String(parts[1]))
    else { return nil }
    self.init(mail, Scrip.LanguageTag(language.description))
  }
}

/// Whom a test goes to.
private struct TestMailRequest: RequestForm {
  static let formName = "TestMailRequest"
  static let formExamples = [#"{"to": "ann@example.com"}"#]

  var to: String  // String: an address, never looked up

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    walk.required("to", request?.to, .text(3...254), "An e-mail address.").map { TestMailRequest(to: $0) }
  }
}

/// What became of a test.
private struct TestMailAnswer: ObjectForm {
  static let formName = "TestMail"
  static let formNote: StaticString? = "The mail was taken by a mail server, or stands in the mail folder."

  var messageID: String  // String: shown, never looked up

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ answer: Self?) -> Self? {
    walk.required("message_id", answer?.messageID, .text()).map { TestMailAnswer(messageID: $0) }
  }
}
