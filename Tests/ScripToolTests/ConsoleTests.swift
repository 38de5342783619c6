import JSON
import Synchronization
import Testing

@testable import CommandLineClient
@testable import ScripTool

struct ConsoleTests {
  @Test func `a table is as wide as its widest cells, with figures at the right`() {
    var table = Table("name", ">uses", "state")
    table.add("Welcome", "7", "active")
    table.add("VIP", "1234", "draft")
    #expect(
      table.text == """
        NAME     USES  STATE
        Welcome     7  active
        VIP      1234  draft
        """)
  }

  @Test func `a name can't move the terminal's cursor`() {
    var table = Table("name")
    table.add("\u{1B}[2Jgone\n")
    #expect(table.text == "NAME\n?[2Jgone?")
  }

  @Test func `an answer for people moves no cursor, whatever it holds, and one for machines is as it came`()
    throws
  {
    let body = #"{"name":"a\u001b[2J\nb","list":[{"k\u0007":"\u009b1m"}],"count":3}"#
    let reply = ServiceClient.Reply(status: 200, headers: [:], body: Array(body.utf8))
    #expect(
      JSONText(bytes: try reply.printable().bytes).text
        == #"{"name":"a?[2J?b","list":[{"k?":"?1m"}],"count":3}"#)
    for (flags, shown) in [([], "a?[2J?b\n"), (["--json"], body + "\n")] {
      let lines = Mutex("")
      let console = Console(
        program: "scrip", write: { text in lines.withLock { $0 += text } }, note: { _ in })
      let arguments = ["order", "show", "o-1"] + flags
      guard case .run(let invocation) = try Parser(of: .scrip, environment: [:]).parse(arguments) else {
        throw ToolError.failure("nothing to run")
      }
      try invocation.show(reply, on: console) { $0.shown("name") }
      #expect(lines.withLock { $0 } == shown)
    }
  }

  @Test func `a complaint quotes what came from outside in its own lines, without control characters`() {
    let lines = Mutex("")
    let console = Console(program: "scrip", write: { _ in }, note: { text in lines.withLock { $0 += text } })
    console.complain("no\u{1B}[2J\n  item\u{7}")
    #expect(lines.withLock { $0 } == "scrip: no?[2J\n  item?\n")
  }

  @Test func `colours are for terminals alone`() {
    let plain = Console(program: "scrip", write: { _ in }, note: { _ in })
    let terminal = Console(program: "scrip", hasColors: true, write: { _ in }, note: { _ in })
    #expect(plain.styled("ok", .good) == "ok")
    #expect(terminal.styled("ok", .good) == "\u{1B}[32mok\u{1B}[0m")
  }

  @Test func `answers and complaints go different ways`() {
    let lines = Mutex<[String]>([])
    let console = Console(
      program: "scrip",
      write: { text in lines.withLock { $0.append("out \(text)") } },
      note: { text in lines.withLock { $0.append("err \(text)") } })
    console.print("done")
    console.complain("oh")
    #expect(lines.withLock { $0 } == ["out done\n", "err scrip: oh\n"])
  }

  @Test(arguments: [
    (1250, "USD", "12.50 USD"), (5, "EUR", "0.05 EUR"), (700, "JPY", "700 JPY"), (1250, "KWD", "1.250 KWD"),
    (0, "USD", "0.00 USD"), (-50, "USD", "-0.50 USD"),
  ])
  func `money has its currency's own decimals`(_ units: Int64, _ code: String, _ expected: String) {
    #expect(shownMoney(units, code) == expected)
  }

  @Test(arguments: [
    #"{"a":1,"b":[true,null,"x\"y"],"c":{"d":-5}}"#, "[]", "{}", #""text""#, "null",
  ])
  func `a value is written again as it was read`(_ json: String) throws {
    #expect(JSONText(bytes: try JSONDocument(parsing: Array(json.utf8)).root.bytes).text == json)
  }

  @Test(arguments: [("a b/ü", "a%20b%2F%C3%BC"), ("Safe-1._~", "Safe-1._~")])
  func `text in a path is escaped`(_ text: String, _ expected: String) { #expect(escaped(text) == expected) }
}
