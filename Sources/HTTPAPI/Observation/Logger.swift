import Dispatch
import Foundation
import JSON
import Scrip
import Synchronization

/// What the log tells about a request: never a path, a body, a code, an owner, an address or a secret.
struct RequestRecord: Sendable {
  let requestID: String
  let traceparent: String?
  let method: String
  /// The route's pattern; empty if none matched.
  let route: String
  let status: Int
  let seconds: Double
  let tenant: Tenant.ID?
  let key: AccessKey.ID?
  let code: ProblemCode?
  let failure: String?
}

/// Writes one JSON object for each line. Lines are gathered in memory and written by a thread of their own; when that
/// falls behind, or its target takes nothing, lines are dropped and counted. Whoever logs never waits.
public final class Logger: Sendable {
  /// How much is written.
  public enum Level: String, CaseIterable, Comparable, Sendable {
    /// Whatever helps to find a fault.
    case debug
    /// Every request.
    case info
    /// What somebody should look at some day.
    case warn
    /// What broke.
    case error

    /// More important is greater.
    public static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }

    private var rank: Int {
      switch self {
      case .debug: 0
      case .info: 1
      case .warn: 2
      case .error: 3
      }
    }
  }

  private struct Pending {
    var bytes: [UInt8] = []
    var dropped: Int64 = 0
    var isWriterAsleep = false
    var isClosed = false
  }

  private static let gatheringSeconds = 0.01
  /// How long the end waits for a target that takes nothing.
  private static let lastWordsSeconds = 2.0

  /// The least important level that is written.
  public let level: Level
  private let bytesMax: Int
  private let sink: @Sendable ([UInt8]) throws(LogWriteFailure) -> Void
  private let pending = Mutex(Pending())
  private let wakeUp = DispatchSemaphore(value: 0)
  private let finished = DispatchSemaphore(value: 0)
  private let dropped = Counter()

  /// How many lines were lost since the start.
  public var droppedLines: Int { dropped.value }

  /// Starts the writing thread.
  ///
  /// - Parameters:
  ///   - bytesMax: how many bytes may wait to be written.
  ///   - sink: takes whole lines; standard error unless told otherwise.
  public init(
    level: Level, bytesMax: Int = 1 << 20,
    sink: @escaping @Sendable ([UInt8]) throws(LogWriteFailure) -> Void = writeToStandardError
  ) {
    self.level = level
    self.bytesMax = bytesMax
    self.sink = sink
    let thread = Thread { [self] in run() }
    thread.name = "log"
    thread.start()
  }

  /// Writes a line about the service itself.
  ///
  /// - Parameter fields: further members, whose values must hold nothing of callers' data.
  public func log(_ level: Level, _ message: String, _ fields: [(String, String)] = []) {
    guard level >= self.level else { return }
    add(
      JSONWriter.bytes { writer in
        writer.object { writer in
          writer.begin(level)
          writer.key("message")
          writer.string(message)
          for (name, value) in fields {
            writer.key(named: name)
            writer.string(value)
          }
        }
      })
  }

  func request(_ record: RequestRecord) {
    let level: Level = record.status >= 500 ? .error : .info
    guard level >= self.level else { return }
    add(JSONWriter.bytes(capacity: 320) { $0.write(record, level) })
  }

  /// Writes what is waiting, takes no more lines, and stops the thread; one that can't write is left behind.
  public func shutDown() {
    pending.withLock { $0.isClosed = true }
    wakeUp.signal()
    if finished.wait(timeout: .now() + Logger.lastWordsSeconds) == .success { finished.signal() }
  }

  private func add(_ line: [UInt8]) {
    let wakes = pending.withLock { pending in
      if pending.isClosed || pending.bytes.count + line.count >= bytesMax {
        pending.dropped += 1
        dropped.add()
        return false
      }
      pending.bytes.append(contentsOf: line)
      pending.bytes.append(UInt8(ascii: "\n"))
      defer { pending.isWriterAsleep = false }
      return pending.isWriterAsleep
    }
    if wakes { wakeUp.signal() }
  }

  private func run() {
    var unsaid: Int64 = 0
    while true {
      let (bytes, dropped, isClosed) = pending.withLock { pending in
        defer {
          pending.isWriterAsleep = pending.bytes.isEmpty
          pending.bytes = []
          pending.dropped = 0
        }
        return (pending.bytes, pending.dropped, pending.isClosed)
      }
      unsaid += dropped
      if !bytes.isEmpty { unsaid += write(bytes) }
      // What is lost is said once the target takes something again.
      if unsaid > 0, write(Logger.line(aboutDropped: unsaid), counts: false) == 0 { unsaid = 0 }
      if isClosed, bytes.isEmpty { break }
      if bytes.isEmpty {
        wakeUp.wait()
        // Lines that come close together are written together, so that requests rarely have to wake this thread.
        if !pending.withLock({ $0.isClosed }) { Thread.sleep(forTimeInterval: Logger.gatheringSeconds) }
      }
    }
    finished.signal()
  }

  /// Writes whole lines, and says how many of them were lost.
  private func write(_ lines: [UInt8], counts: Bool = true) -> Int64 {
    do throws(LogWriteFailure) {
      try sink(lines)
      return 0
    } catch {
      let lost = lines[min(error.written, lines.count)...].count { $0 == UInt8(ascii: "\n") }
      if counts { dropped.add(lost) }
      return Int64(lost)
    }
  }

  private static func line(aboutDropped count: Int64) -> [UInt8] {
    JSONWriter.bytes { writer in
      writer.object { writer in
        writer.begin(.warn)
        writer.key("message")
        writer.string("log lines were dropped")
        writer.key("count")
        writer.int(count)
      }
    } + [UInt8(ascii: "\n")]
  }
}

extension JSONWriter {
  fileprivate mutating func begin(_ level: Logger.Level) {
    key("time")
    let now = wallClock()
    string(lengthMax: Instant.textLengthMax) { now.append(to: &$0) }
    key("level")
    string(level.rawValue)
  }

  fileprivate mutating func write(_ record: RequestRecord, _ level: Logger.Level) {
    beginObject()
    begin(level)
    key("message")
    string("request")
    key("request_id")
    string(record.requestID)
    if let traceparent = record.traceparent {
      key("traceparent")
      string(traceparent)
    }
    key("method")
    string(record.method)
    key("route")
    string(record.route)
    key("status")
    int(record.status)
    key("duration_ms")
    raw(Array(millisecondsText(record.seconds).utf8))
    if let tenant = record.tenant {
      key("tenant")
      string(tenant.description)
    }
    if let accessKey = record.key {
      key("key_id")
      string(lengthMax: AccessKey.ID.textLength) { accessKey.append(to: &$0) }
    }
    if let code = record.code {
      key("code")
      string(code.rawValue)
    }
    if let failure = record.failure {
      key("failure")
      string(failure)
    }
    endObject()
  }
}

/// Milliseconds with three decimals, such as `0.084`.
private func millisecondsText(_ seconds: Double) -> String {
  let microseconds = Int64(max(0, seconds) * 1e6)
  let fraction = String(microseconds % 1000)
  return "\(microseconds / 1000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
}

/// Why a log's target took no more.
public struct LogWriteFailure: Error, Hashable {
  /// How many bytes it took.
  public let written: Int
  /// The system's error number.
  public let code: Int32

  /// Makes a failure.
  public init(written: Int, code: Int32) {
    self.written = written
    self.code = code
  }
}

/// Writes all bytes, or as many as standard error takes: a log that can't be written must not stop the service.
///
/// The process must ignore SIGPIPE.
@Sendable public func writeToStandardError(_ bytes: [UInt8]) throws(LogWriteFailure) {
  var written = 0
  while written < bytes.count {
    let count = unsafe bytes.withUnsafeBytes { bytes in
      unsafe write(2, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
    }
    if count >= 0 {
      written += count
    } else if errno == EAGAIN {
      // Somebody made the pipe non-blocking and reads slowly.
      var entry = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
      if unsafe poll(&entry, 1, 1000) == 0 { throw LogWriteFailure(written: written, code: EAGAIN) }
    } else if errno != EINTR {
      throw LogWriteFailure(written: written, code: errno)
    }
  }
}

/// What the machine's clock says.
func wallClock() -> Instant {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Instant(clamping: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
