import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let eventTypes: [Route] = [
    Route(
      .get, "/v1/event-types", nil,
      Operation(
        id: "listEventTypes", tag: "Reports", summary: "The types that events have, with their JSON Schemas.",
        successes: [.ok(.output(EventTypeList.self))]),
      .asking { _ async throws(Problem) in .json(form: EventTypes.list) }),
    schema(
      .listed, id: "getEventSchema", "The JSON Schema of events of one type.", of: { $0.document }),
    schema(
      .cloudEvent, id: "getCloudEventSchema", "The JSON Schema of CloudEvents of one type.",
      of: { $0.cloudEventDocument }),
  ]

  private static func schema(
    _ envelope: EventEnvelopeForm, id: String, _ summary: String,
    of document: @escaping @Sendable (EventTypes.Described) -> [UInt8]
  ) -> Route {
    Route(
      .get, EventTypes.path(of: "{event_type}", envelope), nil,
      Operation(
        id: id, tag: "Reports", summary: summary,
        successes: [
          Operation.Success(
            status: 200, description: "The schema.",
            content: [(EventTypes.mediaType, .output(EventSchemaView.self))], headers: [])
        ]),
      .asking { exchange async throws(Problem) in
        Reply(
          status: 200, contentType: EventTypes.mediaType,
          body: .bytes(document(try exchange.path(PathParameters.eventType))))
      })
  }
}

/// The types of events, described once.
enum EventTypes {
  /// A type with its schema as it is served.
  struct Described: Sendable {
    let name: EventTypeName
    let document: [UInt8]
    let cloudEventDocument: [UInt8]
  }

  static let mediaType = "application/schema+json"

  static let list = EventTypeList(
    data: EventFacts.kinds.map {
      EventTypeEntry(
        type: $0.name, schema: path(of: $0.name, .listed), cloudEventSchema: path(of: $0.name, .cloudEvent))
    })

  private static let described = zip(documents(.listed), documents(.cloudEvent)).map { listed, cloud in
    Described(name: listed.name, document: listed.bytes, cloudEventDocument: cloud.bytes)
  }

  private static func documents(_ envelope: EventEnvelopeForm) -> [(name: EventTypeName, bytes: [UInt8])] {
    EventFacts.schemas(in: envelope) { path(of: $0, envelope) }.map { schema in
      (
        EventTypeName(schema.type),
        JSONWriter.bytes(capacity: 1 << 14) { schema.document.write(to: &$0) }
      )
    }
  }

  /// The type of a name; nil if there is none.
  static func named(_ name: String) -> Described? {
    let name = EventTypeName(name)
    return described.first { $0.name == name }
  }

  fileprivate static func path(of type: String, _ envelope: EventEnvelopeForm) -> String {
    "/v1/event-types/\(type)/\(envelope.rawValue)"
  }
}

/// A type's name, compared by its bytes.
typealias EventTypeName = ExactText<EventTypes.Described>

/// All types.
struct EventTypeList: ObjectForm {
  static let formName = "EventTypeList"

  var data: [EventTypeEntry]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ list: Self?) -> Self? {
    walk.required("data", list?.data, .objects(EventTypeEntry.self)).map(Self.init)
  }
}

/// One type in the list of them.
struct EventTypeEntry: ObjectForm {
  static let formName = "EventType"

  var type: String  // String: shown, never looked up
  var schema: String  // String: shown, never looked up
  var cloudEventSchema: String  // String: shown, never looked up

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ entry: Self?) -> Self? {
    let type = walk.required("type", entry?.type, .text())
    let schema = walk.required("schema", entry?.schema, .text(), "Where its JSON Schema is.")
    let cloudEventSchema = walk.required(
      "cloudevent_schema", entry?.cloudEventSchema, .text(), "Where the one of CloudEvents is.")
    guard let type, let schema, let cloudEventSchema else { return nil }
    return EventTypeEntry(type: type, schema: schema, cloudEventSchema: cloudEventSchema)
  }
}

/// A JSON Schema, which describes itself no further.
struct EventSchemaView: ObjectForm {
  static let formName = "EventSchema"

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ schema: Self?) -> Self? {
    for name: StaticString in ["$schema", "$id", "title", "$ref"] { _ = walk.required(name, nil, .text()) }
    _ = walk.required("$defs", nil, AnyObjectForm())
    return EventSchemaView()
  }
}
