import Foundation

/// A folder of a test's own, with all that is put into it. It goes when its owner lets go.
///
/// Whatever a test leaves behind, because it failed, or because something still wrote while the folder went, goes when
/// the process ends; and if that was killed, when the next one makes its first folder.
public final class TemporaryFolder: Sendable {
  /// Where it is.
  public let path: String

  /// Makes an empty one.
  public init() {
    path = TemporaryFolder.ofProcess.appending(path: UUID().uuidString).path
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      preconditionFailure("no temporary folder can be made: \(error)")
    }
  }

  deinit { TemporaryFolder.remove(path) }

  /// Where a file of that name lies in it.
  public func file(_ name: String) -> String { path + "/" + name }

  private static let prefix = "scrip-tests-"

  /// The folder of everything that this process makes.
  private static let ofProcess: URL = {
    let all = FileManager.default.temporaryDirectory
    removeLeftOvers(in: all)
    atexit { TemporaryFolder.remove(TemporaryFolder.ofProcess.path) }
    return all.appending(path: "\(prefix)\(getpid())")
  }()

  /// What processes have left that are no more.
  private static func removeLeftOvers(in folder: URL) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(prefix) {
      guard let process = pid_t(name.dropFirst(prefix.count)) else { continue }
      // No signal is sent. A process of another user's exists, too.
      if process == getpid() || (kill(process, 0) != 0 && errno == ESRCH) {
        remove(folder.appending(path: name).path)
      }
    }
  }

  private static func remove(_ path: String) {
    // What can't be removed now, somebody still writes to: it goes when the process ends.
    try? FileManager.default.removeItem(atPath: path)
  }
}
