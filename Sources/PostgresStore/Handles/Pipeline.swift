import Ledger
import Promotions

/// Statements that are sent in one piece and answered in one piece.
struct Pipeline {
  struct Step {
    let sql: StatementText
    /// Its values among those of all steps.
    let values: Range<Int>
    /// Where the first value's bytes begin.
    let firstByte: Int
    let hasNUL: Bool
  }

  private(set) var steps: [Step] = []
  /// The values of all steps, in their order.
  private(set) var parameters = Parameters()

  /// Adds a statement and its values.
  mutating func add(_ sql: StatementText, _ bind: (inout Parameters) -> Void = { _ in }) {
    let firstValue = parameters.count
    let firstByte = parameters.bytes.count
    let hadNUL = parameters.hasNUL
    bind(&parameters)
    steps.append(
      Step(
        sql: sql, values: firstValue..<parameters.count, firstByte: firstByte,
        hasNUL: parameters.hasNUL && !hadNUL))
  }

  /// The first statement to which a text was bound that the database can't store.
  var firstWithNUL: Step? { parameters.hasNUL ? steps.first(where: \.hasNUL) : nil }

  /// How many bytes of values are kept for the next use.
  private static let keptBytesMax = 1 << 18

  /// Empties it, and keeps its memory unless that is a lot.
  mutating func clear() {
    if parameters.bytes.capacity > Pipeline.keptBytesMax {
      self = Pipeline()
    } else {
      steps.removeAll(keepingCapacity: true)
      parameters.clear()
    }
  }
}
