import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// Something that stands beside the body as text, as the OpenAPI document describes it.
protocol DescribedParameter: Sendable {
  /// Its name.
  var name: String { get }
  /// A word about it.
  var note: String? { get }
  /// Its JSON Schema.
  func schema(_ walk: inout SchemaWalk) -> JSONTree
}

/// A parameter in a route's path: its name, how its text is read and described, and what is answered if it is none.
struct PathParameter<Value>: DescribedParameter {
  let name: String
  let note: String?
  fileprivate let parse: @Sendable (String) -> Value?
  private let describe: @Sendable (inout SchemaWalk) -> JSONTree
  /// What is answered if there is no such thing.
  let problem: @Sendable () -> Problem

  init(
    _ name: String, _ parse: @escaping @Sendable (String) -> Value?,
    else problem: @autoclosure @escaping @Sendable () -> Problem,
    note: String? = nil,
    _ describe: @escaping @Sendable (inout SchemaWalk) -> JSONTree
  ) {
    self.name = name
    self.note = note
    self.parse = parse
    self.describe = describe
    self.problem = problem
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { describe(&walk) }

  /// A number that this service gave; one that is malformed is not found.
  static func id<Subject: SendableMetatype>(
    _ name: String, notFound code: Refusal.Code
  ) -> Self where Value == Identifier<Subject> {
    Self(
      name, { Identifier($0) }, else: Problem(code, "There is no \(Subject.prefix) of this name."),
      { .identifier(Value.self, &$0) })
  }
}

extension JSONTree {
  fileprivate static func identifier<Subject>(
    _: Identifier<Subject>.Type, _ walk: inout SchemaWalk
  ) -> JSONTree { IdentifierForm<Subject>().schema(&walk) }
}

/// All parameters that paths have.
enum PathParameters {
  static let coupon = PathParameter<Coupon.ID>.id("coupon_id", notFound: .couponNotFound)
  static let application = PathParameter<DiscountApplication.ID>.id(
    "application_id", notFound: .applicationNotFound)
  static let key = PathParameter<AccessKey.ID>.id("key_id", notFound: .keyNotFound)
  static let version = PathParameter<Int64>(
    "version",
    { text in Int64(text).flatMap { $0 > 0 && String($0) == text ? $0 : nil } },
    else: Problem(.versionNotFound, "There is no such version of this coupon."),
    { IntegerForm.integer(1, to: .max).schema(&$0) })
  static let user = PathParameter<UserID>(
    "user_id",
    { text in
      guard let text = HTTPRequest.decodedSegment(text), (1...200).contains(text.unicodeScalars.count),
        !text.unicodeScalars.contains("\0"), !text.isBlank
      else { return nil }
      return UserID(text)
    },
    else: Problem(invalid: [
      FieldError(
        pointer: "{user_id}", code: .invalidValue,
        message: "must be a text of 1 to 200 characters, not all of them blank")
    ]),
    { NameForm<Named.User>.name(UserID.self).schema(&$0) })

  static let eventType = PathParameter<EventTypes.Described>(
    "event_type", { EventTypes.named($0) }, else: Problem(.routeNotFound, "There is no such type of events."),
    { _ in textSchema(0...Int.max).with("enum", .list(EventFacts.kinds.map { .text($0.name) })) })

  private static let all: [any DescribedParameter] = [
    coupon, application, key, version, user, eventType, campaign, order, payment, webhookTenant, mailKind,
    mailLanguage, subscription, association, invoice, webhook, webhookDelivery, message, suspect,
  ]

  /// The parameter of a name.
  ///
  /// - Precondition: there is one; a path names no other.
  static func named(_ name: String) -> any DescribedParameter {
    guard let found = all.first(where: { $0.name == name }) else {
      preconditionFailure("the path parameter \(name) is not declared")
    }
    return found
  }
}

extension Exchange {
  /// A parameter in the path.
  func path<Value>(_ parameter: PathParameter<Value>) throws(Problem) -> Value {
    guard let place = route.parameters.firstIndex(of: parameter.name) else {
      preconditionFailure("\(route.pattern) has no \(parameter.name)")
    }
    if let value = parameter.parse(parameters[place]) { return value }
    throw parameter.problem()
  }

  /// A parameter in the path that names what may come into being.
  func path<Value>(naming parameter: PathParameter<Value>) throws(Problem) -> Value {
    do throws(Problem) { return try path(parameter) } catch {
      throw Problem(
        invalid: [
          FieldError(
            pointer: "", code: .invalidValue,
            message:
              "The \(parameter.name) in the path must have 1 to 200 characters, not all of them blanks, none of them a control character."
          )
        ])
    }
  }
}
