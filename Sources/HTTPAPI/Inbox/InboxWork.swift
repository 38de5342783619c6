import Digest
import Ledger
import Promotions
import Scrip
import Synchronization

extension InboxDesk {
  /// A name for bytes that have none.
  static func fingerprint(of bytes: [UInt8]) -> String { SHA256.hash(bytes).hex }
}

/// What a process has forgotten of messages before their time.
final class InboxCounts: Sendable {
  /// The process's own.
  static let shared = InboxCounts()

  private let count = Atomic(0)

  /// How many messages were forgotten to make room.
  var forgotten: Int { count.load(ordering: .relaxed) }

  /// Counts some.
  func forgotten(_ more: Int) { count.add(more, ordering: .relaxed) }
}

/// The due work of messages.
public struct InboxWork: Sendable {
  private static let forgetting: DueWork.Kind = "forget_messages"
  private static let pauseSeconds: Int64 = 3600
  private static let pageMax = 500

  private let engine: Engine

  /// Works on an engine.
  public init(_ engine: Engine) { self.engine = engine }

  /// What a service that starts has scheduled.
  public static var keys: [Owned<DueKey>] { [Owned(.house, DueKey(forgetting))] }

  /// Looking at orders of which messages wait, and forgetting what was kept for long enough.
  public var handlers: [DueHandler<WorkingSet>] {
    [
      SettleInboxOrder.handler,
      DueHandler(
        InboxWork.forgetting,
        retries: DueRetries(firstSeconds: 60, mostSeconds: InboxWork.pauseSeconds, attemptsMax: nil),
        .external { [self] _ async throws(DueFailure) in
          try await forget()
          return .again(afterSeconds: InboxWork.pauseSeconds)
        }),
    ]
  }

  /// Forgets what was kept for long enough, of every tenant.
  public func forget() async throws(DueFailure) {
    let tenants = try await ask { (store) throws(StoreFailure) in try store.tenantIDs() }
    for tenant in tenants { try await forget(of: tenant) }
  }

  private func forget(of tenant: Tenant.ID) async throws(DueFailure) {
    let now: Instant
    do throws(StoreFailure) { now = try await engine.now(of: tenant) } catch {
      throw DueFailure(error.message)
    }
    let question = OldMessages(
      of: tenant, before: now.adding(seconds: -InboxMessageRow.keptSeconds), limit: InboxWork.pageMax)
    while true {
      let old = try await ask { (store) throws(StoreFailure) in try store.find(question) }
      if old.messages.isEmpty, old.orders.isEmpty { return }
      do throws(CommandFailure) {
        _ = try await engine.submit(
          PromotionCommand(
            tenant: tenant, actor: .system, action: ForgetMessages(old.messages, orders: old.orders)))
      } catch {
        throw DueFailure("what was kept for long enough was not forgotten: \(error)")
      }
      if old.messages.count < InboxWork.pageMax, old.orders.count < InboxWork.pageMax { return }
    }
  }

  private func ask<Value: Sendable>(
    _ question: @escaping @Sendable (any PromotionStore) throws(StoreFailure) -> Value
  ) async throws(DueFailure) -> Value {
    do throws(StoreFailure) { return try await engine.ask(question) } catch {
      throw DueFailure(error.message)
    }
  }
}
