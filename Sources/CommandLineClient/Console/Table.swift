/// Columns of text for people, as wide as their widest cell.
package struct Table {
  /// How a column is set.
  package enum Alignment: Sendable { case left, right }

  private let titles: [String]
  private let alignments: [Alignment]
  private var rows: [[String]] = []

  /// A table; titles that begin with `>` head columns of figures, which stand at the right.
  package init(_ titles: String...) {
    alignments = titles.map { $0.hasPrefix(">") ? .right : .left }
    self.titles = titles.map { $0.hasPrefix(">") ? String($0.dropFirst()) : $0 }
  }

  /// Whether there are no rows.
  package var isEmpty: Bool { rows.isEmpty }

  /// Adds a row, a cell for each title.
  package mutating func add(_ cells: String...) {
    precondition(cells.count == titles.count, "a row has a cell for each column")
    rows.append(cells.map(\.printable))
  }

  /// The table with its titles, without a line feed at the end.
  package var text: String {
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    return ([titles.map { $0.uppercased() }] + rows).map { line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var text = ""
    for column in cells.indices {
      let padding = String(repeating: " ", count: widths[column] - cells[column].count)
      let isLast = column == cells.count - 1
      text += alignments[column] == .right ? padding + cells[column] : cells[column] + (isLast ? "" : padding)
      if !isLast { text += "  " }
    }
    return text
  }
}
