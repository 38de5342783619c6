import CommandLineClient
import JSON
import Ledger
import Promotions
import Scrip

/// What the verbs about the event log do.
enum AuditVerbs {
  @Sendable static func verify(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let isJSON = try invocation.isOn("json")
    var progress = ProgressBar("events", on: console)
    let audit = try withStore { () throws(StoreFailure) in
      try AuditVerification(of: opened.store) { progress.advance(to: Int($0)) }
    }
    progress.finish(Int(audit.events))
    if isJSON {
      console.print(
        JSONText.object([
          ("events", .integer(audit.events)), ("streams", .integer(Int64(audit.streams))),
          ("findings", .array(audit.findings.map { .string($0.description) })),
        ]).text)
    } else {
      for finding in audit.findings { console.print(finding.description.printable) }
    }
    guard audit.findings.isEmpty else {
      throw .checkFailed("The log is not as it was written: \(audit.findings.count) findings.")
    }
    if !isJSON {
      console.print("\(audit.events) events in \(audit.streams) streams are as they were written.")
    }
  }

  @Sendable static func rebuild(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let store = opened.store
    var progress = ProgressBar("events", on: console)
    let (rebuild, differences) = try withStore { () throws(StoreFailure) in
      try Rebuild.comparing(store) { progress.advance(to: Int($0)) }
    }
    progress.finish(Int(rebuild.events))
    for difference in differences {
      let samples = difference.samples.map { "\n  \("\($0)".printable)" }.joined()
      console.print(
        "\(difference.table): \(difference.missing) rows missing, \(difference.unexplained) unexplained\(samples)"
      )
    }
    for conflict in rebuild.conflicts { console.print(conflict.description) }
    if differences.isEmpty {
      console.print("The tables are what the log says.")
      return try require(noConflictsIn: rebuild)
    }
    if try invocation.isOn("check") {
      throw .checkFailed("The tables differ from what the log says; 'scrip rebuild' replaces them.")
    }
    try withStore { () throws(StoreFailure) in try store.adopt(rebuild.scratch) }
    console.print("The tables were replaced by what the log says.")
    try require(noConflictsIn: rebuild)
  }

  private static func require(noConflictsIn rebuild: Rebuild<WorkingSet>) throws(ToolError) {
    if rebuild.conflicts.isEmpty { return }
    throw .checkFailed(
      "The log has several live applications of \(rebuild.conflicts.count) orders, and the tables hold one of each."
    )
  }
}
