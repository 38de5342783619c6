import Digest
import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// One request on its way to an answer.
struct Exchange: Sendable {
  let request: HTTPRequest
  /// The route that it took.
  let route: Route
  let services: Services
  let requestID: String
  /// The values of the path's parameters, in the order of the pattern.
  let parameters: [String]
  /// Whose key opened the door; nil on routes without a key.
  let key: AccessKey?

  var engine: Engine { services.engine }

  /// The key of a route that asks for one.
  var caller: AccessKey {
    guard let key else { preconditionFailure("only routes that ask for a key have a caller") }
    return key
  }

  var tenant: Tenant.ID { caller.tenant }
}

/// Bodies.
extension Exchange {
  /// Reads the body as one object.
  ///
  /// - Parameter list: a member in which elements that say nothing are read as `null`.
  func body<Value>(
    forgiving list: StaticString? = nil, _ read: (inout ObjectReader) -> Value?
  ) throws(Problem) -> Value {
    try value(forgiving: list) { $0.object(read) }
  }

  /// Reads the body as one value.
  func value<Value>(
    forgiving list: StaticString? = nil, _ read: (ValueReader) -> Value?
  ) throws(Problem) -> Value {
    let document: JSONDocument
    do throws(JSONSyntaxError) {
      document = try JSONDocument(body: request.body, forgiving: list)
    } catch {
      throw Problem(error)
    }
    do throws(JSONDecodingErrors) {
      return try document.readValue(read)
    } catch {
      throw Problem(error)
    }
  }

  /// Reads the body as a form.
  ///
  /// - Parameter list: a member in which elements that say nothing are read as `null`.
  func body<Form: ObjectForm>(_: Form.Type, forgiving list: StaticString? = nil) throws(Problem) -> Form {
    try value(forgiving: list) { Form(reading: $0) }
  }

  /// Reads the body as a form; no body at all is an empty object.
  func optionalBody<Form: ObjectForm>(_ form: Form.Type) throws(Problem) -> Form {
    if !request.body.isEmpty { return try body(form) }
    do throws(JSONDecodingErrors) {
      return try JSONDocument.empty.readValue { Form(reading: $0) }
    } catch {
      throw Problem(error)
    }
  }

  /// Reads a body that has nothing to say.
  func noBody() throws(Problem) { _ = try optionalBody(EmptyRequest.self) }
}

extension JSONDocument {
  /// A text without its byte order mark.
  static func unmarked(_ body: [UInt8]) -> [UInt8] {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    return body.starts(with: mark) ? Array(body[mark.count...]) : body
  }

  /// Reads a request's body. A byte order mark, which some editors and tools put before every text, means nothing.
  ///
  /// - Parameter list: a member in which elements that say nothing are read as `null`.
  convenience init(body: [UInt8], forgiving list: StaticString? = nil) throws(JSONSyntaxError) {
    let text = JSONDocument.unmarked(body)
    if let list {
      try self.init(parsing: text, forgiving: list)
    } else {
      try self.init(parsing: text)
    }
  }

  fileprivate static let empty: JSONDocument = {
    do throws(JSONSyntaxError) {
      return try JSONDocument(parsing: Array("{}".utf8))
    } catch {
      preconditionFailure("an empty object is JSON")
    }
  }()
}

/// Commands and questions.
extension Exchange {
  /// Has an action decided under the request's idempotency key; a refusal becomes a problem.
  ///
  /// - Parameters:
  ///   - persons: whom the request names.
  ///   - path: what stands for the request's path where that names somebody.
  func submit(
    _ action: any Action<WorkingSet>, naming persons: Persons? = nil, about path: String? = nil
  ) async throws(Problem) -> Grant {
    let command = PromotionCommand(
      tenant: tenant, actor: .key(caller.id), requestID: requestID,
      idempotency: try idempotencyKey(about: path), persons: persons?.named ?? [], action: action)
    let outcome: CommandOutcome
    do throws(CommandFailure) {
      outcome = try await engine.submit(command)
    } catch {
      throw Problem(error)
    }
    switch outcome.answer {
    case .created(let reply):
      return Grant(
        reply: try await naming(reply, knowing: persons), isNew: true, isReplay: outcome.isReplay)
    case .ok(let reply):
      return Grant(
        reply: try await naming(reply, knowing: persons), isNew: false, isReplay: outcome.isReplay)
    case .refused(let refusal):
      throw Problem(refusal, headers: Reply.replayed(outcome.isReplay))
    }
  }

  /// Has an edit decided. Without `If-Match` one that was overtaken is made again on what is newer, unless the answer to
  /// the first attempt is kept under an idempotency key.
  ///
  /// - Parameter read: the action on what is there, with whom it names, given the version that the caller has seen.
  func edit<Edit: Action<WorkingSet>>(
    _ read: (_ expected: Int64?) async throws(Problem) -> (action: Edit, persons: Persons?)
  ) async throws(Problem) -> Reply {
    let expected = try expectedVersion()
    let idempotency = try idempotencyKey()
    var attemptsLeft = expected == nil && idempotency == nil ? 5 : 1
    while true {
      attemptsLeft -= 1
      let (action, persons) = try await read(expected)
      do throws(Problem) {
        return Reply(try await submit(action, naming: persons))
      } catch {
        if error.code != .refusal(.versionConflict) || attemptsLeft == 0 { throw error }
      }
    }
  }

  /// Asks the engine; a failure of the store becomes a problem.
  func ask<Value>(
    _ question: (Engine) async throws(StoreFailure) -> Value
  ) async throws(Problem) -> Value {
    do throws(StoreFailure) {
      return try await question(engine)
    } catch {
      throw Problem(error)
    }
  }

  /// Asks for something that is stored. What can't be read is refused by name.
  func askOfStored<Value>(
    _ question: (Engine) async throws(StoreFailure) -> Value
  ) async throws(Problem) -> Value {
    do throws(StoreFailure) {
      return try await question(engine)
    } catch {
      throw error.isOfStoredValue ? Problem(Refusal.unreadable(error)) : Problem(error)
    }
  }

  /// Asks the store; a failure of it becomes a problem.
  func query<Value: Sendable>(
    _ question: @escaping @Sendable (any PromotionStore) throws(StoreFailure) -> Value
  ) async throws(Problem) -> Value {
    try await ask { (engine) async throws(StoreFailure) in try await engine.ask(question) }
  }

  /// The caller's `Idempotency-Key` with the fingerprint of method, path and body.
  func idempotencyKey(about path: String? = nil) throws(Problem) -> IdempotencyKey? {
    guard let key = try header(RequestHeaders.idempotencyKey) else { return nil }
    var hash = SHA256()
    hash.update(request.method.rawValue + " " + (path ?? request.path) + "\n")
    hash.update(request.body)
    return IdempotencyKey(key: key, fingerprint: hash.finish())
  }
}
