/// What a program's `help` says, all of it from its table of verbs.
package struct Help {
  private let program: Program
  private var verbs: [Verb] { program.verbs }

  /// The help of a program.
  package init(of program: Program) { self.program = program }

  /// The text about everything, a group, or one verb.
  package func text(about path: [String]) -> String {
    if path.isEmpty { return overview }
    if let verb = verbs.first(where: { $0.path == path }) { return text(about: verb) }
    return group(path)
  }

  private var overview: String {
    """
    \(program.name): \(program.about)

    usage: \(program.name) VERB [arguments] [flags]

    \(list(verbs))

    \(whereFlagsAre)

    \(exitCodes)
    """
  }

  private var whereFlagsAre: String {
    """
    '\(program.name) help VERB' tells a verb's flags with their environment variables and defaults.
    A flag beats its variable, a variable beats the default.
    """
  }

  private func group(_ path: [String]) -> String {
    let members = verbs.filter { $0.path.starts(with: path) }
    return """
      usage: \(program.name) \(path.joined(separator: " ")) VERB

      \(list(members))

      \(whereFlagsAre)

      \(exitCodes)
      """
  }

  private func text(about verb: Verb) -> String {
    var parts = ["usage: \(verb.synopsis(in: program.name))", verb.summary]
    if !verb.details.isEmpty { parts.append(verb.details) }
    if !verb.flags.isEmpty { parts.append("flags:\n" + verb.flags.map(describe).joined(separator: "\n")) }
    parts.append(exitCodes)
    return parts.joined(separator: "\n\n")
  }

  private func describe(_ flag: Flag) -> String {
    var notes: [String] = []
    if let variable = flag.variable { notes.append("variable \(variable)") }
    if let usual = flag.usualText { notes.append("default \(usual)") }
    if flag.repeats { notes.append("may stand several times") }
    let suffix = notes.isEmpty ? "" : "\n      [\(notes.joined(separator: "; "))]"
    return "  \(flag.synopsis)\n      \(flag.about)\(suffix)"
  }

  private func list(_ verbs: [Verb]) -> String {
    let names = verbs.map { (["  " + $0.name] + $0.operands).joined(separator: " ") }
    let width = (names.map(\.count).max() ?? 0) + 2
    return zip(names, verbs).map { name, verb in
      name + String(repeating: " ", count: width - name.count) + verb.summary
    }.joined(separator: "\n")
  }

  private var exitCodes: String {
    let lines = ExitCode.allCases.map { code in
      let number = String(code.rawValue)
      return "  " + number + String(repeating: " ", count: 4 - number.count) + code.meaning
    }
    return "exit codes:\n" + lines.joined(separator: "\n")
  }
}
