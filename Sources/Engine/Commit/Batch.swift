import Scrip
import Wire

/// Decides a batch of commands against one working set, in the order in which they came.
struct Batch {
  /// What became of a batch.
  enum Result {
    /// Every command was decided, and what they changed was written, if they changed anything.
    case decided([Settlement], isWritten: Bool)
    /// A command would be refused for want of room that these locks may hold, although their time is over. Nothing was
    /// written: they are to be given back, and the batch is to be run again.
    case late([FoundLock])
  }

  let commands: [Command]
  let identifiers: IdentifierSource
  /// Who is told of what can't be read.
  var unreadable: UnreadableRows?

  /// How long answers are kept under their idempotency keys.
  static let answersKeptSeconds: Int64 = 86_400

  /// Loads what the commands need, gives back those of their own locks whose time is over, decides, and writes: one
  /// transaction's work.
  ///
  /// - Parameters:
  ///   - given: late locks that were given back, or could not be, and are not waited for any more.
  ///   - tables: the tables that are written, also if that fails.
  func run(
    in transaction: any StoreTransaction, without given: Set<Owned<DiscountApplication.ID>> = [],
    noting tables: inout WrittenTables
  ) throws(StoreFailure) -> Result {
    var set = WorkingSet(commands: commands.count)
    var seen = LoadRequest()
    try load(into: &set, &seen, from: transaction)
    unreadable?.note(set)
    set.giveBackLate(at: transaction.now, identifiers)
    var settlements: [Settlement] = []
    settlements.reserveCapacity(commands.count)
    for command in commands {
      try loadMore(for: command, &set, &seen, from: transaction)
      if let replay = replay(command, set) {
        settlements.append(replay)
        continue
      }
      var verdict = verdict(on: command, set, now: transaction.now)
      if verdict.lacksRoom {
        let late = try lateLocks(for: command, verdict, &set, from: transaction)
          .filter { !given.contains($0.key) && set.applications[$0.key]?.application.state.isLive ?? true }
        if !late.isEmpty { return .late(late) }
      }
      if verdict.mayBeHeld, try loadHeldUses(for: command, verdict, &set, from: transaction) {
        verdict = self.verdict(on: command, set, now: transaction.now)
      }
      settlements.append(.answered(try settle(command, verdict, &set, now: transaction.now)))
    }
    if let missing = set.log.missing { throw .corrupt(missing) }
    tables = set.changedTables
    if !set.isUnchanged { try transaction.write(set) }
    return .decided(settlements, isWritten: !set.isUnchanged)
  }

  /// Asks for keys, then for what those lead to, until nothing new is asked for: at most four rounds, each of them a
  /// constant number of statements whatever the size of the batch.
  private func load(
    into set: inout WorkingSet, _ seen: inout LoadRequest, from transaction: any StoreTransaction
  ) throws(StoreFailure) {
    while true {
      var request = LoadRequest(count: commands.count)
      for command in commands { ask(for: command, &request, given: set, now: transaction.now) }
      request.subtract(seen)
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
    if set.codes.isUnchanged, set.versions.isUnchanged { return }
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
    for person in command.persons { request.persons.insert(Owned(command.tenant, person.pseudonym)) }
    command.action.ask(for: &request, of: command.tenant, given: set, now: now)
  }

  private func verdict(on command: Command, _ set: WorkingSet, now: Instant) -> Verdict {
    do throws(Refusal) {
      let decision = try command.action.decide(set, context(of: command, now: now))
      if let failure = set.hindrance(to: decision.facts, of: command.tenant) { throw .unreadable(failure) }
      return .decision(decision)
    } catch {
      return .refusal(error)
    }
  }

  private func context(of command: Command, now: Instant) -> DecisionContext {
    DecisionContext(
      now: now, actor: command.actor, requestID: command.requestID, tenant: command.tenant,
      identifiers: identifiers)
  }

  /// Folds what was decided, and answers.
  private func settle(
    _ command: Command, _ verdict: Verdict, _ set: inout WorkingSet, now: Instant
  ) throws(StoreFailure) -> Answer {
    let answer: Answer
    var isKept = true
    switch verdict {
    case .decision(let decision):
      let context = context(of: command, now: now)
      for (stream, fact) in decision.facts { set.append(fact, to: stream, of: command.tenant, context) }
      if decision.hasEffect { set.remember(command.persons, of: command.tenant) }
      if let erased = decision.erased { set.erase(erased, of: command.tenant) }
      answer = try set.answer(decision.reply, of: command.tenant)
    case .refusal(let refusal):
      answer = .refused(refusal)
      isKept = refusal.isKept
    }
    if isKept, let idempotency = command.idempotency {
      let form = try AnswerForm(answer, in: set, of: command.tenant)
      set.remember(
        StoredAnswer(fingerprint: idempotency.fingerprint, form: form, at: now),
        under: Owned(command.tenant, idempotency.key))
    }
    return answer
  }

  private func replay(_ command: Command, _ set: WorkingSet) -> Settlement? {
    guard let idempotency = command.idempotency,
      let stored = set.answers[Owned(command.tenant, idempotency.key)]
    else { return nil }
    if stored.fingerprint == idempotency.fingerprint { return .replayed(stored.form) }
    let refusal = Refusal(
      .idempotencyKeyReused,
      "The idempotency key was used for another request; use a new key for each request.")
    return .answered(.refused(refusal))
  }
}

/// Room that late locks hold.
extension Batch {
  /// What a command came to, before anything is changed.
  private enum Verdict {
    case decision(Decision)
    case refusal(Refusal)

    /// Whether the answer might be better if late locks were given back.
    var lacksRoom: Bool {
      switch self {
      case .refusal(let refusal): refusal.lacksRoom
      case .decision(let decision):
        if case .refused(let refusal) = decision.reply { refusal.lacksRoom } else { decision.isShort }
      }
    }

    /// Whether it would say more if it were known what locks hold.
    var mayBeHeld: Bool {
      switch self {
      case .refusal(let refusal): refusal.mayBeHeld
      case .decision(let decision):
        if case .refused(let refusal) = decision.reply { refusal.mayBeHeld } else { false }
      }
    }
  }

  /// Looks for the uses that locks hold of the coupons that a command is about, once for the batch: refusals say of what
  /// is missing whether it is used up or only held. False if that is known already, or nothing is held.
  private func loadHeldUses(
    for command: Command, _ verdict: Verdict, _ set: inout WorkingSet, from transaction: any StoreTransaction
  ) throws(StoreFailure) -> Bool {
    var request = LoadRequest()
    request.heldUsesOf = coupons(of: command, verdict, set, now: transaction.now).filter { key in
      set.found.heldUses[key] == nil && set.coupons[key].map { $0.life.uses.locked > 0 } ?? false
    }
    if request.heldUsesOf.isEmpty { return false }
    try transaction.load(request, into: &set)
    return true
  }

  /// The late locks of the coupons that a command is about. They are looked for once for each coupon of the batch, so
  /// that a batch of buyers who all come too late costs one look.
  private func lateLocks(
    for command: Command, _ verdict: Verdict, _ set: inout WorkingSet, from transaction: any StoreTransaction
  ) throws(StoreFailure) -> [FoundLock] {
    let coupons = coupons(of: command, verdict, set, now: transaction.now)
    var request = LoadRequest()
    request.lateAt = transaction.now
    request.lateLocksOf = coupons.filter { set.found.lateLocks[$0] == nil }
    if !request.lateLocksOf.isEmpty {
      request.lateLocksOf.formUnion(set.coupons.all.keys.filter { set.found.lateLocks[$0] == nil })
      try transaction.load(request, into: &set)
    }
    return coupons.flatMap { set.found.lateLocks[$0] ?? [] }
  }

  private func coupons(
    of command: Command, _ verdict: Verdict, _ set: WorkingSet, now: Instant
  ) -> Set<Owned<Coupon.ID>> {
    var found: Set<Owned<Coupon.ID>> = []
    if case .decision(let decision) = verdict {
      for case (.coupon(let id), _) in decision.facts { found.insert(Owned(command.tenant, id)) }
    }
    var request = LoadRequest()
    ask(for: command, &request, given: set, now: now)
    var applications = request.applications
    for order in request.orders {
      if let id = set.found.applicationOfOrder[order] { applications.insert(Owned(order.tenant, id)) }
    }
    // A refusal has no facts: the counters that the codes' limits look at tell of their coupons.
    for counter in request.counters { found.insert(Owned(counter.tenant, counter.value.couponID)) }
    for key in applications {
      for usage in set.applications[key]?.application.usages ?? [] {
        found.insert(Owned(key.tenant, usage.couponID))
      }
    }
    return found
  }
}

extension Refusal {
  /// Whether one of the codes lacks what a lock may hold.
  fileprivate var mayBeHeld: Bool {
    items.contains { RefusalReason(rawValue: $0.code)?.mayBeHeld ?? false }
  }

  /// Whether it is for the lack of something that a late lock may still hold.
  fileprivate var lacksRoom: Bool {
    switch code {
    case .codeRefused(let reason): reason.isConflict
    case .lockExpired: true
    // A budget may have left less than the caller expected.
    case .discountChanged, .totalChanged: true
    default: false
    }
  }
}

extension WorkingSet {
  fileprivate mutating func remember(_ answer: StoredAnswer, under key: Owned<IdempotencyKey.Name>) {
    answers.insert(answer, for: key)
  }

  /// Gives back every lock of the set whose time is over. One that can't be, because something of it can't be read, stays
  /// for the commands that are about it to be refused, and for the tidier to report.
  mutating func giveBackLate(at now: Instant, _ identifiers: IdentifierSource) {
    _ = giveBack(at: now, identifiers) { set, key, application in
      application.hasExpired(at: now)
        && set.hindrance(to: application.release(because: .expired), of: key.tenant) == nil
    }
  }

  /// Gives back every lock of the set that its coupon has revoked, or whose time is over. Says how many there were.
  mutating func giveBackVoid(at now: Instant, _ identifiers: IdentifierSource) -> Int {
    giveBack(at: now, identifiers) { set, key, application in
      application.hasExpired(at: now)
        || application.state == .locked && set.isRevoked(application, key.tenant)
    }
  }

  private mutating func giveBack(
    at now: Instant, _ identifiers: IdentifierSource,
    _ isVoid: (WorkingSet, Owned<DiscountApplication.ID>, DiscountApplication) -> Bool
  ) -> Int {
    let void = applications.all.filter { isVoid(self, $0.key, $0.value.application) }
    for (key, record) in void.sorted(by: { $0.key < $1.key }) {
      let application = record.application
      let context = DecisionContext(
        now: now, actor: .system, requestID: nil, tenant: key.tenant, identifiers: identifiers)
      let cause: ReleaseCause = isRevoked(application, key.tenant) ? .revoked : .expired
      let facts = application.release(because: cause)
      if let failure = hindrance(to: facts, of: key.tenant) {
        log.missing = failure.subject
        continue
      }
      for (stream, fact) in facts {
        append(fact, to: stream, of: key.tenant, context)
      }
    }
    return void.count
  }
}
