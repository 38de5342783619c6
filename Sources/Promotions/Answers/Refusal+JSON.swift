import Forms
import JSON
import Ledger
import Scrip

/// What a refusal says besides its code: the form in which answers keep it.
public struct RefusalBody: Hashable, Sendable {
  /// One sentence for people.
  @Exact public var detail: String
  /// The parts of the request that stand in the way.
  public var items: [Refusal.Item]

  /// Says something.
  public init(detail: String, items: [Refusal.Item]) {
    self.detail = detail
    self.items = items
  }
}

extension RefusalBody: ObjectForm, JSONWritable {
  /// `Refusal`
  public static let formName = "Refusal"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ body: Self?) -> Self? {
    let detail = walk.required("detail", body?.detail, .text())
    let items = walk.required("errors", body?.items, .objects(Refusal.Item.self))
    guard let detail, let items else { return nil }
    return Self(detail: detail, items: items)
  }
}

extension Refusal.Item: ObjectForm {
  /// `ProblemItem`
  public static let formName = "ProblemItem"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ item: Self?) -> Self? {
    let pointer = walk.required(
      "pointer", item?.pointer, .text(),
      "A JSON pointer into the body, or a question mark and a query parameter.")
    let code = walk.required("code", item?.code, .text())
    let message = walk.required("message", item?.message, .text())
    let facts = walk.sparse("facts", item.flatMap { $0.facts.isEmpty ? nil : $0.facts }, FactsForm())
    guard let pointer, let code, let message, let facts else { return nil }
    return Self(pointer: pointer, code: code, message: message, facts: facts ?? [:])
  }
}
