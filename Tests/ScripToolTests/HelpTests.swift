import Testing

@testable import CommandLineClient
@testable import ScripTool

struct HelpTests {
  private let help = Help(of: .scrip)

  @Test func `help about everything names every verb and every exit code`() {
    let text = help.text(about: [])
    for verb in Verb.all { #expect(text.contains("\n  \(verb.name)"), "\(verb.name) is missing") }
    for code in ExitCode.allCases { #expect(text.contains("\n  \(code.rawValue) "), "\(code) is missing") }
  }

  @Test(arguments: Verb.all.map(\.name))
  func `help about a verb names every flag with its variable and default`(_ name: String) throws {
    let verb = try #require(Verb.all.first { $0.name == name })
    let text = help.text(about: verb.path)
    #expect(text.hasPrefix("usage: scrip \(name)"))
    for flag in verb.flags {
      #expect(text.contains("\n  \(flag.synopsis)\n      \(flag.about)"))
      if let variable = flag.variable { #expect(text.contains("variable \(variable)")) }
      if let usual = flag.usualText { #expect(text.contains("default \(usual)")) }
    }
  }

  @Test func `help about one setting reads like this`() {
    #expect(
      help.text(about: ["serve"]).contains(
        """
          --queue-max N
              Commands that may wait; one more is answered with 503.
              [variable SCRIP_QUEUE_MAX; default 4096]
        """))
  }

  @Test func `help about a group lists its verbs alone`() {
    let text = help.text(about: ["migrate"])
    #expect(
      text.contains("migrate up") && text.contains("migrate down STEP") && text.contains("migrate status"))
    #expect(!text.contains("coupon"))
  }

  @Test func `no verb has a flag twice and every setting has the variable of its name`() {
    for verb in Verb.all {
      #expect(Set(verb.flags.map(\.name)).count == verb.flags.count, "\(verb.name)")
      for flag in verb.flags {
        guard let variable = flag.variable else { continue }
        #expect(variable == "SCRIP_" + flag.name.uppercased().replacing("-", with: "_"))
      }
    }
  }

  @Test func `no verb is the beginning of another one`() {
    for verb in Verb.all {
      #expect(Verb.all.filter { $0.path.starts(with: verb.path) }.count == 1, "\(verb.name)")
    }
  }

  @Test(arguments: [
    (200, ExitCode.refused), (404, .refused), (409, .refused), (412, .refused), (422, .refused),
    (400, .usage),
    (413, .usage), (415, .usage), (401, .notAllowed), (403, .notAllowed), (429, .unavailable),
    (503, .unavailable),
    (500, .failure), (501, .failure),
  ])
  func `an answer that is no success has its exit code`(_ status: Int, _ code: ExitCode) {
    #expect(ExitCode(status: status) == code)
  }

  @Test func `a refusal is told in sentences with its codes`() {
    let body =
      #"{"status":409,"code":"usage_limit_reached","detail":"All uses are taken.","errors":["#
      + #"{"pointer":"/codes/0","code":"usage_limit_reached","message":"All 3 uses are taken."}]}"#
    let problem = ReceivedProblem(ServiceClient.Reply(status: 409, headers: [:], body: Array(body.utf8)))
    let error = ToolError.refused(problem)
    #expect(error.exitCode == .refused)
    #expect(
      error.message
        == "All uses are taken. (usage_limit_reached)\n  /codes/0: All 3 uses are taken. (usage_limit_reached)"
    )
  }

  @Test func `members that are wrong are the command line's fault`() {
    let body = #"{"status":422,"code":"invalid_request","detail":"One member of the request is wrong."}"#
    let problem = ReceivedProblem(ServiceClient.Reply(status: 422, headers: [:], body: Array(body.utf8)))
    #expect(ToolError.refused(problem).exitCode == .usage)
  }

  @Test func `an answer that is not from Scrip is quoted`() {
    let problem = ReceivedProblem(ServiceClient.Reply(status: 502, headers: [:], body: Array("<h1>oh".utf8)))
    #expect(problem.sentences == "The service answered 502: <h1>oh (http_502)")
    #expect(ToolError.refused(problem).exitCode == .unavailable)
  }
}
