/// One thing that `scrip` does: what the parser accepts, help tells, and the program runs.
struct Verb: Sendable {
  /// Its words, such as `coupon` and `create`.
  let path: [String]
  /// Its operands as help shows them; those in brackets may be left out.
  let operands: [String]
  /// One line.
  let summary: String
  /// More than a line, where it needs more.
  let details: String
  /// All flags it takes.
  let flags: [Flag]
  /// Does it.
  let run: @Sendable (Invocation, Console) async throws(ToolError) -> Void

  init(
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
  var name: String { path.joined(separator: " ") }

  /// How many operands it takes at most.
  var operandsMax: Int { operands.contains { $0.contains("…") } ? Int.max : operands.count }

  /// `scrip coupon show COUPON`
  var synopsis: String {
    (["scrip"] + path + operands + (flags.isEmpty ? [] : ["[flags]"])).joined(separator: " ")
  }

  /// The flag of that name.
  ///
  /// - Precondition: the verb has it; a verb asks for its own flags only.
  func flag(named name: String) -> Flag {
    guard let flag = flags.first(where: { $0.name == name }) else {
      preconditionFailure("'\(self.name)' asks for --\(name), which is not in its table")
    }
    return flag
  }
}

extension Verb {
  /// Every verb, in the order in which help lists them.
  static let all: [Verb] =
    serving + coupons + orders + access + persons + history + keeping + migrating + examples
}
