import Glibc

/// The operating system refused something that the server needs.
public struct HTTPServerFailure: Error, Sendable, CustomStringConvertible {
  /// What was attempted, such as `bind 127.0.0.1:8080`.
  public let operation: String
  /// The `errno` it ended with.
  public let code: Int32
  /// The system's sentence for `code`.
  public let message: String

  /// Whether the same attempt may succeed later: the port may become free, memory or descriptors too.
  public var isRetriable: Bool {
    [EADDRINUSE, EAGAIN, EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code)
  }

  /// Operation and reason in one line.
  public var description: String { "\(operation): \(message)" }

  init(_ operation: String, code: Int32 = errno) {
    self.operation = operation
    self.code = code
    message = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
  }

  init(_ operation: String, message: String) {
    self.operation = operation
    code = EINVAL
    self.message = message
  }
}
