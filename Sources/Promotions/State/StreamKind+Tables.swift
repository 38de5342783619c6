import Ledger
import Scrip

extension StreamKind {
  /// The kinds whose heads stand in rows of declared tables, the tenants' own first.
  public static let declared: [StreamKind] = WorkingSet.shapes.compactMap(\.streams)

  /// The table whose rows hold the heads of such streams; nil for a kind that this version does not know.
  public var table: TableShape? { WorkingSet.shapes.first { $0.streams == self } }
}
