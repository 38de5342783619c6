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
        successes: [.ok(.output(ShownPerson.self))]),
      .asking(getPerson)),
    Route(
      .delete, "/v1/persons/{user_id}", .admin,
      Operation(
        id: "erasePerson", tag: "Persons",
        summary:
          "Erase everything by which a person is named. The pseudonym stays, and with it limits and owners.",
        successes: [.ok(.output(ShownPerson.self))]),
      .deciding(erasePerson)),
  ]

  @Sendable private static func getPerson(_ exchange: Exchange) async throws(Problem) -> Reply {
    var persons = exchange.persons()
    let pseudonym = persons.pseudonym(of: try exchange.path(PathParameters.user))
    let tenant = exchange.tenant
    let names = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.names(of: [pseudonym], tenant: tenant)
    }
    guard let userID = names[pseudonym] else {
      throw Problem(.personNotFound, "Nobody is known by this name.")
    }
    return .json(form: ShownPerson(pseudonym: pseudonym, userID: userID))
  }

  /// The answer is kept under an idempotency key with a fingerprint of the pseudonym: that of the name could be guessed.
  @Sendable private static func erasePerson(_ exchange: Exchange) async throws(Problem) -> Reply {
    var persons = exchange.persons()
    let pseudonym = persons.pseudonym(of: try exchange.path(PathParameters.user))
    return Reply(try await exchange.submit(ErasePerson(pseudonym), about: "/v1/persons/\(pseudonym)"))
  }
}
