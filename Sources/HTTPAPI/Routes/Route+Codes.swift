import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let codes: [Route] = [
    Route(
      .post, "/v1/coupons/{coupon_id}/codes", .admin,
      Operation(
        id: "addCodes", tag: "Codes", summary: "Add codes to a coupon: given ones, or generated ones.",
        body: .required(.input(CodesRequest.self)), successes: [.created(.output(AddedCodes.self))],
        problems: [409]),
      .deciding(addCodes)),
    Route(
      .get, "/v1/coupons/{coupon_id}/codes", .admin,
      Operation(
        id: "listCodes", tag: "Codes",
        summary: "A coupon's codes in pages; all of them as a stream of CSV or NDJSON if Accept asks for it.",
        query: CodeListQuery.self,
        successes: [
          Operation.Success(
            status: 200, description: "The codes.",
            content: [
              ("application/json", .page(of: PersonalCoupon.Code.self)), ("text/csv", nil),
              ("application/x-ndjson", nil),
            ],
            headers: [])
        ]),
      .asking(listCodes)),
  ]

  @Sendable private static func addCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    let id = try exchange.path(PathParameters.coupon)
    var persons = exchange.persons()
    let action: AddCodes =
      switch try exchange.body(CodesRequest.self).codes {
      case .first(let grants): AddCodes(couponID: id, grants: persons.hiding(grants))
      case .second(let order):
        AddCodes(
          couponID: id, grants: order.grants(owner: order.owner.map { persons.pseudonym(of: $0) }),
          wanted: order.count, pattern: order.pattern.skeleton)
      }
    return Reply(try await exchange.submit(action, naming: persons))
  }

  @Sendable private static func listCodes(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: CodeListQuery.self)
    let couponID = try await exchange.couponID()
    if let form = CodeStream.Form(accepted: exchange.request.header("Accept")) {
      return CodeStream(couponID, exchange.tenant, exchange.engine, form).reply
    }
    let tenant = exchange.tenant
    let found = try await exchange.query { (store) throws(StoreFailure) in
      try store.codes(of: couponID, tenant: tenant, after: query.after, limit: Int(query.limit) + 1)
    }
    let page = Page(try await exchange.naming(found), limit: query.limit)
    return .json(page.json(cursor: { $0.grant.code.canonical }, { $0.grant.write(to: &$1, used: $0.used) }))
  }
}

/// The page of codes that is asked for.
private struct CodeListQuery: QueryForm {
  static let formName = "CodeListQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var limit: Int64
  var after: CouponCode?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    let limit = walk.member(
      "limit", query?.limit, else: 100, .integer(1, to: 1000), "Page size; without meaning for streams.")
    let after = walk.optional(
      "cursor", query?.after, .cursor(CouponCode.self),
      "The next_cursor of an earlier page; without meaning for streams.")
    guard let limit, let after else { return nil }
    return CodeListQuery(limit: limit, after: after)
  }
}

/// Codes for a coupon: given ones, or generated ones.
private struct CodesRequest: RequestForm {
  static let formName = "CodesInput"
  static let formExamples = [#"{"generate": {"count": 100, "pattern": "SUMMER-####-####"}}"#]

  let codes: Either<[CodeGrant], GeneratedCodes>

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let codes = walk.either(
      ("codes", request?.given, .list(CodeInputForm(), 1...10_000, of: "code")),
      ("generate", request?.generated, .object(GeneratedCodes.self)))
    return codes.map { CodesRequest(codes: $0) }
  }

  private var given: [CodeGrant]? {
    switch codes {
    case .first(let grants): grants
    case .second: nil
    }
  }

  private var generated: GeneratedCodes? {
    switch codes {
    case .first: nil
    case .second(let order): order
    }
  }
}

/// An order for generated codes.
private struct GeneratedCodes: RequestForm {
  static let formName = "GeneratedCodes"

  let count: Int
  let pattern: CodePattern
  let owner: UserID?
  let limit: Int64?

  func grants(owner: UserID?) -> [CodeGrant] { pattern.codes(wanted: count, owner: owner, limit: limit) }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ order: Self?) -> Self? {
    let count = walk.required("count", order.map { Int64($0.count) }, .integer(1, to: 10_000))
    let pattern = walk.required(
      "pattern", order?.pattern, PatternForm(),
      "Each # becomes a random character; 1 to 64 characters together. Hyphens are for show: codes are found without."
    )
    let owner = walk.optional("owner", order?.owner, .visibleName(UserID.self))
    let limit = walk.optional("limit", order?.limit, .uses())
    guard let count, let pattern, let owner, let limit else { return nil }
    if count > pattern.skeleton.codesMax {
      walk.refuse(
        "pattern", .invalidValue, "is too short: at most half of its \(pattern.keyspace) codes may be used")
      return nil
    }
    if owner != nil, pattern.randomCharacters < CodePattern.personalCharactersMin {
      walk.refuse(
        "pattern", .invalidValue,
        "must have at least \(CodePattern.personalCharactersMin) random characters for a personal code")
      return nil
    }
    return GeneratedCodes(count: Int(count), pattern: pattern, owner: owner, limit: limit)
  }
}

private struct PatternForm: ValueForm {
  func read(_ value: ValueReader) -> CodePattern? {
    value.parsed(
      maxLength: 100, as: "a code of 1 to 64 characters in which each # stands for a random one",
      { CodePattern($0) })
  }

  func write(_ pattern: CodePattern, to writer: inout JSONWriter) {
    writer.string(String(decoding: pattern.characters, as: UTF8.self))
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(1...100) }
}
