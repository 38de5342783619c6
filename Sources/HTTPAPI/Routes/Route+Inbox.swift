import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let message = PathParameter<Identifier<InboxMessage>>.id("message_id", notFound: .messageNotFound)
}

extension Route {
  /// How many messages one request may bring.
  private static let messagesMax = 100

  static let inbox: [Route] = [
    Route(
      .post, "/v1/inbox", .servers,
      Operation(
        id: "takeMessages", tag: "Inbox",
        summary:
          "Take a shop's own messages: CloudEvents, one or up to 100. Each is taken once, by its source and id, in whatever order they come.",
        body: .events(.input(InboxEvent.self)), successes: [.ok(.output(InboxOutcomes.self))]),
      .deciding(takeMessages)),
    Route(
      .get, "/v1/inbox/mapping", .admin,
      Operation(
        id: "getInboxMapping", tag: "Inbox", summary: "Where the parts of the shop's messages stand.",
        successes: [.ok(.output(ShownInboxMapping.self), headers: ["ETag"])]),
      .asking(getMapping)),
    Route(
      .put, "/v1/inbox/mapping", .admin,
      Operation(
        id: "setInboxMapping", tag: "Inbox",
        summary: "Say where the parts of the shop's messages stand. What is left out is the default.",
        body: .required(.input(InboxMapping.self)),
        successes: [.ok(.output(ShownInboxMapping.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(setMapping)),
    Route(
      .post, "/v1/inbox/preview", .admin,
      Operation(
        id: "previewMessage", tag: "Inbox", summary: "What a message means by a mapping; nothing is done.",
        body: .required(.input(MessagePreviewRequest.self)), successes: [.ok(.output(InboxPreview.self))]),
      .asking(preview)),
    Route(
      .get, "/v1/inbox/messages", .admin,
      Operation(
        id: "listMessages", tag: "Inbox", summary: "Messages in one state, newest first.",
        query: MessageQuery.self, successes: [.ok(.page(of: ShownMessage.self))]),
      .asking(listMessages)),
    Route(
      .get, "/v1/inbox/messages/{message_id}", .admin,
      Operation(
        id: "getMessage", tag: "Inbox", summary: "A message, with what it said while that is kept.",
        successes: [.ok(.output(ShownMessage.self))]),
      .asking(getMessage)),
    Route(
      .post, "/v1/inbox/messages/{message_id}/replay", .admin,
      Operation(
        id: "replayMessage", tag: "Inbox",
        summary: "Take a dead or refused message again, as it is or with other data.",
        body: .optional(.input(ReplayRequest.self)), successes: [.ok(.output(InboxOutcome.self))],
        problems: [409]),
      .deciding(replay)),
    Route(
      .post, "/v1/inbox/messages/{message_id}/discard", .admin,
      Operation(
        id: "discardMessage", tag: "Inbox", summary: "Put a dead or refused message aside.",
        successes: [.ok(.output(InboxOutcome.self))], problems: [409]),
      .deciding(discard)),
  ]

  @Sendable private static func takeMessages(_ exchange: Exchange) async throws(Problem) -> Reply {
    let messages: [JSONDocument.ElementOrText]
    do throws(JSONSyntaxError) {
      messages = try JSONDocument.elements(parsing: JSONDocument.unmarked(exchange.request.body))
    } catch {
      throw Problem(error)
    }
    guard messages.count <= messagesMax else {
      throw Problem(invalid: [
        FieldError(pointer: "", code: .tooMany, message: "must have at most \(messagesMax) entries")
      ])
    }
    let bringer = InboxDesk.Bringer(
      tenant: exchange.tenant, actor: .key(exchange.caller.id), requestID: exchange.requestID)
    do throws(CommandFailure) {
      return .json(form: InboxOutcomes(data: try await exchange.inbox.take(inOrder: messages, from: bringer)))
    } catch {
      throw Problem(error)
    }
  }

  @Sendable private static func getMapping(_ exchange: Exchange) async throws(Problem) -> Reply {
    let row = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(InboxMappingRow.self, exchange.tenant)
    }
    let shown = ShownInboxMapping(row)
    return .json(form: shown, headers: [("ETag", "\"v\(shown.version)\"")])
  }

  @Sendable private static func setMapping(_ exchange: Exchange) async throws(Problem) -> Reply {
    let mapping = try exchange.body(InboxMapping.self)
    return Reply(
      try await exchange.submit(SetInboxMapping(mapping, expectedVersion: try exchange.expectedVersion())))
  }

  @Sendable private static func preview(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(MessagePreviewRequest.self)
    let mapping: InboxMapping
    if let given = request.mapping { mapping = given } else { mapping = try await exchange.inboxMapping() }
    return .json(form: InboxPreview(try exchange.document(request.message).root, by: mapping))
  }

  @Sendable private static func listMessages(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: MessageQuery.self)
    let question = MessagesOfTenant(
      of: exchange.tenant, query.state, before: query.before, limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(found, limit: query.limit)
    return .json(page.json(cursor: { $0.place.text }, { ShownMessage($0, isWhole: false).write(to: &$1) }))
  }

  @Sendable private static func getMessage(_ exchange: Exchange) async throws(Problem) -> Reply {
    .json(form: ShownMessage(try await exchange.message(), isWhole: true))
  }

  @Sendable private static func replay(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.optionalBody(ReplayRequest.self)
    let kept = try await exchange.message()
    let action: any Action<WorkingSet>
    var persons: [NamedPerson] = []
    if kept.row.state.isOpen, let body = kept.row.body {
      let mended = try exchange.mended(body, with: request.data)
      let intake = exchange.inbox.draft(
        mended.root, try await exchange.inboxMapping(), exchange.tenant, replaying: kept)
      guard let drafted = intake.action else {
        throw Problem(.messageSettled, "There is nothing to be done.")
      }
      if request.data != nil, let keeping = drafted as? KeepMessage {
        // What the shop has sent stays as it is.
        throw Problem(invalid: [keeping.fault.asFieldError])
      }
      action = await exchange.inbox.judged(drafted, exchange.tenant) ?? drafted
      persons = intake.persons
    } else {
      throw Problem(
        .messageSettled,
        "The message is \(kept.row.state.rawValue), or what it said is not kept: there is nothing to take again."
      )
    }
    return .json(form: try await exchange.settle(action, persons))
  }

  @Sendable private static func discard(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    let id = try exchange.path(PathParameters.message)
    return .json(form: try await exchange.settle(DiscardMessage(id), []))
  }
}

extension InboxFault {
  fileprivate var asFieldError: FieldError {
    FieldError(pointer: pointer, code: FieldError.Code(rawValue: code) ?? .invalidValue, message: message)
  }
}

extension Exchange {
  fileprivate var inbox: InboxDesk { InboxDesk(engine, services.identities, fraud: services.fraud) }

  fileprivate func inboxMapping() async throws(Problem) -> InboxMapping {
    do throws(CommandFailure) { return try await inbox.mapping(of: tenant) } catch { throw Problem(error) }
  }

  /// The message in the path.
  fileprivate func message() async throws(Problem) -> KeptMessage {
    let id = try path(PathParameters.message)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(InboxMessageRow.self, Owned(tenant, id))
    }
    guard let row else { throw Problem(.messageNotFound, "There is no message \(id).") }
    return KeptMessage(id: id, row: row)
  }

  fileprivate func document(_ bytes: [UInt8]) throws(Problem) -> JSONDocument {
    do throws(JSONSyntaxError) { return try JSONDocument(parsing: bytes) } catch { throw Problem(error) }
  }

  /// What a message said, with other data.
  fileprivate func mended(_ body: [UInt8], with data: [UInt8]?) throws(Problem) -> JSONDocument {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: body) } catch {
      throw Problem(.messageSettled, "The message is no JSON: its sender has to send it again.")
    }
    guard let data else { return document }
    guard document.root.kind == .object else {
      throw Problem(.messageSettled, "The message is no JSON object: its sender has to send it again.")
    }
    let text = JSONWriter.bytes(capacity: 1024) { writer in
      writer.object { writer in
        document.root.forEachMember { name, value in
          let name = name.string()
          if name.utf8.elementsEqual("data".utf8) { return }
          writer.key(named: name)
          writer.raw(value.compactBytes())
        }
        writer.key("data")
        writer.raw(data)
      }
    }
    return try self.document(text)
  }

  /// Has an action on a message decided.
  fileprivate func settle(
    _ action: any Action<WorkingSet>, _ persons: [NamedPerson]
  ) async throws(Problem) -> InboxOutcome {
    let command = PromotionCommand(
      tenant: tenant, actor: .key(caller.id), requestID: requestID, idempotency: try idempotencyKey(),
      persons: persons, action: action)
    let answer: Answer
    do throws(CommandFailure) { answer = try await engine.submit(command).answer } catch {
      throw Problem(error)
    }
    switch answer {
    case .refused(let refusal): throw Problem(refusal)
    case .ok(let reply), .created(let reply):
      guard case .entity(let entity) = reply, let outcome = entity.value as? InboxOutcome else {
        preconditionFailure("messages are answered with what became of them")
      }
      return outcome
    }
  }
}

/// The page of messages that is asked for.
private struct MessageQuery: QueryForm {
  static let formName = "InboxMessageQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var state: InboxState
  var limit: Int64
  var before: InboxPlace?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let state = walk.member(
      "state", query?.state, else: .dead, .choice(named: "InboxState"), "In this state.")
    let limit = walk.member("limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size.")
    let before = walk.optional(
      "cursor", query.flatMap(\.before), CursorForm({ InboxPlace(text: $0) }, \.text),
      "The next_cursor of an earlier page.")
    guard let state, let limit, let before else { return nil }
    return MessageQuery(state: state, limit: limit, before: before)
  }
}

extension InboxPlace {
  fileprivate var text: String { "\(at.microseconds)/\(id)" }

  fileprivate init?(text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[0]), let at = Instant(exactly: number),
      let id = Identifier<InboxMessage>(String(parts[1]))
    else { return nil }
    self.init(at: at, id: id)
  }
}
