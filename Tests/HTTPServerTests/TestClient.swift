import Dispatch
import Foundation

/// What a client received.
struct TestResponse: Sendable {
  let status: Int
  let headers: [String: String]
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }
}

struct ConnectionEnded: Error {}

/// A blocking client that sends exactly the bytes it is told to.
final class TestClient {
  private let descriptor: Int32
  private var buffer: [UInt8] = []

  init(port: Int, receiveBuffer: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var size = receiveBuffer {
      unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    if code != 0 { throw ConnectionEnded() }
  }

  deinit { close(descriptor) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { throw ConnectionEnded() }
      sent += count
    }
  }

  /// Sends pieces without reading anything until so many bytes are out, or the system takes no more for a while.
  ///
  /// - Parameter isOver: whether the server is where it will take no more either; until then the client is patient.
  /// - Returns: how many pieces were begun, how many bytes are out, and what is missing of the last piece.
  func sendAhead(
    bytesMax: Int, until isOver: () -> Bool, _ piece: (Int) -> [UInt8]
  ) throws -> (requests: Int, bytes: Int, rest: [UInt8]) {
    var bytes = 0
    var number = 0
    while bytes < bytesMax {
      let next = piece(number)
      number += 1
      var sent = 0
      while sent < next.count {
        let count = unsafe next.withUnsafeBytes {
          unsafe Glibc.send(
            descriptor, $0.baseAddress! + sent, next.count - sent, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count > 0 {
          sent += count
          bytes += count
          continue
        }
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard errno == EAGAIN else { throw ConnectionEnded() }
        if unsafe poll(&entry, 1, 500) == 0, isOver() { return (number, bytes, Array(next[sent...])) }
      }
    }
    return (number, bytes, [])
  }

  /// Closes the sending side only.
  func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Makes closing reset the connection.
  func resetOnClose() {
    var option = linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  /// Whether something, or the end, arrives in time.
  func hasInput(withinMilliseconds time: Int32) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, time) > 0
  }

  /// Reads one response; chunks are joined. `hasBody` is false for the answer to HEAD.
  func response(hasBody: Bool = true) throws -> TestResponse {
    let head = String(decoding: try take(through: "\r\n\r\n"), as: UTF8.self)
    let lines = head.split(separator: "\r\n")
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
    }
    let status = Int(lines[0].split(separator: " ")[1])!
    var body: [UInt8] = []
    if hasBody, headers["transfer-encoding"] == "chunked" {
      while true {
        let line = String(decoding: try take(through: "\r\n").dropLast(2), as: UTF8.self)
        let chunk = try take(Int(line, radix: 16)! + 2).dropLast(2)
        if chunk.isEmpty { break }
        body += chunk
      }
    } else if hasBody, let length = headers["content-length"] {
      body = try take(Int(length)!)
    }
    return TestResponse(status: status, headers: headers, body: body)
  }

  func exchange(_ text: String) throws -> TestResponse {
    try send(text)
    return try response()
  }

  /// Whether the server closes without sending anything more.
  func isEnded() -> Bool {
    do {
      while buffer.isEmpty { try fill() }
      return false
    } catch {
      return true
    }
  }

  func take(_ count: Int) throws -> [UInt8] {
    while buffer.count < count { try fill() }
    defer { buffer.removeFirst(count) }
    return Array(buffer[..<count])
  }

  private func take(through mark: String) throws -> [UInt8] {
    let mark = Array(mark.utf8)
    while true {
      if let found = buffer.firstRange(of: mark) { return try take(found.upperBound) }
      try fill()
    }
  }

  private func fill() throws {
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
    if count <= 0 { throw ConnectionEnded() }
    buffer += bytes[..<count]
  }
}

/// Runs blocking code where it keeps no task waiting.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}

/// Hands clients from one thread to the next.
///
/// `@unchecked Sendable`: a test touches the value only from one thread at a time.
final class UncheckedBox<Value>: @unchecked Sendable {
  var value: Value

  init(_ value: Value) { self.value = value }
}
