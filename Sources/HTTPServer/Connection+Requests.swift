import CEvent
import Glibc

extension Connection {
  private static let emptyLinesMax = 8

  /// Takes in what has arrived.
  func readable() {
    if isHandling, !bodyArrival.isWaiting { return noticeInput() }
    let count = unsafe recv(descriptor, loop.scratch.baseAddress, loop.scratch.count, 0)
    if count > 0 {
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: loop.scratch[0..<count])
        .assumingMemoryBound(to: UInt8.self)
      unsafe receive(bytes)
    } else {
      noticeEnd(count)
    }
  }

  /// While a request is under way nothing more is taken in: what the client sends meanwhile fills the system's buffers,
  /// and then the client waits. Only that it is gone is worth knowing.
  private func noticeInput() {
    var byte: UInt8 = 0
    let count = unsafe recv(descriptor, &byte, 1, scrip_peek_flags)
    if count > 0 { pauseReading() } else { noticeEnd(count) }
  }

  private func noticeEnd(_ count: Int) {
    if count == 0 {
      endOfInput()
    } else if errno != EAGAIN, errno != EINTR {
      if isStreaming { abandon() } else { close() }
    }
  }

  private func receive(_ bytes: UnsafeBufferPointer<UInt8>) {
    if heldStart == held.count {
      let taken = process(unsafe bytes.span)
      if taken == bytes.count { return }
      held.removeAll(keepingCapacity: true)
      heldStart = 0
      unsafe held.append(contentsOf: bytes[taken...])
    } else {
      if heldStart > 0 { held.removeFirst(heldStart) }
      heldStart = 0
      unsafe held.append(contentsOf: bytes)
      readHeld()
    }
  }

  /// Goes on with what arrived earlier.
  func readHeld() {
    if heldStart == held.count { return }
    // Moved out, because a refusal drops what is held.
    var bytes: [UInt8] = []
    swap(&bytes, &held)
    let end = heldStart + process(bytes.span.extracting(heldStart..<bytes.count))
    heldStart = 0
    if end < bytes.count {
      held = bytes
      heldStart = end
    }
  }

  /// Takes at most one request out of `input`, and returns how many bytes that took; all of them once nothing that the
  /// client sends matters any more.
  private func process(_ input: Span<UInt8>) -> Int {
    var index = 0
    do throws(ProtocolError) {
      while index < input.count {
        let rest = input.extracting(index..<input.count)
        let taken: Int
        switch phase {
        case .head: taken = try readHead(rest)
        case .handling: taken = readBody(rest)
        case .lingering, .closed: return input.count
        }
        if taken == 0 { return index }
        index += taken
      }
    } catch {
      refuse(error)
      return input.count
    }
    return index
  }

  /// Reads a head if it is there as a whole; returns its size, or 0 if more must arrive.
  private func readHead(_ input: Span<UInt8>) throws(ProtocolError) -> Int {
    if input.count >= 2, input[0] == .carriageReturn, input[1] == .lineFeed {
      try forgiveEmptyLine()
      return 2
    }
    let bytesMax = loop.configuration.headerBytesMax
    guard let size = headSize(input) else {
      if input.count >= bytesMax { throw .headerTooLarge }
      try RequestHead.checkUnfinished(input, from: scanned)
      if !isReceiving {
        isReceiving = true
        if emptyLines == 0 { deadline = loop.now + loop.patience.header }
      }
      scanned = max(0, input.count - 3)
      return 0
    }
    scanned = 0
    if size > bytesMax { throw .headerTooLarge }
    let bytes = input.extracting(0..<size)
    let outline = try RequestHead(parsing: bytes)
    self.outline = outline
    try expectBody(outline)
    let head = unsafe bytes.withUnsafeBufferPointer { unsafe Array($0) }
    deliver(HTTPRequest(head: head, outline: outline, remoteAddress: remoteAddress))
    return size
  }

  /// Empty lines before a request are read over (RFC 9112, section 2.2), but only a few: a client that sends nothing
  /// else would keep the loop busy for ever.
  ///
  /// The time of the head that follows runs from the first of them. As long as no more than them has come there is no
  /// request to answer, so that a connection with one behind its last request is still idle.
  private func forgiveEmptyLine() throws(ProtocolError) {
    if emptyLines == Self.emptyLinesMax { throw .malformedRequest }
    if emptyLines == 0, !isReceiving { deadline = loop.now + loop.patience.header }
    emptyLines += 1
    scanned = 0
  }

  private func headSize(_ input: Span<UInt8>) -> Int? {
    unsafe input.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress,
        let end = unsafe memmem(start + scanned, bytes.count - scanned, "\r\n\r\n", 4)
      else { return nil }
      return unsafe UnsafeRawPointer(end) - UnsafeRawPointer(start) + 4
    }
  }
}

/// Bodies. What arrives together with a head is put aside; the rest waits outside until a handler asks for it.
extension Connection {
  /// Whether the present request's body is here as a whole.
  var isBodyHere: Bool {
    if case .complete = intake { return true }
    return false
  }

  private func expectBody(_ outline: RequestHead) throws(ProtocolError) {
    hasBodyBegun = false
    switch outline.body {
    case .none, .sized(0): intake = .complete
    case .sized(let size):
      if size > loop.configuration.bodyBytesMax { throw .bodyTooLarge }
      intake = .sized(remaining: size)
    case .chunked:
      chunks = ChunkedBody()
      intake = .chunked
    }
  }

  /// Takes what belongs to the body and returns how much that was.
  private func readBody(_ input: Span<UInt8>) -> Int {
    hasBodyBegun = true
    switch intake {
    case .complete: return 0
    case .failed: return input.count
    case .sized(let remaining):
      let count = min(remaining, input.count)
      unsafe input.extracting(0..<count).withUnsafeBufferPointer { unsafe body.append(contentsOf: $0) }
      if count == remaining { completeBody() } else { intake = .sized(remaining: remaining - count) }
      return count
    case .chunked: return readChunks(input)
    }
  }

  private func readChunks(_ input: Span<UInt8>) -> Int {
    let configuration = loop.configuration
    do throws(ProtocolError) {
      let count = try chunks.consume(
        input, bytesMax: configuration.bodyBytesMax, overheadMax: configuration.headerBytesMax)
      if chunks.isComplete {
        body = chunks.bytes
        chunks = ChunkedBody()
        completeBody()
      }
      return count
    } catch {
      failBody(error)
      return input.count
    }
  }

  private func completeBody() {
    intake = .complete
    bodyArrival.resume()
  }

  /// Gives up the body; the handler learns it when it asks, or now if it is waiting.
  func failBody(_ error: ProtocolError) {
    intake = .failed(error)
    body = []
    chunks = ChunkedBody()
    bodyArrival.resume()
  }

  /// Gives the whole body to the handler, reading what has not arrived yet.
  func collectBody() async throws(HTTPBodyFailure) -> [UInt8] {
    if isHandling, isBodyUnderWay { await arrivalOfBody() }
    guard isHandling else { throw .connectionClosed }
    switch intake {
    case .complete:
      defer { body = [] }
      return body
    case .failed(let error): throw .refused(error)
    case .sized, .chunked:
      preconditionFailure("a wait for a body ends with it, its failure or the connection")
    }
  }

  private var isBodyUnderWay: Bool {
    switch intake {
    case .complete, .failed: false
    case .sized, .chunked: true
    }
  }

  /// The most that is still to come of the present body.
  private var bytesToCome: Int {
    switch intake {
    case .complete, .failed: 0
    case .sized(let remaining): remaining
    case .chunked: loop.configuration.bodyBytesMax
    }
  }

  private func arrivalOfBody() async {
    precondition(!bodyArrival.isWaiting, "a body is asked for once")
    if inputEnded { return close() }
    guard reserveBody(bytesToCome) else { return failBody(.tooManyBodies) }
    if outline?.expectsContinue == true, !hasBodyBegun {
      transmit(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
      if isClosed { return }
    }
    bodyDeadline = loop.now + loop.patience.body
    if outgoing.isEmpty { deadline = bodyDeadline }
    resumeReading()
    await unsafe withUnsafeContinuation { unsafe bodyArrival.keep($0) }
    bodyDeadline = .max
    if outgoing.isEmpty { deadline = .max }
  }
}
