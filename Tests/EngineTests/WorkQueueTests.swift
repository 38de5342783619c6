import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Ledger
@testable import Promotions

/// Two threads that note what they take, and wait for permission after each batch.
private final class Workers: Sendable {
  let queue: WorkQueue<Int>
  let batches = Mutex<[[Int]]>([])
  private let permissions = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)

  init(patience: Duration) async throws {
    queue = WorkQueue(max: 8, patience: patience)
    for _ in 1...2 {
      Thread { [self] in
        queue.work(max: 4) { items in
          batches.withLock { $0.append(items) }
          permissions.wait()
        }
        ended.signal()
      }.start()
    }
    while queue.idle < 2 { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// Waits until so many batches were begun.
  func begun(_ count: Int) async throws {
    while batches.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  func permit(_ count: Int = 1) {
    for _ in 0..<count { permissions.signal() }
  }

  /// Closes the queue and waits for both threads.
  func end() {
    queue.close()
    permit(8)
    ended.wait()
    ended.wait()
  }
}

@Suite struct WorkQueueTests {
  @Test func `what comes while a thread is at work is taken by it at once`() async throws {
    let workers = try await Workers(patience: .seconds(3600))
    #expect(workers.queue.add(1))
    try await workers.begun(1)
    for item in 2...6 { #expect(workers.queue.add(item)) }
    try await Task.sleep(for: .milliseconds(50))
    #expect(workers.batches.withLock { $0 } == [[1]] && workers.queue.count == 5)
    workers.permit()
    try await workers.begun(2)
    #expect(workers.batches.withLock { $0 } == [[1], [2, 3, 4, 5]])
    workers.end()
    #expect(workers.batches.withLock { $0.last } == [6])
  }

  @Test func `a thread that is at work for too long is not waited for`() async throws {
    let workers = try await Workers(patience: .milliseconds(20))
    #expect(workers.queue.add(1))
    try await workers.begun(1)
    try await Task.sleep(for: .milliseconds(40))
    #expect(workers.queue.add(2))
    try await workers.begun(2)
    #expect(workers.batches.withLock { $0 } == [[1], [2]])
    workers.end()
  }

  @Test func `without patience every thread is woken`() async throws {
    let workers = try await Workers(patience: .zero)
    #expect(workers.queue.add(1))
    try await workers.begun(1)
    #expect(workers.queue.add(2))
    try await workers.begun(2)
    #expect(workers.batches.withLock { $0 } == [[1], [2]])
    workers.end()
  }

  @Test func `what is over the bound, or comes too late, is not taken`() async throws {
    let workers = try await Workers(patience: .seconds(3600))
    #expect(workers.queue.add(0))
    try await workers.begun(1)
    for item in 1...8 { #expect(workers.queue.add(item)) }
    #expect(!workers.queue.add(9))
    workers.end()
    #expect(!workers.queue.add(10))
    #expect(workers.batches.withLock { $0.flatMap(\.self) } == Array(0...8))
  }
}
