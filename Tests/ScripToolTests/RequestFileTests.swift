import Foundation
import JSON
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

struct RequestFileTests {
  private static let cart = #"{"currency":"USD","lines":[{"id":"l1"}]}"#

  /// The body that a verb sends for a file; `FILE` in the line stands for its path.
  private func body(_ line: String, _ file: String = Self.cart) throws -> String {
    let folder = TemporaryFolder()
    let path = folder.file("request.json")
    try Data(file.utf8).write(to: URL(fileURLWithPath: path))
    let arguments = line.split(separator: " ").map { $0 == "FILE" ? path : String($0) }
    guard case .run(let invocation) = try Parser(of: .scrip, environment: [:]).parse(arguments) else {
      throw ToolError.failure("nothing to run")
    }
    let members =
      switch invocation.verb.name {
      case "quote": try OrderVerbs.quoteRequest(invocation)
      case "application apply": try OrderVerbs.lockRequest(invocation)
      case "application change": try OrderVerbs.changeRequest(invocation)
      case "application redeem": try OrderVerbs.redeemRequest(invocation)
      case "order create": try KeptOrderVerbs.newOrder(invocation)
      default: try KeptOrderVerbs.changes(invocation)
      }
    return JSONText(bytes: members.body).text
  }

  @Test(arguments: [
    "quote FILE", "application change a FILE", "application redeem a --cart FILE", "order create FILE",
    "order change o FILE",
  ])
  func `a whole request is sent as it stands, with what is misspelt in it`(_ line: String) throws {
    let request =
      #"{"id":"o-1","cart":{"currency":"USD"},"locale":"de-DE","metadata":{"a":"b"},"expected_total":5,"#
      + #""all_or_nothing":false,"codes":[1,null],"custmer":{"user_id":"ann"}}"#
    #expect(try body(line, request) == request)
    #expect(try body(line, #"{"crat":{"lines":[]}}"#) == #"{"crat":{"lines":[]}}"#)
    #expect(try body(line, Self.cart) == #"{"cart":\#(Self.cart)}"#)
  }

  @Test(arguments: [
    (
      "order create FILE --id o-2 --locale fr --expected-total 7 --ttl 9 --best-effort --code A --user bob --metadata x=2",
      #"{"cart":{},"customer":{"country":"DE","user_id":"bob"},"codes":["A"],"id":"o-2","locale":"fr","#
        + #""expected_total":7,"metadata":{"a":"1","x":"2"},"ttl_seconds":9,"all_or_nothing":false}"#
    ),
    (
      "order change o FILE --no-codes --no-locale --all-or-nothing --metadata a=2",
      #"{"id":"o-1","cart":{},"customer":{"user_id":"ann","country":"DE"},"#
        + #""metadata":{"x":"1","a":"2"},"codes":[],"locale":null,"all_or_nothing":true}"#
    ),
    (
      "application apply o-3 FILE --expected-discount 4",
      #"{"id":"o-1","cart":{},"locale":"de-DE","codes":["B"],"customer":{"user_id":"ann","country":"DE"},"#
        + #""metadata":{"a":"1","x":"1"},"expected_discount":4,"order_id":"o-3"}"#
    ),
  ])
  func `flags win over the members of a whole request`(_ line: String, _ expected: String) throws {
    let request =
      #"{"id":"o-1","cart":{},"locale":"de-DE","codes":["B"],"customer":{"user_id":"ann","country":"DE"},"#
      + #""metadata":{"a":"1","x":"1"}}"#
    #expect(try sorted(body(line, request)) == sorted(expected))
  }

  @Test func `what flags can't add to is refused`() {
    let error = #expect(throws: ToolError.self) {
      _ = try body("quote FILE --user ann", #"{"cart":{},"customer":"bob"}"#)
    }
    #expect(error?.exitCode == .usage)
    #expect(error?.message == "'customer' must be a JSON object where flags add to it.")
  }

  @Test(arguments: [
    "order change o --no-codes --code TEN", "order change o FILE --code TEN --no-codes",
    "order change o --no-locale --locale de",
  ])
  func `an order can't get codes or a language, and none`(_ line: String) {
    let error = #expect(throws: ToolError.self) { _ = try body(line) }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.hasPrefix("Give either --") == true, "\(error?.message ?? "")")
  }

  @Test func `units of a refund are so many, or these`() throws {
    let lines = try RefundedUnits.lines(["l1=2", "a:b:0+2", "x=1:4", "a:b:7"])
    #expect(
      JSONText.array(lines).text
        == #"[{"line_id":"l1","quantity":2},{"line_id":"a:b","units":[{"first":0,"count":2},{"first":7,"count":1}]},"#
        + #"{"line_id":"x=1","units":[{"first":4,"count":1}]}]"#)
  }

  @Test(arguments: ["l1", "l1=", "l1:", "l1:x", "l1:1+", "l1:+1", "l1:1+2+3", "l1=x"])
  func `units that say neither are refused`(_ text: String) {
    let error = #expect(throws: ToolError.self) { _ = try RefundedUnits.lines([text]) }
    #expect(error?.message == "--unit must be like l1=2 or l1:0+2, not '\(text)'.")
  }

  /// Members in the order of their names, as the order in which they were set says nothing.
  private func sorted(_ json: String) throws -> [String] {
    func lines(_ node: JSONNode, _ path: String) -> [String] {
      guard node.kind == .object, node.count > 0 else {
        return ["\(path) \(JSONText(bytes: node.bytes).text)"]
      }
      return node.members.flatMap { lines($0.1, "\(path)/\($0.0)") }
    }
    return lines(try JSONDocument(parsing: Array(json.utf8)).root, "").sorted()
  }
}
