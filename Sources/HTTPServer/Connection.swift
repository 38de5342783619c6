import CEvent
import Glibc

/// One client's connection: what it is busy with, and its way from open to closed.
///
/// `Connection+Requests` takes requests out of what arrives, `Connection+Responses` sends, and one task per
/// connection, on the loop's thread, hands requests to the handler one after the other.
///
/// `@unchecked Sendable`: touched only by its loop's thread, where its task prefers to run too.
final class Connection: @unchecked Sendable {
  enum Phase {
    /// Waiting for a request, or in the middle of its head.
    case head
    /// The handler has the request's head and maybe its body, or its response is being sent.
    case handling
    /// All is said; what the client still sends is read over, lest the last response be lost to a reset.
    case lingering
    case closed
  }

  /// How much of the present request's body is still to come.
  enum Intake {
    case complete
    case sized(remaining: Int)
    case chunked
    /// What came can't be a body; the rest is not looked at.
    case failed(ProtocolError)
  }

  private static let lingerMilliseconds: Int64 = 2_000
  private static let refusedConnectionsMax = 64

  let loop: EventLoop
  let descriptor: Int32
  let remoteAddress: String
  /// Whether this connection counts towards `connectionsMax`; one that is being refused does not.
  let isCounted: Bool
  /// Where the loop keeps this connection.
  var slot = 0
  /// When, in the loop's milliseconds, patience with the present phase ends.
  var deadline = Int64.max

  var phase = Phase.head
  var intake = Intake.complete
  /// What arrived and was not looked at yet, from `heldStart` on: never more than an unfinished head and what one call
  /// brings, because nothing is received while a request is under way whose body nobody asked for.
  var held: [UInt8] = []
  var heldStart = 0
  var scanned = 0
  var isReceiving = false
  /// How many empty lines came before the head that is waited for.
  var emptyLines = 0
  var inputEnded = false
  var outline: RequestHead?
  var body: [UInt8] = []
  var chunks = ChunkedBody()
  var hasBodyBegun = false
  var bodyDeadline = Int64.max
  /// What the census counts for the present body.
  private var reservedBytes = 0
  var outgoing: [UInt8] = []
  var outgoingStart = 0
  var isStreaming = false
  var flushed = Waiter()
  /// The handler that waits for the rest of its request's body.
  var bodyArrival = Waiter()

  private var ready: HTTPRequest?
  private var arrival = Waiter()
  private var task: Task<Void, Never>?
  private var readEvent: LoopEvent?
  private var writeEvent: LoopEvent?
  private var isReading = false

  private init(_ descriptor: Int32, from remoteAddress: String, on loop: EventLoop, isCounted: Bool) {
    self.descriptor = descriptor
    self.remoteAddress = remoteAddress
    self.loop = loop
    self.isCounted = isCounted
  }

  /// Takes over an accepted socket; refuses it when there are too many already.
  static func open(_ descriptor: Int32, from remoteAddress: String, on loop: EventLoop) {
    let isWelcome = loop.census.enter(max: loop.configuration.connectionsMax)
    if !isWelcome, loop.refusedCount >= refusedConnectionsMax {
      Glibc.close(descriptor)
      return
    }
    let connection = Connection(descriptor, from: remoteAddress, on: loop, isCounted: isWelcome)
    loop.add(connection)
    connection.deadline = loop.now + loop.patience.idle
    connection.resumeReading()
    if !isWelcome { connection.refuse(.tooManyConnections) }
  }

  var isClosed: Bool {
    if case .closed = phase { return true }
    return false
  }

  var isHandling: Bool {
    if case .handling = phase { return true }
    return false
  }

  var isAwaitingRequest: Bool {
    if case .head = phase { return true }
    return false
  }

  func resumeReading() {
    if isReading || inputEnded || isClosed { return }
    isReading = true
    let event =
      readEvent
      ?? loop.event(on: descriptor, EV_READ | EV_PERSIST) { [unowned self] in readable() }
    readEvent = event
    event.watch()
  }

  func pauseReading() {
    isReading = false
    readEvent?.unwatch()
  }

  func resumeWriting() {
    let event =
      writeEvent
      ?? loop.event(on: descriptor, EV_WRITE | EV_PERSIST) { [unowned self] in writable() }
    writeEvent = event
    event.watch()
  }

  func pauseWriting() { writeEvent?.unwatch() }

  /// Gives a request to the connection's task.
  func deliver(_ request: HTTPRequest) {
    phase = .handling
    deadline = .max
    ready = request
    if arrival.isWaiting {
      arrival.resume()
    } else if task == nil {
      loop.servingCount += 1
      task = Task(executorPreference: loop) { await self.serve() }
    }
  }

  private func serve() async {
    while let request = await nextRequest() {
      let response = await loop.handler.handle(request, body: HTTPBodyReader(self))
      await respond(response)
    }
    loop.servingCount -= 1
  }

  private func nextRequest() async -> HTTPRequest? {
    if ready == nil, !isClosed { await unsafe withUnsafeContinuation { unsafe arrival.keep($0) } }
    defer { ready = nil }
    return ready
  }

  /// After a response: the next request, or the end.
  func finishResponse(closing: Bool) {
    guard isHandling else { return }
    releaseBody()
    if closing { return linger() }
    phase = .head
    isReceiving = false
    emptyLines = 0
    deadline = loop.now + loop.patience.idle
    readHeld()
    guard isAwaitingRequest else { return }
    if inputEnded || loop.isDraining { return close() }
    resumeReading()
  }

  /// Lets the client read what was sent before the connection closes.
  func linger() {
    if isClosed { return }
    phase = .lingering
    dropInput()
    if !outgoing.isEmpty { return }
    if inputEnded { return close() }
    shutdown(descriptor, Int32(SHUT_WR))
    deadline = loop.now + Self.lingerMilliseconds
    resumeReading()
  }

  func endOfInput() {
    inputEnded = true
    pauseReading()
    switch phase {
    case .head: close()
    case .lingering: if outgoing.isEmpty { close() }
    case .handling where bodyArrival.isWaiting: close()
    // A client may end its side and still read. Only a stream has to know, because it might never end.
    case .handling: if isStreaming { task?.cancel() }
    case .closed: break
    }
  }

  func expire() {
    switch phase {
    case .head where !isReceiving: close()
    case .head: refuse(.requestTimeout)
    case .handling where bodyArrival.isWaiting && outgoing.isEmpty: failBody(.requestTimeout)
    case .handling: abandon()
    case .lingering: close()
    case .closed: break
    }
  }

  /// Closes unless there is, or just arrived, something to answer.
  func prepareToDrain() {
    guard isAwaitingRequest else { return }
    readable()
    if isAwaitingRequest, !isReceiving { close() }
  }

  /// Closes although somebody still works for this connection; the connection is reset, so that a truncated
  /// response can't be taken for a whole one.
  func abandon() {
    if isClosed { return }
    var option = CEvent.linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<CEvent.linger>.size))
    task?.cancel()
    close()
  }

  func close() {
    if isClosed { return }
    phase = .closed
    deadline = .max
    // An event that is just being handled outlives this, so letting go of it does not yet unwatch it.
    readEvent?.unwatch()
    writeEvent?.unwatch()
    readEvent = nil
    writeEvent = nil
    releaseBody()
    dropInput()
    outgoing = []
    Glibc.close(descriptor)
    loop.remove(self)
    arrival.resume()
    flushed.resume()
    bodyArrival.resume()
  }

  /// Makes room for a body that has to be waited for.
  func reserveBody(_ bytes: Int) -> Bool {
    guard loop.census.reserve(bodyBytes: bytes, max: loop.configuration.bodiesBytesMax) else { return false }
    reservedBytes = bytes
    return true
  }

  private func releaseBody() {
    body = []
    if reservedBytes == 0 { return }
    loop.census.release(bodyBytes: reservedBytes)
    reservedBytes = 0
  }

  private func dropInput() {
    held = []
    heldStart = 0
    body = []
    chunks = ChunkedBody()
  }

  var isCancelled: Bool { task?.isCancelled ?? false }
}
