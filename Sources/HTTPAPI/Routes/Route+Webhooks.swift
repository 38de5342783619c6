import IDNA
import CheckoutWork
import Digest
import Forms
import JSON
import Ledger
import Outgoing
import Promotions
import Scrip
import WebhookWork

extension PathParameters {
  static let webhook = PathParameter<Webhook.ID>.id("webhook_id", notFound: .webhookNotFound)
  static let webhookDelivery = PathParameter<WebhookDelivery.ID>(
    "delivery_id", { WebhookDelivery.ID($0) },
    else: Problem(.deliveryNotFound, "Nothing is remembered of such a message to this webhook."),
    { IdentifierForm<WebhookDeliverySubject>().schema(&$0) })
}

extension Route {
  static let webhooks: [Route] = [
    Route(
      .post, "/v1/webhooks", .admin,
      Operation(
        id: "createWebhook", tag: "Webhooks",
        summary: "Have events sent to an endpoint as they happen. The secret is shown this once.",
        body: .required(.input(NewWebhookRequest.self)),
        successes: [
          .created(.output(ShownWebhook.self), headers: ["ETag", "Location", "Cache-Control"])
        ], problems: [409]),
      .deciding(createWebhook)),
    Route(
      .get, "/v1/webhooks", .admin,
      Operation(
        id: "listWebhooks", tag: "Webhooks", summary: "Endpoints to which events are sent, newest first.",
        query: WebhookListQuery.self, successes: [.ok(.page(of: ShownWebhook.self))]),
      .asking(listWebhooks)),
    Route(
      .get, "/v1/webhooks/{webhook_id}", .admin,
      Operation(
        id: "getWebhook", tag: "Webhooks", summary: "An endpoint, without its secrets.",
        successes: [.ok(.output(ShownWebhook.self), headers: ["ETag"])]),
      .asking(getWebhook)),
    Route(
      .patch, "/v1/webhooks/{webhook_id}", .admin,
      Operation(
        id: "changeWebhook", tag: "Webhooks",
        summary:
          "Change an endpoint: absent members stay, null is the default. One that is made active again goes on where it ended.",
        body: .required(.edit(WebhookTerms.self)),
        successes: [.ok(.output(ShownWebhook.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(changeWebhook)),
    Route(
      .delete, "/v1/webhooks/{webhook_id}", .admin,
      Operation(
        id: "removeWebhook", tag: "Webhooks",
        summary: "Take an endpoint away, and forget what was sent to it. The answer is what it was.",
        successes: [.ok(.output(ShownWebhook.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(removeWebhook)),
    Route(
      .post, "/v1/webhooks/{webhook_id}/rotate", .admin,
      Operation(
        id: "rotateWebhookSecret", tag: "Webhooks",
        summary: "Sign with a new secret, shown this once, and for a while with the old one as well.",
        body: .optional(.input(WebhookRotationRequest.self)),
        successes: [.ok(.output(ShownWebhook.self), headers: ["ETag", "Cache-Control"])], problems: [409]),
      .deciding(rotateSecret)),
    Route(
      .post, "/v1/webhooks/{webhook_id}/test", .admin,
      Operation(
        id: "testWebhook", tag: "Webhooks",
        summary: "Send a message that tells of nothing, once, and say what became of it.",
        body: .optional(.input(EmptyRequest.self)),
        successes: [.ok(.output(ShownDelivery.self), headers: ["ETag"])], problems: [409]),
      .deciding(testWebhook)),
    Route(
      .post, "/v1/webhooks/{webhook_id}/replay", .admin,
      Operation(
        id: "replayWebhook", tag: "Webhooks",
        summary: "Have events sent once more: some by their names, or a stretch of the log.",
        body: .required(.input(WebhookReplayRequest.self)),
        successes: [.ok(.output(ReplayedEvents.self), headers: ["ETag"])], problems: [409]),
      .deciding(replay)),
    Route(
      .get, "/v1/webhooks/{webhook_id}/deliveries", .admin,
      Operation(
        id: "listWebhookDeliveries", tag: "Webhooks",
        summary: "Messages to an endpoint, newest first, with what became of each.",
        query: DeliveryListQuery.self, successes: [.ok(.page(of: ShownDelivery.self))]),
      .asking(listDeliveries)),
    Route(
      .get, "/v1/webhooks/{webhook_id}/deliveries/{delivery_id}", .admin,
      Operation(
        id: "getWebhookDelivery", tag: "Webhooks", summary: "A message to an endpoint.",
        successes: [.ok(.output(ShownDelivery.self))]),
      .asking(getDelivery)),
  ]

  @Sendable private static func createWebhook(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(NewWebhookRequest.self)
    try exchange.check(request.terms)
    let tenant = exchange.tenant
    let last = try await exchange.query { (store) throws(StoreFailure) in
      try store.find(LastPosition(of: tenant))
    }
    let secret = try exchange.newSecret()
    let action = CreateWebhook(
      request.terms, startsAfter: min(request.after ?? last, last), secret: secret.sealed)
    return Reply(try await exchange.submit(action), showing: secret.secret)
  }

  @Sendable private static func listWebhooks(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: WebhookListQuery.self)
    let question = NewestFirst(
      WebhookRow.self, of: exchange.tenant, after: query.after, limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(found.map { ShownWebhook($0.webhook) }, limit: query.limit)
    return .json(page.json(cursor: { $0.id.description }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getWebhook(_ exchange: Exchange) async throws(Problem) -> Reply {
    let webhook = try await exchange.webhook()
    return .json(form: ShownWebhook(webhook), headers: [("ETag", "\"v\(webhook.version)\"")])
  }

  @Sendable private static func changeWebhook(_ exchange: Exchange) async throws(Problem) -> Reply {
    try await exchange.edit { (expected) async throws(Problem) in
      let webhook = try await exchange.webhook()
      let terms = try exchange.body { object in WebhookTerms.walk(&object, webhook.terms) }
      try exchange.check(terms)
      return (ChangeWebhook(webhook.id, terms, expectedVersion: expected ?? webhook.version), nil)
    }
  }

  @Sendable private static func removeWebhook(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.webhook)
    return Reply(
      try await exchange.submit(RemoveWebhook(id, expectedVersion: try exchange.expectedVersion())))
  }

  @Sendable private static func rotateSecret(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.optionalBody(WebhookRotationRequest.self)
    let secret = try exchange.newSecret()
    let action = RotateWebhookSecret(
      try exchange.path(PathParameters.webhook), secret: secret.sealed,
      overlapSeconds: request.overlapSeconds)
    return Reply(try await exchange.submit(action), showing: secret.secret)
  }

  @Sendable private static func testWebhook(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    if let before = try await exchange.answeredBefore() { return Reply(before) }
    let webhook = try await exchange.webhook()
    let desk = try exchange.webhookDesk()
    guard let delivery = await desk.test(webhook, of: exchange.tenant) else {
      throw Problem(
        .webhookTestUnderWay,
        "The webhook is just being tried, or as many others as may be; ask again when that is over.")
    }
    return Reply(try await exchange.submit(KeepWebhookTest(delivery)))
  }

  @Sendable private static func replay(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(WebhookReplayRequest.self)
    try exchange.check(request.types ?? [], at: "/types")
    if let before = try await exchange.answeredBefore() { return Reply(before) }
    let webhook = try await exchange.webhook()
    let desk = try exchange.webhookDesk()
    let action: ReplayWebhook
    do throws(WebhookDesk.Refusal) {
      action = try await desk.replay(request, to: webhook, of: exchange.tenant)
    } catch {
      throw Problem(error)
    }
    let grant = try await exchange.submit(action)
    try await exchange.ask { (_) async throws(StoreFailure) in
      try await desk.hasten(webhook.id, of: exchange.tenant)
    }
    return Reply(grant)
  }

  @Sendable private static func listDeliveries(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: DeliveryListQuery.self)
    let webhook = try await exchange.webhook()
    let search = WebhookDeliveries(
      of: Owned(exchange.tenant, webhook.id), state: query.state, after: query.after,
      limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(search) }
    let page = Page(found, limit: query.limit)
    return .json(
      page.json(cursor: { $0.id.description }, { ShownDelivery(delivery: $0).write(to: &$1) }))
  }

  @Sendable private static func getDelivery(_ exchange: Exchange) async throws(Problem) -> Reply {
    let webhook = try await exchange.webhook()
    let id = try exchange.path(PathParameters.webhookDelivery)
    let key = Owned(exchange.tenant, WebhookDeliveryKey(webhook.id, id))
    let row = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(WebhookDeliveryRow.self, key)
    }
    guard let row else { throw PathParameters.webhookDelivery.problem() }
    return .json(form: ShownDelivery(delivery: row.delivery))
  }
}

/// The page of endpoints that is asked for.
private struct WebhookListQuery: QueryForm {
  static let formName = "WebhookListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: Webhook.ID?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member("limit", query?.limit, else: 50, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(Webhook.ID.self), "The next_cursor of an earlier page.")
    guard let limit, let after else { return nil }
    return Self(limit: limit, after: after)
  }
}

/// The page of messages that is asked for.
private struct DeliveryListQuery: QueryForm {
  static let formName = "WebhookDeliveryListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var state: WebhookDelivery.State?
  var limit: Int64
  var after: WebhookDelivery.ID?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let state = walk.optional(
      "state", query.flatMap(\.state), .choice(named: "WebhookDeliveryState"), "Only those that stand so.")
    let limit = walk.member("limit", query?.limit, else: 50, .integer(1, to: 100), "Page size.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(WebhookDelivery.ID.self), "The next_cursor of an earlier page.")
    guard let state, let limit, let after else { return nil }
    return Self(state: state, limit: limit, after: after)
  }
}

extension Exchange {
  /// Has the secrets of all endpoints sealed under the key that seals now. It changes nothing that anybody sees, so no
  /// idempotency key has a part in it; one that somebody changes meanwhile is looked at again.
  func sealWebhooksAgain() async throws(Problem) {
    guard let desk = services.webhooks else { return }
    var attemptsLeft = 5
    while try await !sealWebhooksAgain(desk) {
      attemptsLeft -= 1
      if attemptsLeft == 0 { throw Problem(.overloaded, "The webhooks are just being changed; ask again.") }
    }
  }

  /// Whether all of them are sealed so.
  private func sealWebhooksAgain(_ desk: WebhookDesk) async throws(Problem) -> Bool {
    let all = NewestFirst(WebhookRow.self, of: tenant, after: nil, limit: 2 * Webhook.countMax)
    let found = try await query { (store) throws(StoreFailure) in try store.find(all) }
    var isDone = true
    for webhook in found.map(\.webhook) {
      let secrets: [WebhookSecret]?
      do throws(Sealer.Mistake) { secrets = try desk.sealedAgain(webhook, of: tenant) } catch {
        throw Problem(error)
      }
      guard let secrets else { continue }
      let action = ResealWebhook(webhook.id, secrets: secrets, version: webhook.version)
      let command = PromotionCommand(
        tenant: tenant, actor: .key(caller.id), requestID: requestID, action: action)
      let answer: Answer
      do throws(CommandFailure) { answer = try await engine.submit(command).answer } catch {
        throw Problem(error)
      }
      guard case .refused(let refusal) = answer else { continue }
      guard refusal.code == .versionConflict || refusal.code == .webhookNotFound else {
        throw Problem(refusal)
      }
      isDone = false
    }
    return isDone
  }

  /// What was answered before under the request's idempotency key; nil if nothing was. For what is done outside of the
  /// store before it is decided.
  fileprivate func answeredBefore() async throws(Problem) -> Grant? {
    guard let key = try idempotencyKey() else { return nil }
    let kept = try await ask { (engine) async throws(StoreFailure) in
      try await engine.isAnswered(key, tenant: tenant)
    }
    return kept ? try await submit(AnsweredBefore()) : nil
  }

  /// Where webhooks are seen to.
  fileprivate func webhookDesk() throws(Problem) -> WebhookDesk {
    guard let desk = services.webhooks else {
      throw Problem(.notImplemented, "This service sends no webhooks.")
    }
    return desk
  }

  /// The endpoint in the path.
  fileprivate func webhook() async throws(Problem) -> Webhook {
    let id = try path(PathParameters.webhook)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(WebhookRow.self, Owned(tenant, id))
    }
    guard let row else { throw PathParameters.webhook.problem() }
    return row.webhook
  }

  /// Refuses where nothing is to be sent, and types of which there are no events. What a name means is looked at whenever
  /// something is sent.
  fileprivate func check(_ terms: WebhookTerms) throws(Problem) {
    let rules = services.configuration.webhooks
    if !terms.url.isEncrypted, !rules.allowsPlainHTTP {
      throw Problem(invalid: [
        FieldError(pointer: "/url", code: .invalidValue, message: "must begin with https://")
      ])
    }
    if let address = IPAddress(literal: terms.url.host), !rules.addresses.permits(address) {
      throw Problem(invalid: [
        FieldError(
          pointer: "/url", code: .invalidValue,
          message: "must not be a private, local or otherwise special address")
      ])
    }
    try check(terms.types, at: "/types")
  }

  fileprivate func check(_ types: [Webhook.EventType], at pointer: String) throws(Problem) {
    for (place, type) in types.enumerated() where EventTypes.named(type.text) == nil {
      throw Problem(invalid: [
        FieldError(
          pointer: "\(pointer)/\(place)", code: .invalidValue,
          message: "must be one of the types of GET /v1/event-types")
      ])
    }
  }

  fileprivate func newSecret() throws(Problem) -> (secret: SecretText, sealed: SealedText) {
    let desk = try webhookDesk()
    do throws(Sealer.Mistake) {
      return try desk.newSecret(of: tenant)
    } catch {
      throw Problem(
        .sealingFailed,
        "A secret can't be sealed: \(error.reason). See the page on payments of the operating manual.")
    }
  }
}

extension Reply {
  /// What a command was granted, with the secret that it has made: never kept, and so not in an answer that is given again.
  fileprivate init(_ grant: Grant, showing secret: SecretText) {
    guard !grant.isReplay, case .entity(let entity) = grant.reply, var shown = entity.value as? ShownWebhook
    else {
      self.init(grant)
      return
    }
    shown.newSecret = secret.revealed
    self.init(Grant(reply: .entity(AnyEntity(shown)), isNew: grant.isNew, isReplay: false))
    headers.append(("Cache-Control", "no-store"))
  }
}

extension Problem {
  fileprivate init(_ refusal: WebhookDesk.Refusal) {
    switch refusal {
    case .unclear:
      self.init(invalid: [
        FieldError(
          pointer: "", code: .invalidValue, message: "must have either event_ids, or after and until")
      ])
    case .noEvent(let place):
      self.init(invalid: [
        FieldError(
          pointer: "/event_ids/\(place)", code: .invalidValue,
          message: "must name an event, as its CloudEvent does")
      ])
    case .tooMany:
      self.init(invalid: [
        FieldError(
          pointer: "/until", code: .invalidValue,
          message:
            "is too far: at most \(WebhookReplayRequest.stretchMax) events are sent once more at a time")
      ])
    case .store(let failure): self.init(failure)
    }
  }
}
