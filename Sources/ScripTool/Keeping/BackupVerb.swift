import CommandLineClient
import Foundation
import Ledger
import Promotions
import SQLiteStore

/// What `scrip backup` does.
enum BackupVerb {
  @Sendable static func backup(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let target = try invocation.operand(0, "TARGET")
    let folder = try DataFolder(invocation)
    guard case .sqlite(let path) = folder.store else { throw refusal(folder) }
    try folder.store.requireThere()
    let store = try withStore { () throws(StoreFailure) in try SQLiteStore(path: path, migrates: false) }
    try make(target)
    var progress = ProgressBar("pages", on: console)
    var pages = 0
    try withStore { () throws(StoreFailure) in
      try store.backup(to: "\(target)/scrip.db") { state in
        pages = state.pagesDone
        progress.advance(to: pages)
      }
    }
    progress.finish(pages)
    try copyIdentityKey(of: folder, to: "\(target)/identity.key", console)
    console.print("\(target) is a data folder now: scrip serve --data \(target)")
  }

  /// A server's database is copied by the server's own tools, which know how to do it while others write.
  private static func refusal(_ folder: DataFolder) -> ToolError {
    .usage(
      """
      'scrip backup' copies a SQLite file. Back up this database with PostgreSQL's own tools:
        pg_dump --format=custom --file=scrip.dump --dbname='\(folder.store)'
        pg_basebackup --pgdata=FOLDER --checkpoint=fast --dbname='\(folder.store)'
      and keep the identity key beside it: docs/operating/backup.md
      """)
  }

  /// The target must be new, so that no older backup is half overwritten.
  private static func make(_ target: String) throws(ToolError) {
    if FileManager.default.fileExists(atPath: target) {
      throw .usage("\(target) is there already; a backup makes its own folder.")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: target, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .failure("\(target) can't be made: \(reason(of: error))")
    }
  }

  private static func copyIdentityKey(
    of folder: DataFolder, to path: String, _ console: Console
  ) throws(ToolError) {
    guard let key = FileManager.default.contents(atPath: folder.identityKeyPath) else {
      console.say("There is no identity.key in \(folder.path): keep the one that --identity-key gives.")
      return
    }
    guard
      FileManager.default.createFile(
        atPath: path, contents: key, attributes: [.posixPermissions: 0o600])
    else { throw .failure("\(path) can't be written.") }
  }
}
