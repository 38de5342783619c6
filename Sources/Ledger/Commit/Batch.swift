import struct Scrip.IdentifierSource
import struct Scrip.Instant
import struct Scrip.Tenant

/// Decides a batch of commands against one state, in the order in which they came.
struct Batch<Keeper: Steward> {
  typealias State = Keeper.State

  /// What became of a batch.
  enum Result {
    /// Every command was decided, and what they changed was written, if they changed anything. Of some of it operators
    /// are to know.
    case decided([Settlement<State>], isWritten: Bool, notices: [Notice])
    /// A command is hindered by what should not be there any more. Nothing was written: that is to be put away, and the
    /// batch is to be run again.
    case hindered([Keeper.Obstacle])
  }

  let commands: [Command<State>]
  let identifiers: IdentifierSource
  let steward: Keeper
  /// Which forms facts are written in.
  var forms = FormStep.newest
  /// Who is told of what can't be read.
  var unreadable: UnreadableRows?
  /// Where projections find what was written.
  var recentChanges: RecentChanges<State>?

  /// Loads what the commands need, has the steward put right what time has made void of it, decides, and writes: one
  /// transaction's work.
  ///
  /// - Parameters:
  ///   - tried: obstacles that were put away, or could not be, and are not waited for any more.
  ///   - tables: the tables that are written, also if that fails.
  func run(
    in transaction: any StoreTransaction<State>, without tried: Set<Keeper.Obstacle> = [],
    noting tables: inout WrittenTables
  ) throws(StoreFailure) -> Result {
    var state = State(commands: commands.count)
    state.log.forms = forms
    var seen = State.Request()
    try load(into: &state, &seen, from: transaction)
    unreadable?.note(state)
    steward.putRight(&state, at: transaction.now, identifiers)
    var settlements: [Settlement<State>] = []
    settlements.reserveCapacity(commands.count)
    for command in commands {
      try loadMore(for: command, &state, &seen, from: transaction)
      if let replay = replay(command, state) {
        settlements.append(replay)
        continue
      }
      let now = state.now(of: command.tenant, at: transaction.now)
      let context = context(of: command, now: now, moment: transaction.now)
      var verdict = verdict(on: command, state, context)
      let review = try steward.review(
        verdict, on: command, &state, in: transaction, without: tried)
      switch review {
      case .stands: break
      case .knowsMore: verdict = self.verdict(on: command, state, context)
      case .hindered(let obstacles): return .hindered(obstacles)
      }
      if let completion = command.completion { try complete(completion, verdict, in: transaction) }
      settlements.append(.answered(try settle(command, verdict, &state, context, at: transaction.now)))
    }
    if let missing = state.log.missing { throw .corrupt(missing) }
    tables = state.changedTables
    if !state.isUnchanged { try transaction.write(state) }
    return .decided(settlements, isWritten: !state.isUnchanged, notices: state.log.notices)
  }

  /// Asks for keys, then for what those lead to, until nothing new is asked for: at most four rounds, each of them a
  /// constant number of statements whatever the size of the batch.
  private func load(
    into state: inout State, _ seen: inout State.Request, from transaction: any StoreTransaction<State>
  ) throws(StoreFailure) {
    while true {
      var request = State.Request(count: commands.count)
      for command in commands { command.ask(for: &request, given: state, at: transaction.now) }
      let new = request.keepNew(besides: &seen)
      if new.areNone { return }
      try transaction.load(request, into: &state)
      if new.areLast { return }
    }
  }

  /// Loads what a command needs since commands before it in the batch have changed what leads to other things: a code
  /// that was just added leads to counters that nothing has asked for.
  private func loadMore(
    for command: Command<State>, _ state: inout State, _ seen: inout State.Request,
    from transaction: any StoreTransaction<State>
  ) throws(StoreFailure) {
    guard state.leadsElsewhere else { return }
    while true {
      var request = State.Request()
      command.ask(for: &request, given: state, at: transaction.now)
      if request.keepNew(besides: &seen).areNone { return }
      try transaction.load(request, into: &state)
    }
  }

  private func verdict(
    on command: Command<State>, _ state: State, _ context: DecisionContext
  ) -> Verdict<State> {
    let verdict = command.action.verdict(state, context)
    if case .decision(let decision) = verdict,
      let failure = state.hindrance(to: decision.facts, of: command.tenant)
    {
      return .refused(State.unreadable(failure))
    }
    return verdict
  }

  /// Settles the claim of a command that tells of work, with what it decides.
  private func complete(
    _ completion: DueCompletion, _ verdict: Verdict<State>, in transaction: any StoreTransaction<State>
  ) throws(StoreFailure) {
    let settlement = completion.settlement(at: transaction.now)
    guard try transaction.due.settle(completion.claim, settlement) else { throw .claimLost }
    if case .refused = verdict { throw .completionRefused }
  }

  private func context(of command: Command<State>, now: Instant, moment: Instant) -> DecisionContext {
    DecisionContext(
      now: now, moment: moment, actor: command.actor, requestID: command.requestID, tenant: command.tenant,
      identifiers: identifiers)
  }

  /// Folds what was decided, and answers.
  private func settle(
    _ command: Command<State>, _ verdict: Verdict<State>, _ state: inout State, _ context: DecisionContext,
    at moment: Instant
  ) throws(StoreFailure) -> State.Answer {
    let answer: State.Answer
    switch verdict {
    case .decision(let decision):
      state.keep(command.brought, with: decision, of: command.tenant)
      let first = state.log.events.endIndex
      state.append(decision.facts, of: command.tenant, context)
      recentChanges?.note(decision.facts, in: state.log.events[first...])
      answer = try state.answer(decision.reply, of: command.tenant)
    case .refused(let refusal): answer = refusal
    }
    if let idempotency = command.idempotency, let form = try state.kept(answer, of: command.tenant) {
      state.answers.insert(
        StoredAnswer(fingerprint: idempotency.fingerprint, form: form, at: moment),
        for: Owned(command.tenant, idempotency.key))
    }
    return answer
  }

  private func replay(_ command: Command<State>, _ state: State) -> Settlement<State>? {
    guard let idempotency = command.idempotency,
      let stored = state.answers[Owned(command.tenant, idempotency.key)]
    else { return nil }
    if stored.fingerprint == idempotency.fingerprint { return .replayed(stored.form) }
    return .answered(State.keyReused)
  }
}

extension Command {
  /// Asks for everything that is known to be needed in a transaction of a moment.
  public func ask(for request: inout State.Request, given state: State, at moment: Instant) {
    request.tenants.insert(tenant)
    if let key = idempotency?.key { request.answers.insert(Owned(tenant, key)) }
    State.ask(for: brought, of: tenant, in: &request)
    action.ask(for: &request, of: tenant, given: state, now: state.now(of: tenant, at: moment))
  }
}
