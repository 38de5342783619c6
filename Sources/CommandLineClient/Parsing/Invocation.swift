/// A verb's arguments and flags as they were given, with the environment and the defaults behind them.
package struct Invocation: Sendable {
  /// The program's name.
  private let program: String
  package let verb: Verb
  /// What stands without a flag, in order.
  package let operands: [String]
  private let given: [String: [String]]
  private let environment: [String: String]

  init(
    program: String, verb: Verb, operands: [String], given: [String: [String]], environment: [String: String]
  ) {
    self.program = program
    self.verb = verb
    self.operands = operands
    self.given = given
    self.environment = environment
  }

  /// The value of a flag: from the command line, or its variable, or its default, in this order.
  package subscript(_ name: String) -> String? {
    let flag = verb.flag(named: name)
    return given[name]?.last ?? set(flag) ?? flag.usual
  }

  /// All values of a flag that may stand several times.
  package func all(_ name: String) -> [String] { given[name] ?? [] }

  /// Whether a flag stands on the command line.
  package func isGiven(_ name: String) -> Bool { given[name] != nil }

  /// Whether a flag stands on the command line or in the environment.
  package func isSet(_ name: String) -> Bool { given[name] != nil || set(verb.flag(named: name)) != nil }

  /// Whether a switch is on.
  package func isOn(_ name: String) throws(ToolError) -> Bool {
    if let value = given[name]?.last { return try truth(value, "--\(name)") }
    let flag = verb.flag(named: name)
    guard let variable = flag.variable, let value = set(flag) else { return false }
    return try truth(value, variable)
  }

  /// A whole number within a range.
  package func integer(_ name: String, in range: ClosedRange<Int>) throws(ToolError) -> Int? {
    guard let text = self[name] else { return nil }
    guard let number = Int(text), range.contains(number) else {
      throw .usage(
        "\(source(of: name)) must be a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'."
      )
    }
    return number
  }

  /// A whole number of a setting that has a default.
  package func requiredInteger(_ name: String, in range: ClosedRange<Int>) throws(ToolError) -> Int {
    guard let number = try integer(name, in: range) else { throw missing(name) }
    return number
  }

  /// A span of time such as `250ms`, `10s`, `5m` or `1h`; a bare number is seconds.
  package func duration(_ name: String) throws(ToolError) -> Duration {
    guard let text = self[name] else { throw missing(name) }
    guard let duration = Duration(written: text), duration > .zero else {
      throw .usage("\(source(of: name)) must be a time such as 250ms, 10s, 5m or 1h, not '\(text)'.")
    }
    return duration
  }

  /// The value of a flag that the command can't do without.
  package func required(_ name: String) throws(ToolError) -> String {
    guard let value = self[name], !value.isEmpty else { throw missing(name) }
    return value
  }

  /// The operand at a position, which help calls by a name.
  package func operand(_ position: Int, _ name: String) throws(ToolError) -> String {
    guard position < operands.count else {
      throw .usage("\(name) is missing: \(synopsis)")
    }
    return operands[position]
  }

  /// How the verb is typed.
  package var synopsis: String { verb.synopsis(in: program) }

  /// How people would say where a flag's value came from.
  package func source(of name: String) -> String {
    if given[name] == nil, let variable = verb.flag(named: name).variable, environment[variable] != nil {
      return variable
    }
    return "--\(name)"
  }

  private func missing(_ name: String) -> ToolError {
    let flag = verb.flag(named: name)
    let variable = flag.variable.map { " (or \($0))" } ?? ""
    return .usage("\(flag.synopsis)\(variable) is required. See: \(program) help \(verb.name)")
  }

  private func set(_ flag: Flag) -> String? {
    // A variable that is set to nothing is how people unset one in a compose file.
    guard let variable = flag.variable, let value = environment[variable], !value.isEmpty else { return nil }
    return value
  }

  private func truth(_ text: String, _ source: String) throws(ToolError) -> Bool {
    switch text.lowercased() {
    case "1", "true", "yes", "on": return true
    case "0", "false", "no", "off": return false
    default: throw .usage("\(source) must be 1, true, yes, on, 0, false, no or off, not '\(text)'.")
    }
  }
}

extension Duration {
  /// Reads `250ms`, `10s`, `5m`, `1h` or a bare number of seconds; nil for anything else.
  package init?(written text: String) {
    let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
    let unit = units.first { text.hasSuffix($0.0) } ?? ("", 1000)
    guard let number = Int64(text.dropLast(unit.0.count)), (0...86_400_000).contains(number) else {
      return nil
    }
    self = .milliseconds(number * unit.1)
  }
}
