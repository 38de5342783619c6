import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// Whether events are what their types' schemas say.
public struct EventJudge {
  private let judges: [ExactText<EventJudge>: SchemaJudge]

  /// A judge of all types.
  public init() throws {
    var judges: [ExactText<EventJudge>: SchemaJudge] = [:]
    for schema in EventFacts.schemas(in: .listed, id: { "/\($0)" }) {
      let bytes = JSONWriter.bytes { schema.document.write(to: &$0) }
      judges[ExactText(schema.type)] = SchemaJudge(definitionsOf: try JSONDocument(parsing: bytes).root)
    }
    self.judges = judges
  }

  /// Whether an event, as callers get it, holds to the schema of its own type.
  public func takes(_ event: JSONNode) -> Bool {
    let type = event["type"]?.string() ?? ""
    return judges[ExactText(type)]?.takes(event, as: type + "Event") ?? false
  }

  /// The events of a store that do not hold to their schemas, as callers get them.
  public func faults(in store: some PromotionStore) throws -> [String] {
    try store.shownEvents(EventFilter(limit: .max)).compactMap { event in
      let bytes = JSONWriter.bytes { event.write(to: &$0) }
      return try takes(JSONDocument(parsing: bytes).root) ? nil : String(decoding: bytes, as: UTF8.self)
    }
  }
}
