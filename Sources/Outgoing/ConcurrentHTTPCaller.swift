import CCurl
import Foundation
import Synchronization

/// Makes requests to other services as ``HTTPCaller`` does, any number of them at a time on one thread of its own: a service
/// that does not answer holds a connection and its buffers, and no thread.
///
/// Whoever calls bounds how many are under way.
public final class ConcurrentHTTPCaller: Sendable {
  private let settings: OutgoingSettings
  private let loop: CallLoop

  /// Makes a caller.
  public init(_ settings: OutgoingSettings = OutgoingSettings()) {
    self.settings = settings
    loop = CallLoop(idleMax: settings.idleConnectionsMax)
    let thread = Thread { [loop] in loop.run() }
    thread.name = "outgoing calls"
    thread.start()
  }

  deinit { loop.end() }

  /// Sends a request and waits for its answer. Any status is an answer.
  ///
  /// - Throws: why there is no answer, and whether the request may have arrived.
  public func send(_ call: HTTPCall) async throws(OutgoingFailure) -> HTTPAnswer {
    let handle = loop.handle()
    let prepared: PreparedCall
    do throws(OutgoingFailure) {
      prepared = try PreparedCall(call, on: handle, settings)
      // A look-up of a name that hangs is left to itself when its time is over, or all calls would wait for it.
      handle.set(CURLOPT_QUICK_EXIT, 1)
    } catch {
      loop.giveBack(handle)
      throw error
    }
    let result = await withCheckedContinuation { continuation in
      loop.begin(WaitingCall(prepared: prepared, continuation: continuation))
    }
    return try result.get()
  }
}

/// A call, and who waits for it.
private struct WaitingCall: Sendable {
  let prepared: PreparedCall
  let continuation: CheckedContinuation<Result<HTTPAnswer, OutgoingFailure>, Never>
}

/// The thread on which calls are made.
private final class CallLoop: Sendable {
  private struct State {
    var new: [WaitingCall] = []
    var idle: [Handle] = []
    var isOver = false
  }

  private static let waitMilliseconds: Int32 = 1000

  private let idleMax: Int
  private let group: HandleGroup
  private let state = Mutex(State())

  init(idleMax: Int) {
    self.idleMax = idleMax
    group = HandleGroup(idleConnectionsMax: idleMax)
  }

  /// A handle for a call.
  func handle() -> Handle { state.withLock { $0.idle.popLast() } ?? Handle() }

  /// Takes a handle back. Nothing of its call, its secrets least of all, stays for the next one.
  func giveBack(_ handle: Handle) {
    handle.reset()
    state.withLock { if $0.idle.count < idleMax { $0.idle.append(handle) } }
  }

  func begin(_ call: WaitingCall) {
    state.withLock { $0.new.append(call) }
    group.wake()
  }

  /// Ends the thread. Nobody waits for a call any more.
  func end() {
    state.withLock { $0.isOver = true }
    group.wake()
  }

  func run() {
    var underWay: [UInt: WaitingCall] = [:]
    while true {
      let (new, isOver) = state.withLock { state in
        defer { state.new = [] }
        return (state.new, state.isOver)
      }
      if isOver { return }
      for call in new { begin(call, among: &underWay) }
      group.perform()
      while let (address, code, words) = group.nextFinished() {
        if let call = underWay.removeValue(forKey: address) { finish(call, code, words) }
      }
      group.wait(milliseconds: CallLoop.waitMilliseconds)
    }
  }

  private func begin(_ call: WaitingCall, among underWay: inout [UInt: WaitingCall]) {
    if group.add(call.prepared.handle) {
      underWay[call.prepared.handle.address] = call
    } else {
      finish(call, CURLE_FAILED_INIT, "libcurl can't begin the call.")
    }
  }

  private func finish(_ call: WaitingCall, _ code: CURLcode, _ words: String) {
    let result: Result<HTTPAnswer, OutgoingFailure>
    do throws(OutgoingFailure) {
      result = .success(try call.prepared.answer(code, words: words))
    } catch {
      result = .failure(error)
    }
    group.remove(call.prepared.handle)
    giveBack(call.prepared.handle)
    call.continuation.resume(returning: result)
  }
}
