import Scrip
import Wire

/// Decides a batch of commands against one working set, in the order in which they came.
struct Batch {
  let commands: [Command]
  let identifiers: IdentifierSource

  /// How long answers are kept under their idempotency keys.
  static let answersKeptSeconds: Int64 = 86_400

  /// Loads what the commands need, tidies expired locks, decides, and writes: one transaction's work.
  ///
  /// - Returns: nil if nothing but expired locks was tidied away: there are more of them than one transaction tidies,
  ///   and one of the rest may hold the place that a command was refused. The batch is to be run again.
  func run(in transaction: any StoreTransaction) throws(StoreFailure) -> [CommandOutcome]? {
    var set = WorkingSet(commands: commands.count)
    var seen = LoadRequest()
    try load(into: &set, &seen, from: transaction)
    tidy(&set, now: transaction.now)
    let isBacklog = set.expired.count >= LoadRequest.tidyMax
    let tidied = isBacklog ? set : nil
    var outcomes: [CommandOutcome] = []
    outcomes.reserveCapacity(commands.count)
    for command in commands {
      try loadMore(for: command, &set, &seen, from: transaction)
      outcomes.append(decide(command, &set, now: transaction.now))
    }
    if let tidied, outcomes.contains(where: \.lacksRoom) {
      try transaction.write(tidied)
      return nil
    }
    if !set.changes.isEmpty { try transaction.write(set) }
    try forgetAnswers(&outcomes, isBacklog: isBacklog, tidied: set.expired.count, in: transaction)
    return outcomes
  }

  /// Forgets old answers with every tidying command, which says whether there may be more.
  private func forgetAnswers(
    _ outcomes: inout [CommandOutcome], isBacklog: Bool, tidied: Int, in transaction: any StoreTransaction
  ) throws(StoreFailure) {
    let tidying = commands.indices.filter { commands[$0].wish is TidyExpiredLocks }
    if tidying.isEmpty { return }
    let forgotten = try transaction.forgetAnswers(
      before: transaction.now.adding(seconds: -Batch.answersKeptSeconds), max: LoadRequest.tidyMax)
    for index in tidying {
      outcomes[index].answer = Answer(
        tidied: tidied, isComplete: !isBacklog && forgotten < LoadRequest.tidyMax)
    }
  }

  /// Asks for keys, then for what those lead to, until nothing new is asked for: at most four rounds, each of them a
  /// constant number of statements whatever the size of the batch.
  private func load(
    into set: inout WorkingSet, _ seen: inout LoadRequest, from transaction: any StoreTransaction
  ) throws(StoreFailure) {
    var isFirst = true
    while true {
      var request = LoadRequest(count: commands.count)
      for command in commands { ask(for: command, &request, given: set, now: transaction.now) }
      request.subtract(seen)
      if isFirst {
        request.expiredAt = transaction.now
        request.tidiesEveryTenant = commands.contains { $0.wish is TidyExpiredLocks }
      }
      isFirst = false
      if request.isEmpty { return }
      seen.formUnion(request)
      try transaction.load(request, into: &set)
      if request.isLast { return }
    }
  }

  /// Loads what a command needs since commands before it in the batch gave a coupon other terms or codes: a code that
  /// was just added leads to counters that nothing has asked for.
  private func loadMore(
    for command: Command, _ set: inout WorkingSet, _ seen: inout LoadRequest,
    from transaction: any StoreTransaction
  ) throws(StoreFailure) {
    if set.changes.newCodes.isEmpty, set.changes.newVersions.isEmpty { return }
    while true {
      var request = LoadRequest()
      ask(for: command, &request, given: set, now: transaction.now)
      request.subtract(seen)
      if request.isEmpty { return }
      seen.formUnion(request)
      try transaction.load(request, into: &set)
    }
  }

  private func ask(for command: Command, _ request: inout LoadRequest, given set: WorkingSet, now: Instant) {
    request.tenants.insert(command.tenant)
    if let key = command.idempotency?.key { request.answers.insert(Owned(command.tenant, key)) }
    command.wish.ask(for: &request, of: command.tenant, given: set, now: now)
  }

  /// Gives back the expired locks that were found, and those that the commands themselves are about.
  private func tidy(_ set: inout WorkingSet, now: Instant) {
    let found = Set(set.expired)
    let asked = set.applications.filter {
      $0.value.application.hasExpired(at: now) && !found.contains($0.key)
    }
    for key in set.expired + asked.keys.sorted() {
      guard let application = set.applications[key]?.application, application.hasExpired(at: now) else {
        continue
      }
      let context = DecisionContext(
        now: now, actor: .system, requestID: nil, tenant: key.tenant, identifiers: identifiers)
      for (stream, fact) in application.release(because: .expired) {
        set.append(fact, to: stream, of: key.tenant, context)
      }
    }
  }

  private func decide(_ command: Command, _ set: inout WorkingSet, now: Instant) -> CommandOutcome {
    if let replay = replay(command, set) { return replay }
    let context = DecisionContext(
      now: now, actor: command.actor, requestID: command.requestID, tenant: command.tenant,
      identifiers: identifiers)
    let answer: Answer
    var secret: String?
    do throws(Refusal) {
      let decision = try command.wish.decide(set, context)
      for (stream, fact) in decision.facts { set.append(fact, to: stream, of: command.tenant, context) }
      answer = Answer(decision.reply, set, command.tenant)
      if case .accessKey(_, let made) = decision.reply { secret = made }
    } catch {
      answer = Answer(error)
    }
    if let idempotency = command.idempotency {
      set.remember(
        StoredAnswer(fingerprint: idempotency.fingerprint, answer: answer, at: now),
        under: Owned(command.tenant, idempotency.key))
    }
    return CommandOutcome(answer: answer, isReplay: false, secret: secret)
  }

  private func replay(_ command: Command, _ set: WorkingSet) -> CommandOutcome? {
    guard let idempotency = command.idempotency,
      let stored = set.answers[Owned(command.tenant, idempotency.key)]
    else { return nil }
    if stored.fingerprint == idempotency.fingerprint {
      return CommandOutcome(answer: stored.answer, isReplay: true, secret: nil)
    }
    let refusal = Refusal(
      .idempotencyKeyReused,
      "The idempotency key was used for another request; use a new key for each request.")
    return CommandOutcome(answer: Answer(refusal), isReplay: false, secret: nil)
  }
}

extension WorkingSet {
  fileprivate mutating func remember(_ answer: StoredAnswer, under key: Owned<IdempotencyKey.Name>) {
    answers[key] = answer
    changes.answers[key] = answer
  }
}

extension CommandOutcome {
  /// Whether it was refused for the lack of something that an expired lock may still hold.
  fileprivate var lacksRoom: Bool {
    switch answer.kind {
    case .refused(.codeRefused(let reason)): !isReplay && reason.isConflict
    case .refused(.lockExpired): !isReplay
    default: false
    }
  }
}

/// What became of a command.
public struct CommandOutcome: Hashable, Sendable {
  /// The answer.
  public var answer: Answer
  /// Whether the answer was given before, under the same idempotency key.
  public var isReplay: Bool
  /// The secret of a key that was just made. It is not part of the answer, which may be stored.
  @Exact public var secret: String?
}
