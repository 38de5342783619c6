import protocol Scrip.Identified
import struct Scrip.Identifier
import struct Scrip.StreamID
import struct Scrip.StreamKind
import struct Scrip.Tenant

/// Rows of ordinary tables, found by their type: a table that is listed as ordinary needs no place of its own in the
/// state. Tables that every command looks at have one, because it is faster.
public struct RowShelf: Sendable {
  private var tables: [ObjectIdentifier: any Sendable] = [:]

  /// No rows.
  public init() {}

  /// The rows of a table.
  public subscript<Row: StoredRow>(_ row: Row.Type) -> Rows<Row> {
    get { tables[ObjectIdentifier(row)] as? Rows<Row> ?? Rows() }
    _modify {
      var rows = tables.removeValue(forKey: ObjectIdentifier(row)) as? Rows<Row> ?? Rows()
      defer { tables[ObjectIdentifier(row)] = rows }
      yield &rows
    }
  }

  /// Whether it holds nothing.
  public var isEmpty: Bool { tables.isEmpty }

  /// Visits the rows of each of the listed tables of which there are any, in their order.
  public func visit<Visitor: RowVisitor>(
    _ types: [any StoredRow.Type], _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    for type in types where tables[ObjectIdentifier(type)] != nil { try visit(type, &visitor) }
  }

  private func visit<Row: StoredRow, Visitor: RowVisitor>(
    _ row: Row.Type, _ visitor: inout Visitor
  ) throws(Visitor.Failure) {
    try visitor.visit(self[row])
  }
}

/// Keys of rows of ordinary tables, by the type of the rows.
public struct KeyShelf: Sendable {
  private var sets: [ObjectIdentifier: any Sendable] = [:]

  /// No keys.
  public init() {}

  /// The keys of a table's rows.
  public subscript<Row: StoredRow>(_ row: Row.Type) -> Set<Row.Key> {
    get { sets[ObjectIdentifier(row)] as? Set<Row.Key> ?? [] }
    _modify {
      var keys = sets.removeValue(forKey: ObjectIdentifier(row)) as? Set<Row.Key> ?? []
      defer { if !keys.isEmpty { sets[ObjectIdentifier(row)] = keys } }
      yield &keys
    }
  }

  /// Whether it holds nothing.
  public var isEmpty: Bool { sets.isEmpty }

  /// Visits the keys of each of the listed tables beside those of another shelf.
  public mutating func visit(
    _ types: [any StoredRow.Type], _ visitor: inout some KeyVisitor, beside other: inout KeyShelf
  ) {
    if isEmpty, other.isEmpty { return }
    for type in types { visit(type, &visitor, &other) }
  }

  private mutating func visit<Row: StoredRow>(
    _ row: Row.Type, _ visitor: inout some KeyVisitor, _ other: inout KeyShelf
  ) {
    visitor.visit(&self[row], &other[row], .leadsOn)
  }
}

/// A row in which a stream ends.
public protocol StreamOwner: StoredRow {
  /// Where the stream ends.
  var head: StreamHead { get set }

  /// The key of the row in which a stream ends.
  static func key(of stream: StreamID, _ tenant: Tenant.ID) -> Key
}

/// Streams that end in rows of ordinary tables.
extension RowShelf {
  /// Where a stream ends; nil if its owner is not here.
  public func head(of stream: StreamID, _ tenant: Tenant.ID, in types: [any StoredRow.Type]) -> StreamHead? {
    RowShelf.owner(of: stream.kind, in: types).flatMap { head(of: stream, tenant, $0) }
  }

  private func head<Row: StreamOwner>(
    of stream: StreamID, _ tenant: Tenant.ID, _ row: Row.Type
  ) -> StreamHead? {
    self[row][Row.key(of: stream, tenant)]?.head
  }

  /// Says where a stream ends now; false if its owner is not here.
  public mutating func setHead(
    _ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID, in types: [any StoredRow.Type]
  ) -> Bool {
    guard let type = RowShelf.owner(of: stream.kind, in: types) else { return false }
    return setHead(head, of: stream, tenant, type)
  }

  private mutating func setHead<Row: StreamOwner>(
    _ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID, _ row: Row.Type
  ) -> Bool {
    let key = Row.key(of: stream, tenant)
    if self[row][key] == nil { return false }
    self[row].count(key) { $0.head = head }
    return true
  }

  /// Why the row in which a stream ends can't be read; nil if it can, or is not here.
  public func unreadableOwner(
    of stream: StreamID, _ tenant: Tenant.ID, in types: [any StoredRow.Type]
  ) -> StoreFailure? {
    if isEmpty { return nil }
    return RowShelf.owner(of: stream.kind, in: types).flatMap { unreadableOwner(of: stream, tenant, $0) }
  }

  private func unreadableOwner<Row: StreamOwner>(
    of stream: StreamID, _ tenant: Tenant.ID, _ row: Row.Type
  ) -> StoreFailure? {
    self[row].unreadable[Row.key(of: stream, tenant)]
  }

  /// The type of rows in which streams of a kind end.
  public static func owner(of kind: StreamKind, in types: [any StoredRow.Type]) -> (any StreamOwner.Type)? {
    types.first { $0.shape.streams == kind } as? any StreamOwner.Type
  }
}

extension KeyShelf {
  /// Asks for the row in which a stream ends.
  public mutating func addOwner(of stream: StreamID, _ tenant: Tenant.ID, in types: [any StoredRow.Type]) {
    if let type = RowShelf.owner(of: stream.kind, in: types) { add(stream, tenant, type) }
  }

  private mutating func add<Row: StreamOwner>(_ stream: StreamID, _ tenant: Tenant.ID, _ row: Row.Type) {
    self[row].insert(Row.key(of: stream, tenant))
  }
}

/// A page of a tenant's rows of a table whose key is an identifier, newest first.
public struct NewestFirst<Row: StoredRow, Subject: Identified>: Search
where Row.Key == Owned<Identifier<Subject>> {
  /// The answer.
  public typealias Found = [Row]

  /// Whose rows.
  public let tenant: Tenant.ID
  /// Only those behind this one.
  public let after: Identifier<Subject>?
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(_ row: Row.Type, of tenant: Tenant.ID, after: Identifier<Subject>?, limit: Int) {
    self.tenant = tenant
    self.after = after
    self.limit = limit
  }
}
