/// Why a call to another service brought no answer.
///
/// ``mayHaveArrived`` is what decides what the caller may do next: a call of which nothing was sent can be made again, or
/// given up, without asking anybody. Of any other one only the other side knows what it did.
public struct OutgoingFailure: Error, Sendable {
  /// What went wrong.
  public enum Cause: String, Sendable, CaseIterable {
    /// The call is none that can be made: an address or a header that is no such thing. Ours to mend.
    case invalid
    /// No connection came about: unknown name, refused, unreachable, or cut before encryption was agreed.
    case unreachable
    /// The other side's certificate was not believed, or it offers no encryption where that is required.
    case refusedTLS
    /// Time ran out.
    case timedOut
    /// The connection broke.
    case cut
    /// The answer is larger than the caller takes.
    case tooLarge
    /// The answer follows no protocol.
    case unreadable
    /// The host has no address that may be called.
    case addressRefused
  }

  /// What went wrong.
  public let cause: Cause
  /// Whether some of the request was sent, so that the other side may have acted on it.
  public let mayHaveArrived: Bool
  /// What operators are told: names hosts, never what was sent.
  public let reason: String

  /// Makes a failure.
  public init(_ cause: Cause, mayHaveArrived: Bool, reason: String) {
    self.cause = cause
    self.mayHaveArrived = mayHaveArrived
    self.reason = reason
  }

  static func invalid(_ reason: String) -> OutgoingFailure {
    OutgoingFailure(.invalid, mayHaveArrived: false, reason: reason)
  }

  /// Whether the same call may well succeed later. Says nothing about whether it may be made again.
  public var isRetriable: Bool {
    switch cause {
    case .unreachable, .timedOut, .cut: true
    case .invalid, .refusedTLS, .tooLarge, .unreadable, .addressRefused: false
    }
  }
}
