/// Which columns a statement writes.
public struct ColumnRoles: OptionSet, Sendable {
  /// A bit for each role.
  public let rawValue: UInt8

  /// Takes bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// One role.
  @inlinable
  public init(_ role: ColumnRole) {
    switch role {
    case .key: self.init(rawValue: 1)
    case .fixed: self.init(rawValue: 2)
    case .plain: self.init(rawValue: 4)
    case .hot: self.init(rawValue: 8)
    case .derived: self.init(rawValue: 16)
    case .owner: self.init(rawValue: 32)
    case .beside: self.init(rawValue: 64)
    }
  }

  /// The columns that a change writes, and by which it finds its row.
  public init(of change: RowChange) {
    switch change {
    case .count: self = [.found, .init(.hot)]
    case .update: self = [.found, .init(.plain), .init(.hot)]
    case .redefine: self = [.found, .init(.plain), .init(.hot), .init(.derived)]
    case .insert: self = [.found, .init(.fixed), .init(.plain), .init(.hot), .init(.derived)]
    }
  }

  /// Those by which a change finds its row.
  public static let found: ColumnRoles = [.init(.key), .init(.owner)]

  /// The key alone.
  public static let key = ColumnRoles(.key)
}

extension TableShape {
  /// The columns that a change writes, in order, those of the key among them.
  public func columns(of change: RowChange) -> [Column] {
    let roles = ColumnRoles(of: change)
    return columns.filter { roles.contains(ColumnRoles($0.role)) }
  }

  /// The columns that a change looks at and does not write, in order.
  public var foundColumns: [Column] { columns.filter { $0.role == .key || $0.role == .owner } }

  /// The columns of the key.
  public var keyColumns: [Column] { columns.filter { $0.role == .key } }

  /// The columns that are read with a row, those of the key aside.
  public var valueColumns: [Column] { columns.filter { ![.key, .derived, .beside].contains($0.role) } }

  /// The columns that the log tells of, in order.
  public var toldColumns: [Column] { columns.filter { $0.role != .beside } }

  /// The condition that a row is told by the log, behind a space; empty where every row is.
  public var toldCondition: String { told.map { " WHERE \($0)" } ?? "" }  // String: SQL of ours
}
