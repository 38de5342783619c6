import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// A random history of several shops, led in the engine and in one ledger for each shop side by side.
///
/// The shops have orders, codes, users and idempotency keys of the same names, and know nothing of each other.
struct Simulation {
  /// One command with what the ledger says about it, once the commands before it are done.
  struct Step {
    let shop: Int
    let command: PromotionCommand
    /// What is to be done, in the ledger's words.
    let title: String
    let judge: (inout Ledger) -> Ledger.Verdict
    /// What a success has made, with its identifier.
    var learn: (inout Shop, String) -> Void = { _, _ in }
    /// What is to be shown of an invoice, if anything is.
    var shown: ((Ledger) -> ShownBill?)?
    /// Whether others only read what it changes: the log does not tell which of those beside it have seen it.
    var isReadUnlocked = false
  }

  struct Shop {
    let tenant: Tenant.ID
    var ledger = Ledger()
    var campaignIDs: [Campaign.ID] = []
    var couponIDs: [Coupon.ID] = []
    var associationIDs: [Association.ID] = []
    var applicationIDs: [DiscountApplication.ID] = []
    /// What payments are called, by their place in the ledger, as far as anybody has asked.
    var paymentIDs: [Int: Payment.ID] = [:]
    var keys = 0
  }

  /// A command that was answered.
  struct Exchange {
    let command: PromotionCommand
    let outcome: CommandOutcome
    let at: Int
  }

  /// Whether whoever disables a coupon together with its locks may die before they are given back.
  static let revokersDie = true

  let engine: EngineUnderTest
  let store: FlakyStore
  let start: Instant
  var random: SeededGenerator
  var shops: [Shop] = []
  var past: [Exchange] = []
  var quotes: [String: Int] = [:]
  /// What invoices have shown.
  var invoiced: [String: Int] = [:]
  /// The shops of which somebody is about to give revoked locks back.
  var revoking: Set<Int> = []
  /// How far the log was read.
  var heard: Int64 = 0
  /// In what engine and ledger do not agree, since the last step.
  private var faults: [String] = []

  /// Whether the commands of a batch are sent all at once, to be decided in whatever order lanes take them.
  private let isRacing: Bool
  /// Whether there are subscriptions and invoices.
  let bills: Bool

  init(
    store: any PromotionStore, clock: ManualClock, seed: UInt64, lanes: Int = 1, bills: Bool
  ) async throws {
    isRacing = lanes > 1
    self.bills = bills
    self.store = FlakyStore(store)
    random = SeededGenerator(seed: seed)
    start = try #require(Instant(rfc3339: "2026-11-01T00:00:00Z"))
    // A week and a month end soon.
    clock.set(start.adding(seconds: Int64.random(in: 27 * 86_400...29 * 86_400, using: &random)))
    var configuration = CommitterConfiguration.patient()
    configuration.lanes = lanes
    engine = try await EngineUnderTest(
      store: self.store, clock: clock, seed: seed, configuration: configuration)
    for number in 1...3 { try await found(Tenant.ID(Int64(number))) }
  }

  private mutating func found(_ tenant: Tenant.ID) async throws {
    var shop = Shop(tenant: tenant)
    shop.ledger.rounding = any(of: Ledger.Rounding.allCases)
    shop.ledger.isOriginal = chance(40)
    let settings = TenantSettings(
      pricing: Translation.policy(shop.ledger), mail: MailSettings(isOn: true))
    let change = TenantSettingsChange(
      rounding: settings.pricing.rounding, percentBase: settings.pricing.percentBase,
      lockSeconds: settings.lockSeconds, mail: MailSettingsChange(isOn: true))
    var command = engine.command(ChangeSettings(change))
    if tenant != engine.tenant { command = engine.command(CreateTenant(name: "Shop", settings: settings)) }
    command.tenant = tenant
    same(try await engine.engine.submit(command).refusal, nil, "founding a shop")
    shops.append(shop)
    let place = shops.count - 1
    tell()
    try await run([choosePayments(place)])
    for _ in 0..<3 { try await run([makeCampaign(place)]) }
    for index in 0..<(bills ? 18 : 10) {
      try await run([index < 10 ? makeCoupon(place) : makeBillingCoupon(place)])
      let code = index < 10 ? Simulation.codes[index] : Simulation.billingCodes[index - 10]
      try await run([addCode(code, to: index, place)])
      try await run([activate(index, place)])
    }
  }

  /// Tells the ledgers what time it is.
  private mutating func tell() {
    let now = Int((engine.clock.now.microseconds - start.microseconds) / 1_000_000)
    for place in shops.indices { shops[place].ledger.move(to: now) }
  }

  /// One batch of random commands at one moment, perhaps interrupted, and the comparison after it.
  mutating func step() async throws {
    if Bool.random(using: &random) { moveClock() }
    tell()
    var steps = (0..<Int.random(in: 1...8, using: &random)).flatMap { _ in anything() }
    for _ in 0..<Int.random(in: 0...3, using: &random) {
      steps.insert(try orderStep(), at: Int.random(in: 0...steps.count, using: &random))
    }
    for _ in 0..<(bills ? Int.random(in: 0...6, using: &random) : 0) {
      steps.insert(billingStep(), at: Int.random(in: 0...steps.count, using: &random))
    }
    try await run(steps)
    for place in revoking.sorted() {
      try await engine.engine.committer.tidier.giveBackRevoked(of: shops[place].tenant)
      shops[place].ledger.giveBackRevoked()
    }
    revoking = []
    note(try Simulation.tidied(news()))
    try await recordMails()
    if chance(15) { try await run([addGenerated(Int.random(in: 0..<shops.count, using: &random))]) }
    if chance(10) { try await repeatSomething() }
    if chance(30) { try await askForQuote() }
    // Otherwise locks whose time is over stay in the tables, and only those whom they stand in the way may notice.
    if chance(50) {
      try await sweep()
      for place in shops.indices { try await compare(place, thoroughly: false) }
      try await askForQuote()
    }
    try agree()
  }

  private mutating func sweep() async throws {
    try await Sweeper(committer: engine.engine.committer).sweep(forgetsAnswers: false)
    for place in shops.indices { shops[place].ledger.giveBackRevoked() }
    note(try Simulation.tidied(news()))
    let untidied = shops.flatMap { $0.ledger.applications.filter(\.isUntidied).map(\.order) }
    same(untidied, [], "locks that were not tidied")
  }

  /// Compares everything, and the log.
  mutating func check() async throws {
    try await sweep()
    for place in shops.indices { try await compare(place, thoroughly: true) }
    try audit()
    try agree()
  }

  mutating func same<Value: Equatable>(_ actual: Value, _ expected: Value, _ what: @autoclosure () -> String)
  {
    if actual != expected { faults.append("\(what()): \(actual), and the ledger says \(expected)") }
  }

  /// Ends the history where engine and ledger part: what follows would only repeat it.
  private func agree() throws {
    if !faults.isEmpty { throw Disagreement(description: faults.joined(separator: "\n")) }
  }

  private mutating func moveClock() {
    let seconds: Int64 =
      chance(10)
      ? Int64.random(in: 10_000...50_000, using: &random) : Int64.random(in: 1...300, using: &random)
    engine.clock.advance(seconds: seconds)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func any<Element>(of list: [Element]) -> Element {
    list[Int.random(in: 0..<list.count, using: &random)]
  }

  mutating func run(_ steps: [Step]) async throws {
    if isRacing {
      for steps in Simulation.races(of: steps) { try await race(steps) }
      return
    }
    let crash: FlakyStore.Crash? = chance(8) ? any(of: [.beforeCommit, .afterCommit]) : nil
    store.plan(crash)
    var commands = steps.map(\.command)
    let names = steps.indices.map { "step-\(past.count)-\($0)" }
    for (place, name) in names.enumerated() { commands[place].requestID = name }
    var results = try await engine.batch(commands: commands)
    let hasCrashed = store.plan(nil)
    // If a write was refused, each command had a transaction of its own, and only one of them broke.
    let failed = results.indices.filter { results[$0].isFailure }
    same(failed.isEmpty, !hasCrashed, "whether somebody got no answer")
    var order = Array(results.indices)
    if hasCrashed {
      let retried = try await engine.batch(commands: failed.map { commands[$0] })
      let isAnsweredBefore = try retried.map { try $0.get().isReplay }
      same(Set(isAnsweredBefore), [crash == .afterCommit], "replays after a crash")
      for (place, result) in zip(failed, retried) { results[place] = result }
      if crash == .beforeCommit { order = order.filter { !failed.contains($0) } + failed }
    }
    let news = try news()
    try settle(order, news, Simulation.places(of: names, in: news)) { simulation, place in
      try simulation.settle(steps[place], try results[place].get())
    }
  }

  static func verdict(_ outcome: CommandOutcome) -> Ledger.Verdict {
    switch outcome.answer.kind {
    case .created: .made
    case .ok: .done
    case .refused(let code): .refused(code.rawValue)
    }
  }

  mutating func settle(_ step: Step, _ outcome: CommandOutcome) throws {
    let before = shops[step.shop].ledger
    let expected = step.judge(&shops[step.shop].ledger)
    if expected == .made || expected == .done { shops[step.shop].ledger.auditCampaigns(since: before) }
    let actual = Simulation.verdict(outcome)
    same(actual, expected, "\(step.title), answered \(outcome.text)")
    try compareAnswer(step, outcome)
    past.append(Exchange(command: step.command, outcome: outcome, at: shops[0].ledger.now))
    if actual == .made {
      let made = try JSONDocument(parsing: outcome.answer.body).root
      // Of an order its application is what others are told of.
      let id = made["application_id"]?.string() ?? made["id"]?.string()
      step.learn(&shops[step.shop], id ?? "")
    }
  }

  /// A client that has lost an answer asks again, while answers are kept.
  private mutating func repeatSomething() async throws {
    let recent = past.suffix(40).filter { shops[0].ledger.now - $0.at < 86_000 }
    guard let exchange = recent.randomElement(using: &random) else { return }
    let outcome = try await engine.engine.submit(exchange.command)
    same(outcome.isReplay, true, "replay of \(exchange.command.action)")
    same(outcome.shown, exchange.outcome.shown, "answer to \(exchange.command.action) when asked again")
  }
}

/// Engine and ledger say different things.
struct Disagreement: Error, CustomStringConvertible {
  let description: String
}

extension Result {
  fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
