import Glibc
import Ledger
import Promotions

/// What one thread uses to end another one's waiting: once raised, it stays raised.
final class WakeUp: Sendable {
  /// Readable once it is raised.
  let descriptor: Int32
  private let writeEnd: Int32

  init() throws(StoreFailure) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    guard unsafe socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw StoreFailure(kind: .unavailable, message: "socketpair failed with errno \(errno)")
    }
    (descriptor, writeEnd) = (ends[0], ends[1])
  }

  deinit {
    close(descriptor)
    close(writeEnd)
  }

  /// If its buffer is full, it is raised already.
  func raise() {
    var byte: UInt8 = 1
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Waits until it is raised or a time has passed.
  func wait(milliseconds: Int) {
    _ = SocketPoll(socket: -1, wakeUp: descriptor).wait(for: 0, until: .after(milliseconds: milliseconds))
  }
}
