/// One thing that a program does: what the parser accepts, help tells, and the program runs.
package struct Verb: Sendable {
  /// Its words, such as `coupon` and `create`.
  package let path: [String]
  /// Its operands as help shows them; those in brackets may be left out.
  package let operands: [String]
  /// One line.
  package let summary: String
  /// More than a line, where it needs more.
  package let details: String
  /// All flags it takes.
  package let flags: [Flag]
  /// Does it.
  package let run: @Sendable (Invocation, Console) async throws(ToolError) -> Void

  package init(
    _ name: String, _ operands: [String] = [], _ summary: String, details: String = "", flags: [Flag],
    run: @escaping @Sendable (Invocation, Console) async throws(ToolError) -> Void
  ) {
    path = name.split(separator: " ").map(String.init)
    self.operands = operands
    self.summary = summary
    self.details = details
    self.flags = flags
    self.run = run
  }

  /// Its words as they are typed.
  package var name: String { path.joined(separator: " ") }

  /// How many operands it takes at most.
  package var operandsMax: Int { operands.contains { $0.contains("…") } ? Int.max : operands.count }

  /// How it is typed: `scrip coupon show COUPON`
  package func synopsis(in program: String) -> String {
    ([program] + path + operands + (flags.isEmpty ? [] : ["[flags]"])).joined(separator: " ")
  }

  /// The flag of that name.
  ///
  /// - Precondition: the verb has it; a verb asks for its own flags only.
  package func flag(named name: String) -> Flag {
    guard let flag = flags.first(where: { $0.name == name }) else {
      preconditionFailure("'\(self.name)' asks for --\(name), which is not in its table")
    }
    return flag
  }
}
