import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let persons: [Route] = [
    Route(
      .get, "/v1/persons/{user_id}", .admin,
      Operation(
        id: "getPerson", tag: "Persons",
        summary: "The pseudonym that stands for a user id, and everything by which the person is named.",
        query: PersonQuery.self, successes: [.ok(.output(ShownPerson.self))]),
      .asking(getPerson)),
    Route(
      .delete, "/v1/persons/{user_id}", .admin,
      Operation(
        id: "erasePerson", tag: "Persons",
        summary:
          "Erase everything by which a person is named. The pseudonym stays, and with it limits and owners.",
        query: PersonQuery.self, successes: [.ok(.output(ShownPerson.self))]),
      .deciding(erasePerson)),
  ]

  @Sendable private static func getPerson(_ exchange: Exchange) async throws(Problem) -> Reply {
    let pseudonym = try exchange.person()
    let tenant = exchange.tenant
    let person = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.person(pseudonym, tenant: tenant)
    }
    guard let person else { throw Problem(.personNotFound, "Nobody is known by this name.") }
    return .json(form: person)
  }

  /// The answer is kept under an idempotency key with a fingerprint of the pseudonym: that of the name could be guessed.
  @Sendable private static func erasePerson(_ exchange: Exchange) async throws(Problem) -> Reply {
    let pseudonym = try exchange.person()
    return Reply(try await exchange.submit(ErasePerson(pseudonym), about: "/v1/persons/\(pseudonym)"))
  }
}

extension Exchange {
  /// The pseudonym of the person in the path.
  fileprivate func person() throws(Problem) -> UserID {
    var persons = persons()
    let name = try path(PathParameters.user)
    switch try query(as: PersonQuery.self).by {
    case .userID: return persons.pseudonym(of: name)
    case .email:
      if let guest = CustomerInput(email: name.text).flatMap({ persons.guest($0) }) { return guest }
      throw Problem(invalid: [
        FieldError(pointer: "{user_id}", code: .invalidValue, message: "must be an e-mail address")
      ])
    }
  }
}

/// What the path names a person by.
private struct PersonQuery: QueryForm {
  static let formName = "PersonQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  /// What can stand there.
  enum Name: String, CaseIterable, Hashable {
    case userID = "user_id"
    case email
  }

  var by: Name

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    walk.member(
      "by", query?.by, else: .userID, .choice(),
      "What the path has: a user id, or the e-mail address of a guest who has ordered without one."
    ).map { PersonQuery(by: $0) }
  }
}
