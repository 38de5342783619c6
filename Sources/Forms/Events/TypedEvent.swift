import JSON
import Scrip

/// An event of one type, as callers get it: the envelope that all events have, with the fact's own form in it.
struct TypedEvent<Fact: ObjectForm>: ObjectForm {
  /// `CouponAppliedEvent`
  static var formName: String { Fact.formName + "Event" }

  let shown: ShownEvent

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    ShownEvent.members(
      &walk, event?.shown, type: ConstantForm(text: Fact.formName), data: .encoded(Fact.self)
    )
    .map(Self.init)
  }
}

/// One text and no other.
struct ConstantForm: ValueForm {
  let text: String  // String: a name of ours

  func read(_ value: ValueReader) -> String? {
    value.parsed(maxLength: .max, as: text) { $0 == text ? $0 : nil }
  }

  func write(_ value: String, to writer: inout JSONWriter) { writer.string(value) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["const": .text(text)] }
}

/// How an event is packed.
public enum EventEnvelopeForm: String, CaseIterable, Sendable {
  /// As lists of events have it.
  case listed = "schema"
  /// As a CloudEvent.
  case cloudEvent = "cloudevent-schema"
}

/// The JSON Schema of events of one type.
public struct EventSchema: Sendable {
  /// The type that it is of: `CouponApplied`.
  public let type: String  // String: a name of ours
  /// The document, which refers to nothing outside of itself.
  public let document: JSONTree

  /// Describes the events that hold a fact.
  ///
  /// A later version of the service may add members, so that the schema says nothing about others than those it has.
  ///
  /// - Parameter id: where the schema is served.
  public init<Fact: ObjectForm>(of _: Fact.Type, in envelope: EventEnvelopeForm, id: String) {
    type = Fact.formName
    var components = SchemaComponents()
    let name: String
    switch envelope {
    case .listed:
      components.add(TypedEvent<Fact>.self, .output)
      name = TypedEvent<Fact>.formName
    case .cloudEvent:
      components.add(TypedCloudEvent<Fact>.self, .output)
      name = TypedCloudEvent<Fact>.formName
    }
    let definitions = components.schemas.map {
      JSONTree.Member(name: $0.name, value: $0.schema.standingAlone)
    }
    document = [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "$id": .text(id), "title": .text(type),
      "$ref": .text("#/$defs/\(name)"), "$defs": .object(definitions),
    ]
  }
}

extension JSONTree {
  /// A schema of the API's description as one of a document of its own that is open for members to come.
  fileprivate var standingAlone: JSONTree {
    switch self {
    case .list(let elements): return .list(elements.map(\.standingAlone))
    case .object(let members): return .object(members.compactMap(\.standingAlone))
    case .text, .int, .bool, .null, .encoded: return self
    }
  }
}

extension JSONTree.Member {
  fileprivate var standingAlone: JSONTree.Member? {
    switch (name, value) {
    case ("additionalProperties", .bool(false)): return nil
    case ("$ref", .text(let reference)):
      let name = reference.split(separator: "/").last.map(String.init) ?? reference
      return JSONTree.Member(name: self.name, value: .text("#/$defs/\(name)"))
    default: return JSONTree.Member(name: name, value: value.standingAlone)
    }
  }
}
