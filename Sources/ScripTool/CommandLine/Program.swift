/// The whole run of `scrip`, from its arguments to its exit code.
enum Program {
  /// This release.
  static let version = "0.1.0"

  /// Runs a command line, without the program's name.
  static func run(_ arguments: [String], environment: [String: String]) async -> Int32 {
    let console = Console.standard(environment: environment)
    do throws(ToolError) {
      switch try Parser(verbs: Verb.all, environment: environment).parse(arguments) {
      case .help(let path): console.print(Help(verbs: Verb.all).text(about: path))
      case .version: console.print("scrip \(version)")
      case .run(let invocation): try await invocation.verb.run(invocation, console)
      }
      return ExitCode.ok.rawValue
    } catch {
      console.complain(error.message)
      return error.exitCode.rawValue
    }
  }
}
