import CommandLineClient
import Ledger
import Promotions
import Scrip

/// What `scrip migrate store` does.
enum StoreCopyVerb {
  @Sendable static func copy(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let from = try StoreLocation(try invocation.required("from"), source: "--from")
    let to = try StoreLocation(try invocation.required("to"), source: "--to")
    let source = try from.open()
    defer { source.close() }
    let target = try to.open(StoreSettings(migrates: true), makes: true)
    defer { target.close() }
    let copy = try run(from: source.source, to: target.target, console)
    var table = Table("table", ">rows")
    for kind in WorkingSet.tables { table.add(kind.name, String(copy.counts[kind] ?? 0)) }
    console.print(table.text)
    console.print(
      """
      \(to) holds what \(from) holds, and every hash of its \(copy.streams) streams is right.
      Start the service with --store, the same identity key and the same sealing keys as before: identity.key and \
      sealing.keys in the data folder, or what --identity-key and --sealing-keys name.
      """)
  }

  private static func run(
    from source: any CopySource<WorkingSet>, to target: any CopyTarget<WorkingSet>, _ console: Console
  ) throws(ToolError) -> StoreCopy<WorkingSet> {
    var stages = Stages(console: console)
    do throws(StoreCopyFailure) {
      let copy = try StoreCopy(from: source, to: target) { stages.advance($0) }
      stages.end()
      return copy
    } catch {
      throw ToolError(error)
    }
  }
}

/// One progress bar after the other.
private struct Stages {
  let console: Console
  private var bar: ProgressBar?
  private var title = ""
  private var done = 0

  init(console: Console) { self.console = console }

  mutating func advance(_ progress: StoreCopyProgress) {
    switch progress {
    case .events(let done, let total): show("events", done, of: total)
    case .kept(let table, let done, let total): show("rows of \(table.name)", done, of: total)
    case .checked(let done, let total): show("events checked", done, of: total)
    }
  }

  func end() { bar?.finish(done) }

  private mutating func show(_ title: String, _ done: Int64, of total: Int64) {
    if title != self.title {
      end()
      self.title = title
      bar = ProgressBar(title, total: Int(total), on: console)
    }
    self.done = Int(done)
    bar?.advance(to: self.done)
  }
}

extension ToolError {
  /// A store was not copied.
  init(_ failure: StoreCopyFailure) {
    switch failure {
    case .source(let failure):
      self = .failure("The store to copy from failed: \(failure.words). Nothing was copied.")
    case .target(let failure):
      self = .failure("The store to copy to failed: \(failure.words). Nothing was copied.")
    case .targetNotEmpty:
      self = .declined(
        code: "store_not_empty", detail: "The store to copy to holds data already. Name an empty one.")
    case .otherIdentityKey:
      self = .declined(
        code: "other_identity_key",
        detail: """
          A service with another identity key has used the store to copy to. Name a new one. Nothing was copied.
          """)
    case .sourceChanged:
      self = .declined(
        code: "store_changed",
        detail:
          "The store to copy from changed meanwhile. Stop the service and try again. Nothing was copied.")
    case .logWithheld(let events):
      self = .declined(
        code: "log_withheld",
        detail: """
          The last \(events) events are not shown, because a transaction is open on the server that may still write. \
          Look for it in pg_stat_activity, end it, and try again. Nothing was copied.
          """)
    case .rowsDiffer(let differences):
      let tables = differences.map {
        "\n  \($0.table.name): \($0.source) rows, the log leads to \($0.target)"
      }
      self = .checkFailed(
        "The store to copy from is not what its log says: run 'scrip rebuild' there. Nothing was copied."
          + tables.joined())
    case .unfaithful(let findings):
      self = .checkFailed(
        "The copy is not faithful. Do not use it: empty the store.\n  " + findings.joined(separator: "\n  "))
    }
  }
}
