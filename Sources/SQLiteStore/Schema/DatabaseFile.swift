import Glibc
import Ledger
import Promotions

/// The file that a database lives in: readable by its owner alone.
enum DatabaseFile {
  /// Creates the folders and the file, as far as they are missing. SQLite gives its log the file's permissions.
  static func prepare(_ path: String) throws(StoreFailure) {
    try createFolders(above: path)
    let descriptor = unsafe open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("create \(path)") }
    close(descriptor)
  }

  /// Removes the database with its log.
  static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm", "-journal"] { unsafe unlink(path + suffix) }
  }

  /// How long the write-ahead log of a database is; 0 if there is none.
  static func logBytes(of path: String) -> Int64 {
    var status = stat()
    return unsafe stat(path + "-wal", &status) == 0 ? Int64(status.st_size) : 0
  }

  /// A new empty folder for this process alone.
  static func temporaryFolder() throws(StoreFailure) -> String {
    let parent = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
    var template = Array("\(parent)/scrip-XXXXXX".utf8CString)
    let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
      unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
    }
    guard let made else { throw failure("create a folder in \(parent)") }
    return made
  }

  private static func createFolders(above path: String) throws(StoreFailure) {
    var folder = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/").dropLast() {
      folder += "/\(part)"
      guard unsafe mkdir(folder, 0o700) == 0 || errno == EEXIST || errno == EISDIR || errno == EROFS else {
        throw failure("create \(folder)")
      }
    }
  }

  static func failure(_ attempt: String) -> StoreFailure {
    let code = errno
    let reason = unsafe String(cString: strerror(code))
    return StoreFailure(
      kind: code == ENOSPC || code == EDQUOT ? .full : .unavailable, code: String(code),
      message: "can't \(attempt): \(reason)")
  }
}
