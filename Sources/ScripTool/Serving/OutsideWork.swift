import CheckoutWork
import CommandLineClient
import Digest
import HTTPAPI
import Ledger
import Promotions
import Scrip
import Synchronization
import WebhookWork

/// What a service does outside of its store: it asks payment providers, and sends mails and webhooks. Others may be slow, and nothing of
/// the store's own waits for them.
struct OutsideWork: Sendable {
  /// Who asks payment providers, who sends mails, and who sends webhooks: none that is silent holds up another.
  private let workers: [DueWorker<WorkingSet>]
  /// What callers may ask about it.
  let payments: PaymentDesk
  /// Who carries events out of the house.
  let relays: [Relay<WorkingSet>]
  /// What callers may ask about webhooks.
  let webhooks: WebhookDesk
  private let working: [Task<Void, Never>]

  /// Begins.
  static func start(
    _ settings: ServeSettings, _ engine: Engine, identityKey: [UInt8], fraud: FraudWatch,
    observer: any DueObserver,
    logger: Logger,
    failed: @escaping @Sendable (StoreFailure) -> Void
  ) throws(ToolError) -> OutsideWork {
    let sealer = Sealer(try settings.folder.sealingKeys(in: settings.sealingKeys))
    let providers = Providers(engine: engine, sealer: sealer, stripeAddress: settings.stripeAddress)
    let work = PaymentWork(engine: engine, providers: providers, sealer: sealer) { payment, reason in
      logger.log(
        .warn, "a payment provider refused to begin a payment",
        [("payment", payment.description), ("reason", reason)])
    }
    let committer = engine.committer
    func worker(_ handlers: [DueHandler<WorkingSet>], underWayMax: Int) -> DueWorker<WorkingSet> {
      DueWorker(
        store: engine.store, handlers: handlers, observer: observer, underWayMax: underWayMax,
        submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    }
    let relays = settings.relays.carriers.map { carrier in
      Relay(store: engine.store, carrier: carrier) { loss in
        logger.log(
          .error, "the receiver of events has lost some, which are carried again",
          [
            ("relay", carrier.name.text), ("tenant", loss.tenant.description),
            ("carried", "\(loss.carried)"), ("kept", "\(loss.kept)"),
          ])
      }
    }
    let watch = WebhookWatch()
    let hooks = WebhookWork(
      engine: engine, sealer: sealer,
      sender: HTTPWebhookSender(
        addresses: settings.webhooks.rules.addresses, version: Program.scrip.version),
      watch: watch, underWayMax: settings.webhooks.underWayMax)
    let inbox = worker(InboxWork(engine).handlers, underWayMax: 32)
    let relaying = worker(relays.map(\.handler), underWayMax: max(1, relays.count))
    let workers =
      [
        worker(work.handlers, underWayMax: 32),
        worker(
          [
            MailWork.handler(engine, office: settings.mail.office),
            AlertMailWork.handler(engine, office: settings.mail.office),
          ], underWayMax: MailWork.underWayMax),
        worker(hooks.handlers, underWayMax: WebhookWork.endpointsMax),
        inbox,
      ] + (relays.isEmpty ? [] : [relaying])
    for worker in workers { committer.dueSignal.listen { worker.wake() } }
    return OutsideWork(
      workers: workers,
      payments: PaymentDesk(engine: engine, sealer: sealer, providers: providers, worker: workers[0]),
      relays: relays, webhooks: hooks.desk(workers[2], sealer: sealer),
      working: workers.map { worker in Task { await worker.run(failed: failed) } }
        + [Task { await watch.run(hooks, workers[2]) }]
        + (relays.isEmpty ? [] : [begin(relays.map(\.key), relaying, failed)])
        + [begin(InboxWork.keys, inbox, failed)]
        + (settings.inbox.map { [$0.begin(engine, identityKey: identityKey, fraud: fraud, logger: logger)] }
          ?? []))
  }

  /// Has work of the house done from now on, as soon as the store takes that.
  private static func begin(
    _ keys: [Owned<DueKey>], _ worker: DueWorker<WorkingSet>,
    _ failed: @escaping @Sendable (StoreFailure) -> Void
  ) -> Task<Void, Never> {
    Task {
      while !Task.isCancelled {
        do throws(StoreFailure) { return try await worker.scheduleForHouse(keys) } catch {
          failed(error)
        }
        // Being canceled is how it ends early.
        do { try await Task.sleep(for: .seconds(5)) } catch { return }
      }
    }
  }

  /// For how long the work that has waited longest could have been claimed, in seconds, as of a little while ago.
  var lateSeconds: Double { workers.map(\.lateSeconds).max() ?? 0 }

  /// Begins nothing more, and waits a moment for what is under way; false if a call goes on. What it does is taken up when its
  /// lease is over, by whichever node runs.
  func end(within grace: Duration) async -> Bool {
    for task in working { task.cancel() }
    for worker in workers { await worker.shutDown() }
    // A group would wait for all that it has begun, and so for the call that goes on.
    return await withCheckedContinuation { continuation in
      let first = FirstWord(continuation)
      Task {
        for task in working { await task.value }
        first.say(true)
      }
      Task {
        // Nobody cancels it; if somebody did, the time would be over.
        try? await Task.sleep(for: grace)
        first.say(false)
      }
    }
  }
}

/// Resumes whoever waits with what is said first.
private final class FirstWord: Sendable {
  private let waiting: Mutex<CheckedContinuation<Bool, Never>?>

  init(_ waiting: CheckedContinuation<Bool, Never>) { self.waiting = Mutex(waiting) }

  func say(_ word: Bool) { waiting.withLock { $0.take() }?.resume(returning: word) }
}
