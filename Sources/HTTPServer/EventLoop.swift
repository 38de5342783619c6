import CEvent
import Glibc
import Synchronization

/// One thread that waits for sockets and runs the tasks of their requests.
///
/// Jobs that the loop's own thread enqueues cost no lock and no wake-up. Jobs from other threads are collected
/// under a lock, and only the first one that finds the loop asleep wakes it, so a burst costs one write.
///
/// `@unchecked Sendable`: `inbox` guards itself, `thread` is atomic, `base`, `wakeDescriptor`, `configuration`
/// and `patience` never change, and everything else is touched only by the loop's thread.
@safe final class EventLoop: TaskExecutor, @unchecked Sendable {
  private struct Inbox {
    var jobs: [UnownedJob] = []
    var isAsleep = false
    var isStopped = false

    mutating func move(to jobs: inout [UnownedJob]) {
      if self.jobs.isEmpty { return }
      jobs.append(contentsOf: self.jobs)
      self.jobs.removeAll(keepingCapacity: true)
    }
  }

  let configuration: HTTPServerConfiguration
  let patience: Patience
  let handler: any HTTPHandler
  let census: ConnectionCensus
  /// Bytes as they come from a socket, until the connection they belong to has looked at them.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 * 1_024, alignment: 16)
  /// Where a response is put together; kept so that its memory is reused.
  var assembly: [UInt8] = []
  var date = HTTPDate()
  private(set) var isDraining = false
  /// Connections whose task has started and not ended.
  var servingCount = 0
  /// Connections that are being refused because there are too many.
  private(set) var refusedCount = 0

  private let base: OpaquePointer
  private let wakeDescriptor: Int32
  private let thread = Atomic<UInt>(0)
  private let inbox = Mutex(Inbox())
  private var jobs: [UnownedJob] = []
  private var batch: [UnownedJob] = []
  private var wakeEvent: LoopEvent?
  private var tick: LoopEvent?
  private var isTicking = false
  private var listener: Listener?
  private var connections: [Connection] = []
  private var drainDeadline = Int64.max
  private var drained = Waiter()

  init(
    configuration: HTTPServerConfiguration, handler: any HTTPHandler, census: ConnectionCensus
  ) throws(HTTPServerFailure) {
    self.configuration = configuration
    patience = Patience(configuration)
    self.handler = handler
    self.census = census
    wakeDescriptor = eventfd(0, scrip_eventfd_flags)
    guard wakeDescriptor >= 0 else { throw HTTPServerFailure("eventfd") }
    guard let settings = unsafe event_config_new() else { throw HTTPServerFailure("event_config_new") }
    // Only the loop's thread calls libevent; other threads go through the inbox.
    _ = unsafe event_config_set_flag(settings, Int32(EVENT_BASE_FLAG_NOLOCK.rawValue))
    let base = unsafe event_base_new_with_config(settings)
    unsafe event_config_free(settings)
    guard let base = unsafe base else {
      close(wakeDescriptor)
      throw HTTPServerFailure("event_base_new")
    }
    unsafe self.base = base
  }

  deinit {
    listener = nil
    tick = nil
    wakeEvent = nil
    close(wakeDescriptor)
    unsafe event_base_free(base)
    unsafe scratch.deallocate()
  }

  /// Milliseconds of a clock that never goes back.
  var now: Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC_COARSE, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Whether the caller is on the loop's thread.
  var isCurrentThread: Bool { thread.load(ordering: .relaxed) == pthread_self() }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrentThread {
      jobs.append(job)
      return
    }
    let wakes = inbox.withLock { inbox in
      inbox.jobs.append(job)
      defer { inbox.isAsleep = false }
      return inbox.isAsleep
    }
    if wakes { wake() }
  }

  /// Starts the thread, which keeps the loop alive until `stop`.
  func start(accepting listener: Listener) throws(HTTPServerFailure) {
    self.listener = listener
    let context = unsafe Unmanaged.passRetained(self)
    var identifier = pthread_t()
    let code = unsafe pthread_create(
      &identifier, nil,
      { context in
        if let context = unsafe context {
          unsafe Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
      }, context.toOpaque())
    guard code == 0 else {
      unsafe context.release()
      throw HTTPServerFailure("pthread_create", code: code)
    }
    pthread_detach(identifier)
  }

  /// Lets the thread end once no task needs it.
  func stop() {
    inbox.withLock { $0.isStopped = true }
    wake()
  }

  /// An event of this loop on `descriptor`, not yet watched; -1 makes a timer.
  func event(on descriptor: Int32, _ what: Int32, _ action: @escaping () -> Void) -> LoopEvent {
    unsafe LoopEvent(base: base, descriptor: descriptor, what: what, action: action)
  }

  private func run() {
    thread.store(pthread_self(), ordering: .relaxed)
    _ = unsafe pthread_setname_np(pthread_self(), "http-loop")
    wakeEvent = event(on: wakeDescriptor, EV_READ | EV_PERSIST) { [unowned self] in clearWake() }
    wakeEvent?.watch()
    tick = event(on: -1, EV_PERSIST) { [unowned self] in expireOverdue() }
    listener?.watch(on: self)
    while collectJobs() {
      let flags = jobs.isEmpty ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK
      _ = unsafe event_base_loop(base, flags)
      runJobs()
    }
  }

  /// Takes over what other threads enqueued; false when the loop is over.
  private func collectJobs() -> Bool {
    let hasOwnJobs = !jobs.isEmpty
    return inbox.withLock { inbox in
      inbox.move(to: &jobs)
      let isIdle = !hasOwnJobs && jobs.isEmpty
      if isIdle, inbox.isStopped, servingCount == 0 { return false }
      inbox.isAsleep = isIdle
      return true
    }
  }

  /// Runs what is waiting, but not what that enqueues in turn for ever: sockets get their turn in between.
  private func runJobs() {
    inbox.withLock { inbox in
      inbox.isAsleep = false
      inbox.move(to: &jobs)
    }
    let executor = unsafe asUnownedTaskExecutor()
    for _ in 0..<4 where !jobs.isEmpty {
      swap(&jobs, &batch)
      for job in batch { unsafe job.runSynchronously(on: executor) }
      batch.removeAll(keepingCapacity: true)
    }
  }

  private func wake() {
    var one: UInt64 = 1
    // Only a full counter can refuse this, and then the loop is awake already.
    _ = unsafe write(wakeDescriptor, &one, 8)
  }

  private func clearWake() {
    var count: UInt64 = 0
    _ = unsafe read(wakeDescriptor, &count, 8)
  }

  func add(_ connection: Connection) {
    connection.slot = connections.count
    connections.append(connection)
    if !connection.isCounted { refusedCount += 1 }
    startTicking()
  }

  func remove(_ connection: Connection) {
    let last = connections.removeLast()
    if last !== connection {
      connections[connection.slot] = last
      last.slot = connection.slot
    }
    if connection.isCounted { census.leave() } else { refusedCount -= 1 }
    if connections.isEmpty {
      if isTicking, !drained.isWaiting, listener?.isPaused != true {
        tick?.unwatch()
        isTicking = false
      }
      drained.resume()
    }
  }

  /// Looks after deadlines a few times within the shortest of them, while there is anything to look after.
  func startTicking() {
    if isTicking { return }
    isTicking = true
    tick?.watch(everyMilliseconds: max(10, min(250, patience.shortest / 4)))
  }

  private func expireOverdue() {
    listener?.resume()
    let now = now
    // From the back, because a connection that closes is replaced by the last one.
    for index in connections.indices.reversed() where connections[index].deadline <= now {
      connections[index].expire()
    }
    if now >= drainDeadline {
      for connection in connections.reversed() { connection.abandon() }
      drained.resume()
    }
    if connections.isEmpty, listener?.isPaused != true, !drained.isWaiting {
      tick?.unwatch()
      isTicking = false
    }
  }

  /// Accepts nothing more, closes idle connections, and returns when the others are done or the grace is over.
  func drain() async {
    precondition(isCurrentThread, "a loop is drained on its own thread")
    isDraining = true
    listener?.close()
    listener = nil
    for connection in connections.reversed() { connection.prepareToDrain() }
    if connections.isEmpty { return }
    drainDeadline = now + patience.shutdown
    startTicking()
    await unsafe withUnsafeContinuation { unsafe drained.keep($0) }
  }
}

/// The number of connections of all loops, and the bytes of the bodies that they wait for.
final class ConnectionCensus: Sendable {
  private let count = Atomic<Int>(0)
  private let bodyBytes = Atomic<Int>(0)

  var current: Int { count.load(ordering: .relaxed) }

  /// Counts one more unless there are `max` already.
  func enter(max: Int) -> Bool {
    if count.wrappingAdd(1, ordering: .relaxed).oldValue < max { return true }
    leave()
    return false
  }

  func leave() { count.wrappingSubtract(1, ordering: .relaxed) }

  /// Makes room for a body unless others have taken it.
  func reserve(bodyBytes bytes: Int, max: Int) -> Bool {
    let before = bodyBytes.wrappingAdd(bytes, ordering: .relaxed).oldValue
    if before == 0 || before + bytes <= max { return true }
    release(bodyBytes: bytes)
    return false
  }

  func release(bodyBytes bytes: Int) { bodyBytes.wrappingSubtract(bytes, ordering: .relaxed) }
}
