import JSON
import Scrip

/// An event as it leaves the house: a CloudEvent 1.0 in structured JSON.
///
/// Its `id` is made of its stream and its place in there, which never change; together with `source` it is unique. The
/// attributes `sequence` and `sequencetype` are those of the sequence extension: within one `subject` they rise by one, so
/// that whoever gets events can order them and see that one is missing.
public struct CloudEvent: Sendable {
  /// The event.
  public let event: ShownEvent
  /// Whose it is: `urn:scrip:tenant_1`.
  @Exact public var source: String

  /// Takes an event of a tenant.
  public init(_ event: ShownEvent, of tenant: Tenant.ID) {
    self.init(event: event, source: "urn:scrip:\(tenant)")
  }

  private init(event: ShownEvent, source: String) {
    self.event = event
    self.source = source
  }

  /// Its identifier: the stream and the place in it.
  public var id: String { "\(event.stream ?? "position_\(event.position)")/\(event.sequence)" }

  private static func schemaName(of type: String) -> String { "urn:scrip:event-type:\(type):1" }
}

extension CloudEvent: ObjectForm, JSONWritable {
  /// `CloudEvent`
  public static let formName = "CloudEvent"
  /// For the API's description.
  public static let formNote: StaticString? =
    "An event as a CloudEvent 1.0 (cloudevents.io) in structured JSON."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    members(&walk, event, type: .text(), schema: .text(), data: .encodedObject())
  }

  /// The members of an event of any type, in their order.
  static func members<Walk: FormWalk & ~Copyable, Name: ValueForm, SchemaName: ValueForm>(
    _ walk: inout Walk, _ cloud: Self?, type name: Name, schema: SchemaName, data form: EncodedForm
  ) -> Self? where Name.Value == String, SchemaName.Value == String {
    let event = cloud?.event
    let version = walk.required("specversion", cloud.map { _ in "1.0" }, ConstantForm(text: "1.0"))
    let id = walk.required("id", cloud?.id, .text(), "The stream and the place in it; never another one.")
    let source = walk.required("source", cloud?.source, .text(), "The tenant.")
    let type = walk.required("type", event?.type, name)
    let subject = walk.sparse("subject", event?.stream, .text(), "The stream; absent if that is damaged.")
    let time = walk.sparse("time", event?.at, .instant(), "Absent if that is damaged.")
    let mediaType = walk.required(
      "datacontenttype", cloud.map { _ in "application/json" }, ConstantForm(text: "application/json"))
    let dataSchema = walk.required("dataschema", event.map { Self.schemaName(of: $0.type) }, schema)
    let sequence = walk.required(
      "sequence", event.map { String($0.sequence) }, .text(), "The place in the stream, in decimal digits.")
    let sequenceType = walk.required(
      "sequencetype", cloud.map { _ in "Integer" }, ConstantForm(text: "Integer"))
    let position = walk.required(
      "position", event.map { String($0.position) }, .text(),
      "The place among all events, in decimal digits, behind which one reads on.")
    let actor = walk.required("actor", event?.actor, .text())
    let requestID = walk.sparse("requestid", event?.requestID, .text())
    let data = walk.optional(
      "data", event?.data, form, "The fact as it is stored, without secrets; null if it is damaged.")
    guard version != nil, id != nil, let source, let type, let subject, let time, mediaType != nil,
      dataSchema != nil, let sequence = sequence.flatMap({ Int64($0) }), sequenceType != nil,
      let position = position.flatMap({ Int64($0) }), let actor, let requestID, let data
    else { return nil }
    return Self(
      event: ShownEvent(
        position: position, stream: subject, sequence: sequence, type: type, at: time, actor: actor,
        requestID: requestID, data: data ?? []),
      source: source)
  }
}

/// A CloudEvent of one type.
struct TypedCloudEvent<Fact: ObjectForm>: ObjectForm {
  /// `CouponAppliedCloudEvent`
  static var formName: String { Fact.formName + "CloudEvent" }

  let cloud: CloudEvent

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    CloudEvent.members(
      &walk, event?.cloud, type: ConstantForm(text: Fact.formName),
      schema: ConstantForm(text: "urn:scrip:event-type:\(Fact.formName):1"), data: .encoded(Fact.self)
    )
    .map(Self.init)
  }
}
