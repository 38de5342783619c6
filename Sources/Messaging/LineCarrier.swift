import Foundation
import Ledger
import Synchronization

/// Writes events as NDJSON: one CloudEvent a line, behind what the file holds, or to standard output.
///
/// What it has taken is on the disk. A line that a crash has cut off is taken away, and comes whole: its event had not
/// arrived. A file that somebody has moved away is begun anew, so that it can be rotated by renaming it.
public final class LineCarrier: EventCarrier {
  /// Where lines go.
  public enum Place: Hashable, Sendable {
    /// Standard output, which nobody can ask what has arrived.
    case standardOutput
    /// A file; made if it is missing.
    case file(String)  // String: a path
  }

  /// `file`
  public let name: ProjectionName = "file"

  private let place: Place
  private let queue = DispatchQueue(label: "event lines")
  private let open = Mutex<LineFile?>(nil)

  /// Writes to a place.
  public init(_ place: Place) { self.place = place }

  /// Writes a line for each event.
  public func carry(
    _ events: [CarriedEvent], generation: Int64
  ) async throws(CarrierFailure) -> Arrival {
    var lines: [UInt8] = []
    lines.reserveCapacity(events.reduce(0) { $0 + $1.body.count + 1 })
    for event in events {
      lines += event.body
      lines.append(UInt8(ascii: "\n"))
    }
    let bytes = Data(lines)
    let result: Result<Void, CarrierFailure> = await withCheckedContinuation { continuation in
      queue.async { [self] in
        do throws(CarrierFailure) {
          continuation.resume(returning: .success(try write(bytes)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    try result.get()
    return Arrival(count: events.count)
  }

  /// Closes the file.
  public func close() async { open.withLock { $0 = nil } }

  private func write(_ bytes: Data) throws(CarrierFailure) {
    let result: Result<Void, CarrierFailure> = open.withLock { open in
      do {
        switch place {
        case .standardOutput: try FileHandle.standardOutput.write(contentsOf: bytes)
        case .file(let path):
          let file = try open.flatMap { $0.isStill(at: path) ? $0 : nil } ?? LineFile(path)
          // What fails in the middle is looked at anew.
          open = nil
          try file.append(bytes)
          open = file
        }
        return .success(())
      } catch {
        return .failure(
          CarrierFailure("events can't be written to \(placeName): \(LineCarrier.words(of: error))"))
      }
    }
    try result.get()
  }

  /// What the system says of a fault, without the names that a library has for it.
  static func words(of error: any Error) -> String {
    if let fault = error as? FileFault { return fault.words }
    let outer = error as NSError
    let inner = outer.userInfo[NSUnderlyingErrorKey] as? NSError
    for found in [inner, outer].compactMap({ $0 }) where found.domain == NSPOSIXErrorDomain {
      return FileFault(code: Int32(truncatingIfNeeded: found.code)).words
    }
    switch (error as? CocoaError)?.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return FileFault(code: ENOENT).words
    case .fileWriteNoPermission, .fileReadNoPermission: return FileFault(code: EACCES).words
    case .fileWriteOutOfSpace: return FileFault(code: ENOSPC).words
    default: return error.localizedDescription
    }
  }

  private var placeName: String {
    switch place {
    case .standardOutput: "standard output"
    case .file(let path): path
    }
  }
}

/// What the system says.
private struct FileFault: Error {
  let code: Int32

  var words: String { unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)" }
}

/// A file that grows by whole lines.
private struct LineFile {
  private static let stretch: UInt64 = 65_536

  private let handle: FileHandle
  private let number: UInt64?

  init(_ path: String) throws {
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw FileFault(code: errno) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    number = LineFile.number(of: path)
    try cutTornLine()
  }

  func isStill(at path: String) -> Bool { number != nil && LineFile.number(of: path) == number }

  func append(_ bytes: Data) throws {
    try handle.seekToEnd()
    try handle.write(contentsOf: bytes)
    try handle.synchronize()
  }

  /// Ends the file behind its last line that is whole.
  private func cutTornLine() throws {
    let size = try handle.seekToEnd()
    var end = size
    while end > 0 {
      let start = end > LineFile.stretch ? end - LineFile.stretch : 0
      try handle.seek(toOffset: start)
      let part = try handle.read(upToCount: Int(end - start)) ?? Data()
      if let newline = part.lastIndex(of: UInt8(ascii: "\n")) {
        end = start + UInt64(part.distance(from: part.startIndex, to: newline)) + 1
        break
      }
      end = start
    }
    if end < size { try handle.truncate(atOffset: end) }
  }

  private static func number(of path: String) -> UInt64? {
    // A file that can't be looked at is not there.
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    return (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value
  }
}
