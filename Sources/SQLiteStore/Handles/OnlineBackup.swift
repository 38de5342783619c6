import CSQLite
import Glibc
import Ledger
import Promotions

/// A copy of a database in progress: exactly one owner, finished when that owner lets go.
@safe private struct OnlineBackup: ~Copyable {
  private let raw: OpaquePointer
  private let destination: SQLiteConnection

  init(from source: SQLiteConnection, to destination: SQLiteConnection) throws(StoreFailure) {
    guard let raw = unsafe sqlite3_backup_init(destination.handle, "main", source.handle, "main") else {
      throw unsafe .last(on: destination.handle)
    }
    unsafe self.raw = raw
    self.destination = destination
  }

  deinit { unsafe sqlite3_backup_finish(raw) }

  /// Copies so many pages; false when all are copied.
  func step(pages: Int32) throws(StoreFailure) -> Bool {
    switch unsafe sqlite3_backup_step(raw, pages) {
    case SQLITE_OK: return true
    case SQLITE_DONE: return false
    case let code: throw .code(code)
    }
  }

  var progress: BackupProgress {
    let total = unsafe Int(sqlite3_backup_pagecount(raw))
    return unsafe BackupProgress(
      pagesDone: total - Int(sqlite3_backup_remaining(raw)), pagesTotal: total)
  }
}

/// How far a backup is.
public struct BackupProgress: Hashable, Sendable {
  /// Pages copied so far.
  public let pagesDone: Int
  /// Pages in all.
  public let pagesTotal: Int
}

extension SQLiteStore {
  private static let backupPagesPerStep: Int32 = 2048

  /// Copies everything that is committed when it begins into a new file, while reads and transactions go on. The file
  /// appears under its name only when it is complete; it must not exist before.
  ///
  /// - Parameters:
  ///   - path: the new file; folders above it are created.
  ///   - progress: called after every 8 MiB.
  /// - Throws: `StoreFailure` if the file exists or can't be written.
  public func backup(
    to path: String, progress: (BackupProgress) -> Void = { _ in }
  ) throws(StoreFailure) {
    guard unsafe access(path, F_OK) != 0 else {
      throw StoreFailure(kind: .other, code: String(EEXIST), message: "\(path) exists already")
    }
    let partial = path + ".partial"
    DatabaseFile.remove(partial)
    do throws(StoreFailure) {
      try DatabaseFile.prepare(partial)
      try copy(to: partial, progress)
      guard unsafe rename(partial, path) == 0 else { throw DatabaseFile.failure("create \(path)") }
    } catch {
      DatabaseFile.remove(partial)
      throw error
    }
  }

  private func copy(to partial: String, _ progress: (BackupProgress) -> Void) throws(StoreFailure) {
    let source = try SQLiteConnection(path: path, .readOnly)
    // Inside one snapshot the copy is not begun anew by every commit.
    try source.run("BEGIN")
    _ = try source.first("SELECT count(*) FROM sqlite_schema") { $0.int64(0) }
    let destination = try SQLiteConnection(path: partial, .readWrite)
    let backup = try OnlineBackup(from: source, to: destination)
    while try backup.step(pages: SQLiteStore.backupPagesPerStep) { progress(backup.progress) }
    progress(backup.progress)
  }
}
