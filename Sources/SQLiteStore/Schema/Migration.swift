/// One step of the schema: how to take it and how to go back.
struct Migration: Sendable {
  /// Its number; steps are taken in order from 1 on.
  let number: Int64
  /// A few words on what it brings.
  let name: String
  /// The statements that take the step.
  let up: [StaticString]
  /// The statements that take it back. What only the step could hold is lost.
  let down: [StaticString]

  /// Every step that this program knows, in order.
  static let all: [Migration] = [first]
}
