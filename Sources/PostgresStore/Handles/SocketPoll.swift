import Glibc

/// Waiting for a socket, for a deadline, and for whoever wants the waiting to end.
struct SocketPoll {
  enum Outcome: Hashable {
    /// The socket can be read or written, or is broken, which reading it will tell.
    case ready
    case deadlinePassed
    case wokenUp
  }

  let socket: Int32
  /// -1 if nobody may end the waiting.
  let wakeUp: Int32

  static let readable = Int16(POLLIN)
  static let writable = Int16(POLLOUT)

  func wait(for events: Int16, until deadline: Deadline) -> Outcome {
    var descriptors = (
      pollfd(fd: socket, events: events, revents: 0),
      pollfd(fd: wakeUp, events: SocketPoll.readable, revents: 0)
    )
    while true {
      let milliseconds = Int32(clamping: deadline.remainingMilliseconds)
      let count = unsafe withUnsafeMutableBytes(of: &descriptors) { pair in
        unsafe poll(pair.baseAddress?.assumingMemoryBound(to: pollfd.self), 2, milliseconds)
      }
      if count > 0 { return descriptors.1.revents == 0 ? .ready : .wokenUp }
      // A signal, or a timer that was a little early, is no reason to stop.
      if deadline.hasPassed { return .deadlinePassed }
    }
  }
}
