import HTTPServer
import Synchronization

/// What ties a request to log lines of other systems.
struct RequestMarks: Sendable {
  /// The caller's `X-Request-Id` if it is harmless, otherwise a fresh one.
  let requestID: String
  /// The caller's W3C trace context, if it is well-formed.
  let traceparent: String?

  init(_ request: HTTPRequest) {
    requestID =
      request.header("X-Request-Id").flatMap { RequestMarks.isHarmless($0) ? $0 : nil }
      ?? RequestMarks.fresh()
    traceparent = request.header("traceparent").flatMap { RequestMarks.isTraceparent($0) ? $0 : nil }
  }

  /// A number that no other request of this service has.
  static func fresh() -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    return processMark + String(number, radix: 36)
  }

  private static let counter = Atomic<UInt64>(0)
  private static let processMark = "req_\(String(UInt64.random(in: .min ... .max), radix: 36))_"

  private static func isHarmless(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
          || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
          || byte == UInt8(ascii: ":")
      }
  }

  /// `00-`, 32 hexadecimal digits, `-`, 16, `-`, 2 (W3C Trace Context).
  private static func isTraceparent(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[0] == "00", parts.map(\.utf8.count) == [2, 32, 16, 2] else { return false }
    return text.utf8.allSatisfy { byte in
      (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66) || byte == UInt8(ascii: "-")
    }
  }
}
