import Forms
import Ledger
import Scrip

extension EventFacts {
  /// The JSON Schemas of events, one for each kind of fact, in the order of the kinds.
  ///
  /// - Parameter id: where the schema of a type is served.
  public static func schemas(
    in envelope: EventEnvelopeForm, id: (_ type: String) -> String
  ) -> [EventSchema] {
    kinds.map { $0.schema(in: envelope, id: id($0.name)) }
  }
}

extension Fact {
  fileprivate static func schema(in envelope: EventEnvelopeForm, id: String) -> EventSchema {
    EventSchema(of: Self.self, in: envelope, id: id)
  }
}
