import CommandLineClient
import HTTPAPI
import Ledger
import Messaging
import Promotions
import Scrip

extension Flag {
  /// Where shops' own messages come from.
  static let inbox: [Flag] = [
    .setting(
      "nats-inbox-stream", "NAME", usualText: "none",
      "Take shops' own messages from this JetStream stream, at the servers of --nats. docs/inbox.md"),
    .setting("nats-inbox-subject", "FILTER", usual: ">", "The subjects that are taken from it."),
    .setting(
      "nats-inbox-tenant", "TENANT", usual: "tenant_1",
      "Whose messages they are: a tenant, or @N for the Nth part of the subject, such as @2."),
  ]
}

/// Where `scrip serve` takes shops' messages from, besides HTTP.
struct InboxServing: Sendable {
  /// Whose a message is.
  private enum Owner: Sendable {
    /// All of one tenant's.
    case tenant(Tenant.ID)
    /// The tenant whom a part of the subject names, counted from 1 on.
    case part(Int)
  }

  private let inbox: NATSInbox
  private let owner: Owner

  /// Nil where nothing is taken from a broker.
  init?(_ invocation: Invocation) throws(ToolError) {
    guard let stream = invocation["nats-inbox-stream"] else {
      for name in ["nats-inbox-subject", "nats-inbox-tenant"] where invocation.isSet(name) {
        throw .usage("\(invocation.source(of: name)) needs --nats-inbox-stream (or SCRIP_NATS_INBOX_STREAM).")
      }
      return nil
    }
    guard let settings = try RelayServing.broker(invocation) else {
      throw .usage("\(invocation.source(of: "nats-inbox-stream")) needs --nats (or SCRIP_NATS).")
    }
    let filter = try invocation.required("nats-inbox-subject")
    let isPlain = (stream + filter).utf8.allSatisfy { $0 > 32 && $0 < 127 }
    guard isPlain, !stream.isEmpty, !stream.contains(where: { ".*>/\\".contains($0) }), !filter.isEmpty else {
      throw .usage("\(invocation.source(of: "nats-inbox-stream")): NATS takes no such name.")
    }
    let steps = filter.split(separator: ".", omittingEmptySubsequences: false)
    let isSound = steps.enumerated().allSatisfy { place, step in
      if step == "*" || step == ">" && place == steps.count - 1 { return true }
      return !step.isEmpty && !step.contains { "*>".contains($0) }
    }
    if !isSound {
      throw .usage(
        "\(invocation.source(of: "nats-inbox-subject")): NATS takes no such subjects as '\(filter)'.")
    }
    let text = try invocation.required("nats-inbox-tenant")
    if text.hasPrefix("@"), let part = Int(text.dropFirst()), (1...16).contains(part) {
      owner = .part(part)
    } else if let tenant = InboxServing.tenant(text) {
      owner = .tenant(tenant)
    } else {
      throw .usage(
        "\(invocation.source(of: "nats-inbox-tenant")) must be like tenant_1, 1 or @2, not '\(text)'.")
    }
    inbox = NATSInbox(settings, stream: stream, filter: filter)
  }

  private static func tenant(_ text: String) -> Tenant.ID? {
    Tenant.ID(text) ?? Int64(text).flatMap { $0 > 0 ? Tenant.ID($0) : nil }
  }

  /// Takes messages until the task is canceled.
  func begin(
    _ engine: Engine, identityKey: [UInt8], fraud: FraudWatch, logger: Logger
  ) -> Task<Void, Never> {
    let desk = InboxDesk(engine, identityKey: identityKey, fraud: fraud)
    return Task {
      await inbox.run { received in
        await take(received, at: desk, engine, logger)
      } failed: { reason in
        logger.log(.warn, "no messages come from the broker", [("reason", reason)])
      }
    }
  }

  /// Has messages taken, those of each tenant together, and says what is to become of them.
  private func take(
    _ received: [NATSInbox.Received], at desk: InboxDesk, _ engine: Engine, _ logger: Logger
  ) async -> [NATSInbox.Word] {
    var words = received.map { _ in NATSInbox.Word.unwanted }
    var groups: [Tenant.ID: [Int]] = [:]
    for (index, message) in received.enumerated() {
      if let tenant = tenant(of: message) {
        groups[tenant, default: []].append(index)
      } else {
        words[index] = homeless(message, "its subject names no tenant", logger)
      }
    }
    for (tenant, indices) in groups {
      let messages = indices.map { received[$0] }
      for (index, word) in zip(indices, await take(messages, of: tenant, at: desk, engine, logger)) {
        words[index] = word
      }
    }
    return words
  }

  private func take(
    _ messages: [NATSInbox.Received], of tenant: Tenant.ID, at desk: InboxDesk, _ engine: Engine,
    _ logger: Logger
  ) async -> [NATSInbox.Word] {
    do throws(CommandFailure) {
      guard try await exists(tenant, engine) else {
        return messages.map { homeless($0, "there is no \(tenant)", logger) }
      }
      let outcomes = try await desk.take(
        messages.map(\.body), from: InboxDesk.Bringer(tenant: tenant, actor: .system))
      // What was refused without being kept may go well once something that is stored is healed.
      return outcomes.map {
        $0.outcome == .refused && $0.id == nil ? .later(seconds: InboxServing.againSeconds) : .stored
      }
    } catch {
      logger.log(.warn, "messages from the broker can't be stored and come again", [("reason", "\(error)")])
      return messages.map { _ in .later(seconds: InboxServing.againSeconds) }
    }
  }

  private static let againSeconds: Int64 = 5
  /// How often a message comes that is no tenant's: for about a quarter of an hour.
  private static let homelessMax: UInt64 = 10

  /// What becomes of a message that is no tenant's. It comes again for a while, since its tenant may be made meanwhile; then
  /// the log says where it lies.
  private func homeless(
    _ message: NATSInbox.Received, _ reason: String, _ logger: Logger
  ) -> NATSInbox.Word {
    let isLast = message.deliveries >= InboxServing.homelessMax
    if message.deliveries <= 1 || isLast {
      let envelope = InboxDesk.envelope(of: message.body)
      logger.log(
        isLast ? .error : .warn,
        isLast
          ? "a message from the broker is no tenant's and is given up"
          : "a message from the broker is no tenant's and comes again for a while",
        [
          ("reason", reason), ("stream", inbox.stream), ("sequence", "\(message.sequence)"),
          ("subject", message.subject), ("source", envelope?.source.text ?? ""),
          ("id", envelope?.id.text ?? ""), ("deliveries", "\(message.deliveries)"),
        ])
    }
    return isLast ? .unwanted : .later(seconds: 1 << Int64(min(message.deliveries, 9)))
  }

  private func exists(_ tenant: Tenant.ID, _ engine: Engine) async throws(CommandFailure) -> Bool {
    do throws(StoreFailure) { return try await engine.tenant(tenant) != nil } catch { throw .store(error) }
  }

  private func tenant(of message: NATSInbox.Received) -> Tenant.ID? {
    switch owner {
    case .tenant(let tenant): return tenant
    case .part(let part):
      let parts = message.subject.split(separator: ".", omittingEmptySubsequences: false)
      return part <= parts.count ? InboxServing.tenant(String(parts[part - 1])) : nil
    }
  }
}
