/// Statements that are sent in one piece and answered in one piece.
struct Pipeline {
  struct Step {
    let sql: StaticString
    /// Where its values begin among all values, and how many there are.
    let firstValue: Int
    let valueCount: Int
  }

  private(set) var steps: [Step] = []
  /// The values of all steps, in their order.
  private(set) var parameters = Parameters()

  /// Adds a statement and its values.
  mutating func add(_ sql: StaticString, _ bind: (inout Parameters) -> Void = { _ in }) {
    let first = parameters.count
    bind(&parameters)
    steps.append(Step(sql: sql, firstValue: first, valueCount: parameters.count - first))
  }
}
