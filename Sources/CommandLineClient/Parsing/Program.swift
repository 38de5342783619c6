/// A program: its table of verbs, from which its command line, its help and its run follow.
package struct Program: Sendable {
  /// What it is called on a command line.
  package let name: String
  /// What it is for, in one sentence.
  package let about: String
  /// This release.
  package let version: String
  /// Every verb, in the order in which help lists them.
  package let verbs: [Verb]

  /// A program of these verbs.
  package init(name: String, about: String, version: String, verbs: [Verb]) {
    self.name = name
    self.about = about
    self.version = version
    self.verbs = verbs
  }

  /// Runs a command line, without the program's name.
  ///
  /// - Returns: the code that the process is to exit with.
  package func run(_ arguments: [String], environment: [String: String]) async -> Int32 {
    let console = Console.standard(of: name, environment: environment)
    do throws(ToolError) {
      switch try Parser(of: self, environment: environment).parse(arguments) {
      case .help(let path): console.print(Help(of: self).text(about: path))
      case .version: console.print("\(name) \(version)")
      case .run(let invocation): try await invocation.verb.run(invocation, console)
      }
      return ExitCode.ok.rawValue
    } catch {
      console.complain(error.message)
      return error.exitCode.rawValue
    }
  }
}
