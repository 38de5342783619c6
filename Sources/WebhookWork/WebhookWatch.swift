import Ledger
import Promotions
import Scrip
import Synchronization

/// Sees to it that endpoints which rest hear of new events soon. It watches those that this node has served, with one look
/// into the log's index for each of their tenants, and writes nothing while nothing happens.
public final class WebhookWatch: Sendable {
  private static let pause = Duration.milliseconds(250)
  /// How many endpoints are watched; others are looked at when their rest is over.
  private static let watchedMax = 10_000

  private let watched = Mutex<Set<Owned<Webhook.ID>>>([])

  /// Watches nothing yet.
  public init() {}

  /// Watches an endpoint from now on.
  func note(_ key: Owned<Webhook.ID>) {
    watched.withLock { watched in
      if watched.count < Self.watchedMax { watched.insert(key) }
    }
  }

  /// Watches until the task is canceled.
  public func run(_ work: WebhookWork, _ worker: DueWorker<WorkingSet>) async {
    var seen: [Tenant.ID: Int64] = [:]
    await noteAll(work)
    while (try? await Task.sleep(for: Self.pause)) != nil {
      for (tenant, keys) in byTenant {
        seen[tenant] = await look(at: tenant, keys, seen: seen[tenant], work, worker)
      }
    }
  }

  /// Watches every endpoint that there is when a node starts: another one may have served them before.
  private func noteAll(_ work: WebhookWork) async {
    do throws(StoreFailure) {
      let found = try await work.store.active()
      for key in found { note(key) }
    } catch {
      // The store says itself that it can't be read; endpoints are noted once they are served.
    }
  }

  private var byTenant: [Tenant.ID: [Owned<Webhook.ID>]] {
    Dictionary(grouping: watched.withLock { $0 }) { $0.tenant }
  }

  /// Looks at a tenant's log, and says how far all of its endpoints have got; nil if they have to be looked at again.
  private func look(
    at tenant: Tenant.ID, _ keys: [Owned<Webhook.ID>], seen: Int64?, _ work: WebhookWork,
    _ worker: DueWorker<WorkingSet>
  ) async -> Int64? {
    do throws(StoreFailure) {
      let last = try await work.store.lastPosition(of: tenant)
      if seen == last { return last }
      var isSeen = true
      for key in keys {
        let isAwake = try await isAwake(key, at: last, work, worker)
        isSeen = isSeen && isAwake
      }
      // What is under way may not see what has just come, so it is looked at again until it has.
      return isSeen ? last : nil
    } catch {
      // The store says itself that it can't be read; here it is asked again in a moment.
      return nil
    }
  }

  /// Whether an endpoint has got as far as the log, or need not be watched any more.
  private func isAwake(
    _ key: Owned<Webhook.ID>, at last: Int64, _ work: WebhookWork, _ worker: DueWorker<WorkingSet>
  ) async throws(StoreFailure) -> Bool {
    if try await work.store.progress(key)?.position ?? 0 >= last { return true }
    switch try await worker.hasten(Owned(key.tenant, .webhook(key.value))) {
    case .hastened, .isLeased: return false
    case .none:
      watched.withLock { _ = $0.remove(key) }
      return true
    }
  }
}
