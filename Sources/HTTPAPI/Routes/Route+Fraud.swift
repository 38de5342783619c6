import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let suspect = PathParameter<FraudSuspect>(
    "suspect", { text in HTTPRequest.decodedSegment(text).flatMap { FraudSuspect($0) } },
    else: Problem(.fraudCaseNotFound, "There is no case of that name."), { FraudSuspectForm().schema(&$0) })
}

extension Route {
  static let fraud: [Route] = [
    Route(
      .get, "/v1/fraud/settings", .admin,
      Operation(
        id: "getFraudSettings", tag: "Fraud", summary: "How attempts to use coupons are judged.",
        successes: [.ok(.output(ShownFraudSettings.self), headers: ["ETag"])]),
      .asking(getSettings)),
    Route(
      .put, "/v1/fraud/settings", .admin,
      Operation(
        id: "setFraudSettings", tag: "Fraud",
        summary: "Say how attempts to use coupons are judged. What is left out is the default.",
        body: .required(.input(FraudSettings.self)),
        successes: [.ok(.output(ShownFraudSettings.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(setSettings)),
    Route(
      .post, "/v1/fraud/lists", .admin,
      Operation(
        id: "listForFraud", tag: "Fraud",
        summary:
          "Put somebody on the list of those whom nothing is held against, or who get nothing; or off both.",
        body: .required(.input(FraudListRequest.self)),
        successes: [.ok(.output(ShownFraudSettings.self), headers: ["ETag"])], problems: [409]),
      .deciding(list)),
    Route(
      .get, "/v1/fraud/cases", .admin,
      Operation(
        id: "listFraudCases", tag: "Fraud",
        summary: "Suspicions in one state, those in which something happened last first.",
        query: FraudCaseQuery.self, successes: [.ok(.page(of: FraudCase.self))]),
      .asking(listCases)),
    Route(
      .get, "/v1/fraud/cases/{suspect}", .admin,
      Operation(
        id: "getFraudCase", tag: "Fraud", summary: "A suspicion, with what was seen last.",
        successes: [.ok(.output(FraudCase.self))]),
      .asking(getCase)),
    Route(
      .post, "/v1/fraud/cases/{suspect}/confirm", .admin,
      Operation(
        id: "confirmFraudCase", tag: "Fraud",
        summary: "It was fraud. On wish the suspect gets nothing any more, and what it holds is given back.",
        body: .optional(.input(FraudConfirmRequest.self)), successes: [.ok(.output(FraudCase.self))],
        problems: [409]),
      .deciding(confirm)),
    Route(
      .post, "/v1/fraud/cases/{suspect}/dismiss", .admin,
      Operation(
        id: "dismissFraudCase", tag: "Fraud",
        summary: "It was no fraud. On wish nothing is held against the suspect any more.",
        body: .optional(.input(FraudReviewRequest.self)), successes: [.ok(.output(FraudCase.self))],
        problems: [409]),
      .deciding(dismiss)),
    Route(
      .get, "/v1/fraud/precision", .admin,
      Operation(
        id: "getFraudPrecision", tag: "Fraud",
        summary: "How often reviewers found what rules had brought up to be fraud.",
        successes: [.ok(.output(FraudPrecision.self))]),
      .asking(precision)),
  ]

  @Sendable private static func getSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let row = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(FraudSettingsRow.self, exchange.tenant)
    }
    let shown = ShownFraudSettings(row)
    return .json(form: shown, headers: [("ETag", "\"v\(shown.version)\"")])
  }

  @Sendable private static func setSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let settings = try exchange.body(FraudSettings.self)
    let action = SetFraudSettings(.all(settings), expectedVersion: try exchange.expectedVersion())
    return try await exchange.changeSettings(action)
  }

  @Sendable private static func list(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(FraudListRequest.self)
    var traits = request.traits
    if let input = request.customer {
      let customer = exchange.customer(input)
      traits += customer.identityKeys.map { FraudTrait($0) } + customer.traits
    }
    guard !traits.isEmpty else {
      throw Problem(invalid: [
        FieldError(pointer: "", code: .required, message: "traits or a customer must say who is meant")
      ])
    }
    return try await exchange.changeSettings(SetFraudSettings(.list(traits, request.list.list)))
  }

  @Sendable private static func listCases(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: FraudCaseQuery.self)
    let question = FraudCasesOfTenant(
      of: exchange.tenant, query.state, before: query.before, limit: Int(query.limit) + 1)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    let page = Page(found, limit: query.limit)
    return .json(page.json(cursor: { $0.place.text }, { $0.write(to: &$1) }))
  }

  @Sendable private static func getCase(_ exchange: Exchange) async throws(Problem) -> Reply {
    let suspect = try exchange.path(PathParameters.suspect)
    let row = try await exchange.askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(FraudCaseRow.self, Owned(exchange.tenant, suspect))
    }
    guard let row else { throw Problem(.fraudCaseNotFound, "There is no case of \(suspect).") }
    return .json(form: row.content)
  }

  @Sendable private static func confirm(_ exchange: Exchange) async throws(Problem) -> Reply {
    let suspect = try exchange.path(PathParameters.suspect)
    let request = try exchange.optionalBody(FraudConfirmRequest.self)
    let reply = try await exchange.changeSettings(
      ReviewSuspicion(
        suspect, isConfirmed: true, isListed: request.review.isListed, note: request.review.note))
    if request.releases { try await exchange.releaseLocks(of: suspect, request.review.note) }
    return reply
  }

  @Sendable private static func dismiss(_ exchange: Exchange) async throws(Problem) -> Reply {
    let suspect = try exchange.path(PathParameters.suspect)
    let request = try exchange.optionalBody(FraudReviewRequest.self)
    return try await exchange.changeSettings(
      ReviewSuspicion(suspect, isConfirmed: false, isListed: request.isListed, note: request.note))
  }

  @Sendable private static func precision(_ exchange: Exchange) async throws(Problem) -> Reply {
    let question = FraudReviewsOfTenant(of: exchange.tenant)
    let found = try await exchange.query { (store) throws(StoreFailure) in try store.find(question) }
    return .json(form: FraudPrecision(found))
  }
}

extension Exchange {
  /// Has something decided that may change the tenant's settings; this node goes by them at once.
  fileprivate func changeSettings(_ action: some Action<WorkingSet>) async throws(Problem) -> Reply {
    let grant = try await submit(action)
    if let fraud = services.fraud {
      // What was decided stands; a store that can't be asked is asked again a moment later.
      do throws(StoreFailure) { try await fraud.ask(for: tenant) } catch {}
    }
    return Reply(grant)
  }

  /// Gives back what a suspect still holds and has not paid for: what the case names, and what this node knows besides. Each
  /// is a command of its own: what is not given back because somebody stops the service ends by itself with its lock.
  fileprivate func releaseLocks(of suspect: FraudSuspect, _ reason: String?) async throws(Problem) {
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(FraudCaseRow.self, Owned(tenant, suspect))
    }
    var ids = Set(row?.content.applications ?? [])
    if case .trait(let trait) = suspect {
      try await ask { (_) async throws(StoreFailure) in try await services.fraud?.catchUp() }
      ids.formUnion(services.fraud?.unpaidApplications(of: trait, tenant) ?? [])
    }
    let reason = reason ?? "fraud was confirmed"
    for id in ids.sorted() {
      // One that was paid for, or given back before, stays as it is: the answer is a refusal.
      let release = ReleaseApplication(applicationID: id, reason: reason)
      guard case .refused(let refusal) = try await decide(release), refusal.code == .orderKeptHere else {
        continue
      }
      let application = try await ask { (engine) async throws(StoreFailure) in
        try await engine.application(id, tenant: tenant)
      }
      guard let order = application?.orderID else { continue }
      // An order that nobody has checked out goes on without coupons; of one that waits for its money it is over.
      if case .refused = try await decide(ChangeOrder(orderID: order, codes: [])) {
        _ = try await decide(FailOrder(orderID: order, reason: reason))
      }
    }
  }

  private func decide(_ action: some Action<WorkingSet>) async throws(Problem) -> Answer {
    let command = PromotionCommand(
      tenant: tenant, actor: .key(caller.id), requestID: requestID, idempotency: nil, persons: [],
      action: action)
    do throws(CommandFailure) { return try await engine.submit(command).answer } catch {
      throw Problem(error)
    }
  }
}

/// Whom to put on a list.
struct FraudListRequest: RequestForm {
  /// Where somebody is to stand.
  enum ListChoice: String, CaseIterable, Sendable {
    case allowed, denied, none

    var list: FraudList? { FraudList(rawValue: rawValue) }
  }

  static let formName = "FraudListRequest"
  static let formExamples = [
    #"{"list": "allowed", "customer": {"user_id": "u-1", "device_id": "till-7"}}"#
  ]

  var list: ListChoice
  var traits: [FraudTrait]
  var customer: CustomerInput?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let list = walk.required(
      "list", request?.list, .choice(named: "FraudList"), "Which list; none: off both.")
    let traits = walk.member(
      "traits", request?.traits, else: [], .list(FraudTraitForm(), 0...100), "As a case names them.")
    let customer = walk.optional(
      "customer", request?.customer, .object(), "Each part of it that is said is one trait.")
    guard let list, let traits, let customer else { return nil }
    return Self(list: list, traits: traits, customer: customer)
  }
}

/// What a reviewer decides beside whether it was fraud.
struct FraudReviewRequest: RequestForm {
  static let formName = "FraudReviewRequest"
  static let formExamples = [#"{"list": true, "note": "the till of our shop"}"#]

  var isListed: Bool
  var note: String?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let isListed = walk.member(
      "list", request?.isListed, else: false, .flag(),
      "Whether the suspect goes to the list: of those who get nothing if it was fraud, else of those whom nothing is held against."
    )
    let note = walk.optional("note", request?.note, .text(1...500), "The reviewer's words, kept for ever.")
    guard let isListed, let note else { return nil }
    return Self(isListed: isListed, note: note)
  }
}

/// What a reviewer decides beside that it was fraud.
struct FraudConfirmRequest: RequestForm {
  static let formName = "FraudConfirmRequest"
  static let formExamples = [
    #"{"list": true, "release_locks": true, "note": "fifty accounts on one device"}"#
  ]

  var review: FraudReviewRequest
  var releases: Bool

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let review = FraudReviewRequest.walk(&walk, request?.review)
    let releases = walk.member(
      "release_locks", request?.releases, else: false, .flag(),
      "Whether what the suspect holds and has not paid for is given back.")
    guard let review, let releases else { return nil }
    return Self(review: review, releases: releases)
  }
}

/// How often reviewers found what rules had brought up to be fraud.
struct FraudPrecision: ObjectForm {
  static let formName = "FraudPrecision"

  /// What was found of one rule, or of all.
  struct Part: ObjectForm {
    static let formName = "FraudPrecisionOfRule"

    var rule: FraudRuleName
    var confirmed: Int64
    var dismissed: Int64

    static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ part: Self?) -> Self? {
      let rule = walk.required(
        "rule", part?.rule, .name(FraudRuleName.self), "The rule that had brought most points.")
      let confirmed = walk.required("confirmed", part?.confirmed, .integer(0, to: .max))
      let dismissed = walk.required("dismissed", part?.dismissed, .integer(0, to: .max))
      guard let rule, let confirmed, let dismissed else { return nil }
      return Self(rule: rule, confirmed: confirmed, dismissed: dismissed)
    }
  }

  var confirmed: Int64
  var dismissed: Int64
  var percent: Int64?
  var rules: [Part]

  init(_ reviews: [FraudReviews]) {
    let parts = reviews.map {
      Part(rule: $0.rule, confirmed: $0.confirmed, dismissed: $0.dismissed)
    }
    let confirmed = parts.reduce(0) { $0 + $1.confirmed }
    let all = confirmed + parts.reduce(0) { $0 + $1.dismissed }
    self.init(
      confirmed: confirmed, dismissed: all - confirmed, percent: all == 0 ? nil : confirmed * 100 / all,
      rules: parts)
  }

  private init(confirmed: Int64, dismissed: Int64, percent: Int64?, rules: [Part]) {
    self.confirmed = confirmed
    self.dismissed = dismissed
    self.percent = percent
    self.rules = rules
  }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let confirmed = walk.required("confirmed", shown?.confirmed, .integer(0, to: .max), "It was fraud.")
    let dismissed = walk.required("dismissed", shown?.dismissed, .integer(0, to: .max), "It was none.")
    let percent = walk.optional(
      "precision_percent", shown?.percent, .integer(0, to: 100),
      "How many of a hundred reviewed cases were fraud, rounded down; null: none was reviewed.")
    let rules = walk.required("rules", shown?.rules, .objects(Part.self))
    guard let confirmed, let dismissed, let percent, let rules else { return nil }
    return Self(confirmed: confirmed, dismissed: dismissed, percent: percent, rules: rules)
  }
}

/// The page of cases that is asked for.
private struct FraudCaseQuery: QueryForm {
  static let formName = "FraudCaseQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var state: FraudCaseState
  var limit: Int64
  var before: FraudPlace?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let state = walk.member(
      "state", query?.state, else: .open, .choice(named: "FraudCaseState"), "In this state.")
    let limit = walk.member("limit", query?.limit, else: 50, .integer(1, to: 200), "Page size.")
    let before = walk.optional(
      "cursor", query.flatMap(\.before), CursorForm({ FraudPlace(text: $0) }, \.text),
      "The next_cursor of an earlier page.")
    guard let state, let limit, let before else { return nil }
    return Self(state: state, limit: limit, before: before)
  }
}

extension FraudPlace {
  fileprivate var text: String { "\(at.microseconds)/\(suspect)" }

  fileprivate init?(text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int64(parts[0]), let at = Instant(exactly: number),
      let suspect = FraudSuspect(parts[1])
    else { return nil }
    self.init(at: at, suspect: suspect)
  }
}
