import Foundation

/// Why standard output took no more.
package struct OutputFailure: Error, CustomStringConvertible {
  /// The system's error number.
  package let code: Int32

  /// Whether nobody reads any more.
  package var isReaderGone: Bool { code == EPIPE }

  /// What people are told.
  package var description: String {
    "standard output can't be written: \(unsafe String(cString: strerror(code)))"
  }
}

/// One of the process's own streams, written without buffers. `FileHandle` ends the process when a write fails.
package enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// Makes failing writes failures and nothing else. To be called first.
  ///
  /// A stream that was closed when the process began would be the number of the first file that is opened, such as the
  /// database: so it becomes a file that takes nothing.
  package static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    // A file that is longer than the process may make it.
    signal(SIGXFSZ, SIG_IGN)
    for descriptor: Int32 in 0...2 where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one; nothing was opened yet.
      _ = unsafe open("/dev/null", O_RDONLY)
    }
  }

  /// Writes all of a text.
  package func write(_ text: String) throws(OutputFailure) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        unsafe Glibc.write(rawValue, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        var entry = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, -1)
      } else if errno != EINTR {
        throw OutputFailure(code: errno)
      }
    }
  }
}
