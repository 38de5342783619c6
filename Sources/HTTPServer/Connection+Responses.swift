import CEvent
import Glibc

extension Connection {
  /// Bodies up to this size are copied behind their head and sent with it; larger ones are sent from where they are.
  private static let joinedBytesMax = 16 * 1_024

  /// Sends `response` and gets ready for the next request.
  func respond(_ response: HTTPResponse) async {
    guard isHandling, let outline else { return }
    precondition((200...599).contains(response.status), "a response's status is 200 to 599")
    // Behind a body that was not read nobody could tell where the next request begins.
    var closing =
      outline.closesConnection || response.closesConnection || loop.isDraining || !isBodyHere
    let hasBody = outline.method != .head && response.status != 204 && response.status != 304
    switch response.body {
    case .bytes(let bytes):
      sendHead(response, framing: .length(bytes.count), closing, body: hasBody ? bytes : [])
    case .stream(let stream):
      if outline.isVersion1_0 { closing = true }
      sendHead(response, framing: outline.isVersion1_0 ? .untilClose : .chunked, closing)
      if hasBody {
        guard await run(stream, isChunked: !outline.isVersion1_0) else { return abandon() }
        if isCancelled { closing = true }
      }
    }
    await flush()
    finishResponse(closing: closing)
  }

  /// Answers in the handler's stead, and closes.
  func refuse(_ error: ProtocolError) {
    let response = loop.configuration.protocolError(error)
    guard case .bytes(let bytes) = response.body else {
      preconditionFailure("the answer to a protocol error is not streamed")
    }
    sendHead(response, framing: .length(bytes.count), true, body: bytes)
    linger()
  }

  private func sendHead(
    _ response: HTTPResponse, framing: ResponseHead.Framing, _ closing: Bool, body: [UInt8] = []
  ) {
    var assembly: [UInt8] = []
    swap(&assembly, &loop.assembly)
    ResponseHead.append(
      response, framing: response.status == 204 || response.status == 304 ? .none : framing,
      closing: closing, isVersion1_0: outline?.isVersion1_0 ?? false, date: &loop.date, to: &assembly)
    if body.count <= Self.joinedBytesMax {
      assembly.append(contentsOf: body)
      transmit(assembly)
    } else {
      transmit(assembly, body)
    }
    assembly.removeAll(keepingCapacity: true)
    swap(&assembly, &loop.assembly)
  }

  /// Whether the producer came to its end.
  private func run(_ stream: HTTPBodyStream, isChunked: Bool) async -> Bool {
    isStreaming = true
    defer { isStreaming = false }
    do {
      try await stream.produce(HTTPBodyWriter(connection: self))
    } catch {
      return false
    }
    if isChunked { transmit(Array("0\r\n\r\n".utf8)) }
    return true
  }

  /// Sends one piece of a streamed body and waits until the system has taken it.
  func writeChunk(_ bytes: [UInt8]) async throws(HTTPConnectionClosed) {
    guard isStreaming, !isClosed, let outline else { throw HTTPConnectionClosed() }
    precondition(!flushed.isWaiting, "the chunks of a stream are written one after the other")
    if bytes.isEmpty { return }
    if outline.isVersion1_0 {
      transmit(bytes)
    } else {
      var chunk: [UInt8] = []
      chunk.reserveCapacity(bytes.count + 20)
      chunk.append(hexadecimal: bytes.count)
      chunk.append("\r\n")
      chunk.append(contentsOf: bytes)
      chunk.append("\r\n")
      transmit(chunk)
    }
    // A producer that never has to wait still lets the loop's other connections have their turn.
    if outgoing.isEmpty { await Task.yield() } else { await flush() }
    if isClosed { throw HTTPConnectionClosed() }
  }

  private func flush() async {
    if outgoing.isEmpty { return }
    await unsafe withUnsafeContinuation { unsafe flushed.keep($0) }
  }

  /// Sends both parts now as far as the system takes them, and the rest when it can.
  func transmit(_ first: [UInt8], _ second: [UInt8] = []) {
    if isClosed { return }
    if !outgoing.isEmpty {
      outgoing.append(contentsOf: first)
      outgoing.append(contentsOf: second)
      deadline = loop.now + loop.patience.write
      return
    }
    guard let sent = send(first, second) else { return close() }
    if sent == first.count + second.count { return }
    if sent < first.count {
      outgoing = first[sent...] + second
      outgoingStart = 0
    } else {
      outgoing = second
      outgoingStart = sent - first.count
    }
    deadline = loop.now + loop.patience.write
    resumeWriting()
  }

  /// Goes on with what the system did not take at once.
  func writable() {
    let count = unsafe outgoing.withUnsafeBytes { bytes in
      unsafe Glibc.send(
        descriptor, bytes.baseAddress.map { unsafe $0 + outgoingStart }, bytes.count - outgoingStart,
        scrip_send_flags)
    }
    if count < 0 {
      if errno != EAGAIN, errno != EINTR { abandon() }
      return
    }
    outgoingStart += count
    deadline = loop.now + loop.patience.write
    if outgoingStart < outgoing.count { return }
    outgoing = []
    pauseWriting()
    if isHandling {
      deadline = bodyDeadline
      flushed.resume()
    } else {
      linger()
    }
  }

  /// How many bytes of both together the system took; nil when the connection is broken.
  private func send(_ first: [UInt8], _ second: [UInt8]) -> Int? {
    let count = unsafe first.withUnsafeBytes { first in
      if second.isEmpty {
        return unsafe Glibc.send(descriptor, first.baseAddress, first.count, scrip_send_flags)
      }
      return unsafe second.withUnsafeBytes { second in
        var parts = unsafe (
          iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
          iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        return unsafe withUnsafeMutablePointer(to: &parts) { parts in
          var message = unsafe msghdr()
          unsafe message.msg_iov = UnsafeMutableRawPointer(parts).assumingMemoryBound(to: iovec.self)
          unsafe message.msg_iovlen = 2
          return unsafe sendmsg(descriptor, &message, scrip_send_flags)
        }
      }
    }
    if count >= 0 { return count }
    return errno == EAGAIN || errno == EINTR ? 0 : nil
  }
}
