/// What a command line asks for.
package enum Request: Sendable {
  /// Run a verb.
  case run(Invocation)
  /// Tell about everything, or about one verb or group of verbs.
  case help(path: [String])
  /// Tell the version.
  case version
}

/// Reads command lines against the table of verbs.
package struct Parser {
  private let program: Program
  private let environment: [String: String]
  private var verbs: [Verb] { program.verbs }

  /// A parser of a program's command lines, with the variables that stand behind its flags.
  package init(of program: Program, environment: [String: String]) {
    self.program = program
    self.environment = environment
  }

  /// Understands a command line, without the program's name.
  package func parse(_ arguments: [String]) throws(ToolError) -> Request {
    guard let first = arguments.first, first != "--help", first != "-h" else { return .help(path: []) }
    if first == "--version" || first == "version" { return .version }
    if first == "help" { return .help(path: try helpPath(Array(arguments.dropFirst()))) }
    if first.hasPrefix("-") {
      throw .usage(
        "A verb comes first, such as '\(program.name) \(verbs.first?.name ?? "help")': \(program.name) help")
    }
    guard let verb = verb(leading: arguments) else { return try parseGroup(arguments) }
    return try parse(Array(arguments.dropFirst(verb.path.count)), of: verb)
  }

  /// The longest verb that the arguments begin with.
  private func verb(leading arguments: [String]) -> Verb? {
    verbs.filter { arguments.starts(with: $0.path) }.max { $0.path.count < $1.path.count }
  }

  private func parseGroup(_ arguments: [String]) throws(ToolError) -> Request {
    let path = groupPath(leading: arguments)
    let group = verbs.filter { $0.path.starts(with: path) }
    let name = path.joined(separator: " ")
    if path.isEmpty {
      throw .usage(
        unknown("verb", arguments[0], among: verbs.map { $0.path[0] }) + " See: \(program.name) help")
    }
    guard arguments.count > path.count else {
      var words: [String] = []
      for verb in group where !words.contains(verb.path[path.count]) { words.append(verb.path[path.count]) }
      throw .usage(
        "'\(name)' needs one of: \(words.joined(separator: ", ")). See: \(program.name) help \(name)")
    }
    let next = arguments[path.count]
    if next == "--help" || next == "-h" { return .help(path: path) }
    throw .usage(
      unknown("verb", "\(name) \(next)", among: group.map(\.name)) + " See: \(program.name) help \(name)")
  }

  /// The words that the arguments begin with and that some verb begins with as well.
  private func groupPath(leading arguments: [String]) -> [String] {
    var path: [String] = []
    for argument in arguments {
      guard verbs.contains(where: { $0.path.starts(with: path + [argument]) }) else { break }
      path.append(argument)
    }
    return path
  }

  private func parse(_ arguments: [String], of verb: Verb) throws(ToolError) -> Request {
    var operands: [String] = []
    var given: [String: [String]] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" {
        operands.append(contentsOf: rest)
        break
      }
      if argument == "--help" || argument == "-h" { return .help(path: verb.path) }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      let (flag, value) = try read(argument, &rest, of: verb)
      if given[flag.name] != nil, !flag.repeats { throw .usage("--\(flag.name) stands twice.") }
      given[flag.name, default: []].append(value)
    }
    guard operands.count <= verb.operandsMax else {
      throw .usage(
        "'\(operands[verb.operandsMax])' is one argument too many: \(verb.synopsis(in: program.name))")
    }
    return .run(
      Invocation(
        program: program.name, verb: verb, operands: operands, given: given, environment: environment))
  }

  private func read(
    _ argument: String, _ rest: inout ArraySlice<String>, of verb: Verb
  ) throws(ToolError) -> (Flag, String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
      String.init)
    guard parts[0].hasPrefix("--"), let flag = verb.flags.first(where: { "--\($0.name)" == parts[0] }) else {
      throw .usage(
        unknown("flag", parts[0], among: verb.flags.map { "--\($0.name)" })
          + " See: \(program.name) help \(verb.name)")
    }
    if parts.count == 2 { return (flag, parts[1]) }
    guard flag.placeholder != nil else { return (flag, "true") }
    guard let value = rest.popFirst() else { throw .usage("\(flag.synopsis) has no value.") }
    return (flag, value)
  }

  private func helpPath(_ path: [String]) throws(ToolError) -> [String] {
    if path.isEmpty || verbs.contains(where: { $0.path.starts(with: path) }) { return path }
    throw .usage(
      unknown("verb", path.joined(separator: " "), among: verbs.map(\.name) + verbs.map { $0.path[0] })
        + " See: \(program.name) help")
  }

  private func unknown(_ kind: String, _ word: String, among candidates: [String]) -> String {
    let hint = nearest(to: word, among: candidates).map { " Did you mean '\($0)'?" } ?? ""
    return "There is no \(kind) '\(word)'.\(hint)"
  }
}

/// The candidate that a mistyped word most likely means; nil if none is close.
func nearest(to word: String, among candidates: [String]) -> String? {
  let ranked = candidates.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
  guard let (candidate, distance) = ranked, distance <= max(2, word.count / 3) else { return nil }
  return candidate
}

/// How many characters have to be inserted, removed, replaced or swapped with their neighbour.
func editDistance(_ left: String, _ right: String) -> Int {
  let left = Array(left)
  let right = Array(right)
  var before: [Int] = []
  var previous = Array(0...right.count)
  for row in left.indices {
    var current = [row + 1]
    for column in right.indices {
      let isSame = left[row] == right[column]
      var cost = min(previous[column] + (isSame ? 0 : 1), previous[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        cost = min(cost, before[column - 1] + 1)
      }
      current.append(cost)
    }
    before = previous
    previous = current
  }
  return previous[right.count]
}
