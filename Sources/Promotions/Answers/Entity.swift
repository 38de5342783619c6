import Forms
import JSON
import Ledger
import Scrip

/// Something that commands make and change, and that answers show as a whole.
public protocol Entity: ObjectForm, JSONWritable, Hashable, Sendable {
  /// What kept answers about it begin with: one word of small letters and underscores, never given another meaning.
  static var topic: String { get }  // String: words of ours

  /// Where it is found.
  var path: String { get }  // String: a path of ours

  /// The number of its version, which an edit may name.
  var version: Int64 { get }
}

/// Any entity.
public struct AnyEntity: Hashable, Sendable {
  /// The entity.
  public let value: any Entity

  /// Takes an entity.
  public init(_ value: any Entity) { self.value = value }

  /// Whether both are the same.
  public static func == (left: AnyEntity, right: AnyEntity) -> Bool { left.value.isSame(as: right.value) }

  /// Hashes the entity.
  public func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }

  /// Reads what is kept of an entity; nil for a topic that this version does not know.
  ///
  /// - Throws: `StoredFormError` for bytes that can't be understood.
  static func read(topic: String, _ body: [UInt8]) throws(StoredFormError) -> AnyEntity? {
    guard let kind = Catalogue.entities.first(where: { $0.topic == topic }) else { return nil }
    return AnyEntity(try kind.read(body))
  }
}

extension Entity {
  fileprivate func isSame(as other: any Entity) -> Bool { (other as? Self) == self }

  fileprivate static func read(_ body: [UInt8]) throws(StoredFormError) -> Self {
    try Self(stored: body, as: "an answer")
  }
}
