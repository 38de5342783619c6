import CEvent
import Glibc

extension Connection {
  /// Takes in what has arrived.
  func readable() {
    let count = unsafe recv(descriptor, loop.scratch.baseAddress, loop.scratch.count, 0)
    if count > 0 {
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: loop.scratch[0..<count])
        .assumingMemoryBound(to: UInt8.self)
      unsafe receive(bytes)
    } else if count == 0 {
      endOfInput()
    } else if errno != EAGAIN, errno != EINTR {
      if isStreaming { abandon() } else { close() }
    }
  }

  private func receive(_ bytes: UnsafeBufferPointer<UInt8>) {
    if held.isEmpty {
      let taken = process(unsafe bytes.span)
      if taken < bytes.count { unsafe held.append(contentsOf: bytes[taken...]) }
    } else {
      unsafe held.append(contentsOf: bytes)
      readHeld()
    }
    if isHandling, held.count >= Self.heldBytesMax { pauseReading() }
  }

  /// Goes on with what arrived earlier.
  func readHeld() {
    if held.isEmpty || isHandling { return }
    let bytes = held
    held = []
    let taken = process(bytes.span)
    if taken == 0 { held = bytes } else if taken < bytes.count { held = Array(bytes[taken...]) }
  }

  /// Takes requests out of `input` until one is complete, and returns how many bytes that took.
  private func process(_ input: Span<UInt8>) -> Int {
    var index = 0
    do throws(ProtocolError) {
      while index < input.count {
        let rest = input.extracting(index..<input.count)
        switch phase {
        case .head:
          let taken = try readHead(rest)
          if taken == 0 { return index }
          index += taken
        case .sizedBody(let remaining):
          index += readBody(rest, remaining: remaining)
        case .chunkedBody:
          index += try chunks.consume(
            rest, bytesMax: loop.configuration.bodyBytesMax, overheadMax: loop.configuration.headerBytesMax)
          if chunks.isComplete { complete(with: chunks.bytes) }
        case .handling:
          return index
        case .lingering, .closed:
          return input.count
        }
      }
    } catch {
      refuse(error)
      return input.count
    }
    return index
  }

  /// Reads a head if it is there as a whole; returns its size, or 0 if more must arrive.
  private func readHead(_ input: Span<UInt8>) throws(ProtocolError) -> Int {
    // An empty line before a request is forgiven (RFC 9112, section 2.2).
    if input.count >= 2, input[0] == .carriageReturn, input[1] == .lineFeed {
      scanned = 0
      return 2
    }
    let bytesMax = loop.configuration.headerBytesMax
    guard let size = headSize(input) else {
      if input.count >= bytesMax { throw .headerTooLarge }
      if let lineEnd = input.firstIndex(of: .lineFeed, in: 0..<input.count),
        lineEnd == 0 || input[lineEnd - 1] != .carriageReturn
      {
        throw .malformedRequest
      }
      if !isReceiving {
        isReceiving = true
        deadline = loop.now + loop.patience.header
      }
      scanned = max(0, input.count - 3)
      return 0
    }
    scanned = 0
    if size > bytesMax { throw .headerTooLarge }
    let bytes = input.extracting(0..<size)
    let outline = try RequestHead(parsing: bytes)
    self.outline = outline
    head = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    try startBody(outline, isFirst: size == input.count)
    return size
  }

  private func headSize(_ input: Span<UInt8>) -> Int? {
    unsafe input.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress,
        let end = unsafe memmem(start + scanned, bytes.count - scanned, "\r\n\r\n", 4)
      else { return nil }
      return unsafe UnsafeRawPointer(end) - UnsafeRawPointer(start) + 4
    }
  }

  private func startBody(_ outline: RequestHead, isFirst: Bool) throws(ProtocolError) {
    switch outline.body {
    case .none, .sized(0):
      return complete(with: [])
    case .sized(let size):
      if size > loop.configuration.bodyBytesMax { throw .bodyTooLarge }
      body.reserveCapacity(min(size, Self.heldBytesMax))
      phase = .sizedBody(remaining: size)
    case .chunked:
      chunks = ChunkedBody()
      phase = .chunkedBody
    }
    deadline = loop.now + loop.patience.body
    if outline.expectsContinue, isFirst { transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
  }

  private func readBody(_ input: Span<UInt8>, remaining: Int) -> Int {
    let count = min(remaining, input.count)
    unsafe input.extracting(0..<count).withUnsafeBufferPointer { unsafe body.append(contentsOf: $0) }
    if count == remaining { complete(with: body) } else { phase = .sizedBody(remaining: remaining - count) }
    return count
  }

  private func complete(with body: [UInt8]) {
    guard let outline else { preconditionFailure("a body follows a head") }
    let request = HTTPRequest(head: head, outline: outline, body: body, remoteAddress: remoteAddress)
    head = []
    self.body = []
    chunks = ChunkedBody()
    deliver(request)
  }
}
