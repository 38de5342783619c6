import Foundation
import JSON
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

struct CouponFormTests {
  private func body(_ line: String) throws -> String {
    let arguments = ["coupon", "create"] + line.split(separator: " ").map(String.init)
    guard case .run(let invocation) = try Parser(of: .scrip, environment: [:]).parse(arguments) else {
      throw ToolError.failure("nothing to run")
    }
    return JSONText(bytes: try CouponForm.body(invocation)).text
  }

  @Test(arguments: [
    ("--percent 10", #"{"discount":{"type":"percent","percent":"10"}}"#),
    (
      "--percent 10 --cap USD=500",
      #"{"discount":{"type":"percent","percent":"10","cap":{"USD":500}}}"#
    ),
    ("--amount USD=500 --amount JPY=700", #"{"discount":{"type":"fixed","amounts":{"USD":500,"JPY":700}}}"#),
    ("--description Summer", #"{"description":"Summer"}"#),
    ("--free-shipping", #"{"discount":{"type":"shipping"}}"#),
    ("--free-shipping --percent 50", #"{"discount":{"type":"shipping","percent":"50"}}"#),
    ("--total 5 --per-user 1 --budget EUR=9", #"{"limits":{"total":5,"per_user":1,"budget":{"EUR":9}}}"#),
    ("--stacking group:sale", #"{"stacking":{"policy":"group","group":"sale"}}"#),
    ("--stacking exclusive", #"{"stacking":{"policy":"exclusive"}}"#),
    (
      "--country DE --country AT --first-order",
      #"{"rules":{"all":[{"country":{"in":["DE","AT"]}},{"first_order":true}]}}"#
    ),
    ("--category shoes", #"{"eligible_lines":{"category":{"in":["shoes"]}}}"#),
    (
      "--name A --starts 2026-01-01 --time-zone UTC --minimum USD=1 --priority -3 --metadata a=b=c",
      #"{"name":"A","minimum":{"USD":1},"starts_at":"2026-01-01","time_zone":"UTC","priority":-3,"metadata":{"a":"b=c"}}"#
    ),
  ])
  func `flags become the request's members`(_ line: String, _ expected: String) throws {
    #expect(try body(line) == expected)
  }

  @Test(arguments: [
    ("--percent 10 --amount USD=1", "either --percent or --amount"),
    ("--free-shipping --amount USD=1", "either --percent or --amount"),
    ("--amount USD", "--amount must be like NAME=VALUE, not 'USD'."),
    ("--amount US=5", "--amount must be a currency and minor units"),
    ("--amount USD=5.5", "--amount must be a currency and minor units"),
    ("--total 0", "--total must be a whole number"),
  ])
  func `flags that make no coupon are refused`(_ line: String, _ expected: String) {
    let error = #expect(throws: ToolError.self) { _ = try body(line) }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }

  @Test func `a new coupon says how it stacks`() throws {
    func newCoupon(_ flags: String...) throws -> String {
      let arguments = ["coupon", "create", "--name", "A"] + flags
      guard case .run(let invocation) = try Parser(of: .scrip, environment: [:]).parse(arguments) else {
        throw ToolError.failure("nothing to run")
      }
      return JSONText(bytes: try CouponForm.newCoupon(invocation, extra: [("code", .string("A-1"))])).text
    }
    let error = #expect(throws: ToolError.self) { _ = try newCoupon() }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.hasPrefix("--stacking is required.") == true)
    #expect(
      try newCoupon("--stacking", "open") == #"{"name":"A","stacking":{"policy":"open"},"code":"A-1"}"#)
  }

  @Test func `a file gives the coupon and flags beside it win`() throws {
    let folder = TemporaryFolder()
    let path = folder.file("coupon.json")
    try Data(#"{"name":"File","priority":7}"#.utf8).write(to: URL(fileURLWithPath: path))
    #expect(try body("--file \(path) --name Flag") == #"{"priority":7,"name":"Flag"}"#)
  }
}
