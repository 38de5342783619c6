import Forms
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct PersonTests {
  private let ann = NamedPerson(pseudonym: "person_a", userID: "ann")
  private let bob = NamedPerson(pseudonym: "person_b", userID: "bob")

  private func key(_ person: NamedPerson, of owner: Tenant.ID = tenant) -> Owned<UserID> {
    Owned(owner, person.pseudonym)
  }

  private func name(_ person: NamedPerson, of owner: Tenant.ID = tenant, in store: any PromotionStore) throws
    -> UserID?
  {
    try store.load { $0.persons = [key(person, of: owner)] }.persons[key(person, of: owner)]?.userID
  }

  private func apply(_ order: OrderID, _ persons: NamedPerson..., code: String = "TEN") -> PromotionCommand {
    PromotionCommand(
      tenant: tenant, actor: .commandLine, persons: persons,
      action: ApplyCodes(
        orderID: order, codes: [code], customer: Customer(userID: persons.first?.pseudonym), cart: .of(10_000)
      ))
  }

  @Test(arguments: StoreUnderTest.all)
  func `a person's name comes back, in its own tenant alone, with every byte`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let composed = NamedPerson(pseudonym: "person_1", userID: "zo\u{EB}")
    let decomposed = NamedPerson(pseudonym: "person_2", userID: "zoe\u{308}")
    try store.write { set in
      for person in [composed, decomposed] {
        set.persons.insert(PersonRow(userID: person.userID), for: key(person))
      }
      set.persons.insert(PersonRow(userID: "other"), for: key(composed, of: Tenant.ID(2)))
    }
    #expect(try name(composed, in: store) == composed.userID)
    #expect(try name(decomposed, in: store) == decomposed.userID)
    #expect(composed.userID != decomposed.userID)
    #expect(try name(composed, of: Tenant.ID(2), in: store) == "other")
    #expect(try name(decomposed, of: Tenant.ID(2), in: store) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `whoever writes a person that somebody else has written changes nothing and does not fail`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    for _ in 1...2 { try store.write { $0.remember([ann], of: tenant) } }
    #expect(try name(ann, in: store) == "ann")
  }

  @Test(arguments: StoreUnderTest.all)
  func `only a command that did something keeps the names of its request`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    #expect(
      try await engine.engine.submit(apply("o-1", bob, code: "UNKNOWN")).refusal == .codeRefused(.unknownCode)
    )
    #expect(try name(bob, in: store) == nil)
    #expect(try await engine.engine.submit(apply("o-1", ann)).answer.kind == .created)
    #expect(try name(ann, in: store) == "ann")
    var again = apply("o-1", ann, bob)
    #expect(try await engine.engine.submit(again).answer.kind == .ok)
    #expect(try name(bob, in: store) == nil, "the lock was there before")
    again.action = ApplyCodes(
      orderID: "o-1", codes: ["TEN"], customer: Customer(userID: bob.pseudonym), cart: .of(20_000))
    #expect(try await engine.engine.submit(again).answer.kind == .ok)
    #expect(try name(bob, in: store) == "bob")
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an answer that is given again brings no name back`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    var command = apply("o-1", ann)
    command.idempotency = engine.command(command.action, key: "k").idempotency
    let first = try await engine.engine.submit(command)
    #expect(first.answer.kind == .created)
    let erased = try await engine.submit(ErasePerson(ann.pseudonym))
    #expect(erased.answer == .ok(.person(ShownPerson(pseudonym: ann.pseudonym, userID: nil))))
    let second = try await engine.engine.submit(command)
    #expect(second.isReplay && second.shown == first.shown)
    #expect(try name(ann, in: store) == nil)
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `erasing leaves one fact with the pseudonym, and is done once`(kind: StoreUnderTest) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    _ = try await engine.engine.submit(apply("o-1", ann))
    for _ in 1...2 { #expect(try await engine.submit(ErasePerson(ann.pseudonym)).answer.kind == .ok) }
    #expect(try await engine.submit(ErasePerson("person_nobody")).answer.kind == .ok)
    let facts = try await store.wholeLog().filter { $0.envelope.type == "PersonErased" }
    #expect(facts.map(\.envelope.stream) == [.tenant])
    #expect(facts.map { String(decoding: $0.payload, as: UTF8.self) } == [#"{"pseudonym":"person_a"}"#])
    #expect(try name(ann, in: store) == nil)
    _ = try await engine.engine.submit(apply("o-2", ann))
    #expect(try name(ann, in: store) == "ann", "the person has come back")
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `within one batch each command finds what the one before it has left`(kind: StoreUnderTest)
    async throws
  {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    _ = try await engine.engine.submit(apply("o-0", ann))
    let erase = engine.command(ErasePerson(ann.pseudonym))
    for (commands, left) in [
      ([erase, apply("o-1", ann)], "ann"), ([apply("o-2", ann), erase], nil),
      ([apply("o-3", ann), erase, apply("o-4", ann)], "ann"), ([erase, apply("o-5", ann), erase], nil),
      ([apply("o-6", ann), apply("o-7", ann)], "ann"),
    ] as [([PromotionCommand], UserID?)] {
      let steward = Tidier(store: store, identifiers: .random, observer: engine.reports)
      let batch = Batch(commands: commands, identifiers: .random, steward: steward)
      try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
        var tables: WrittenTables = []
        _ = try batch.run(in: transaction, noting: &tables)
      }
      #expect(try name(ann, in: store) == left, "\(commands.map { type(of: $0.action) })")
    }
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `two nodes that name the same new persons at once do not fail each other`(kind: StoreUnderTest)
    async throws
  {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let clock = ManualClock()
    let nodes = [
      try await EngineUnderTest(store: opened.store, clock: clock),
      try await EngineUnderTest(store: opened.reopen(), clock: clock, seed: 2),
    ]
    // A coupon for each node, so that neither waits for the other's lock.
    for number in nodes.indices { _ = try await nodes[0].coupon(.percent(), .of("TEN\(number)")) }
    try await withThrowingTaskGroup(of: Answer.Kind.self) { group in
      for round in 0..<40 {
        for (number, node) in nodes.enumerated() {
          let persons = (0..<3).map {
            NamedPerson(pseudonym: "person_\(round)_\($0)", userID: "u-\(round)-\($0)")
          }
          var command = apply("o-\(round)-\(number)", persons[number], code: "TEN\(number)")
          command.brought = number == 0 ? persons : persons.reversed()
          group.addTask { [command] in try await node.engine.submit(command).answer.kind }
        }
      }
      for try await kind in group { #expect(kind == .created) }
    }
    for round in 0..<40 {
      let person = NamedPerson(pseudonym: "person_\(round)_2", userID: "u-\(round)-2")
      #expect(try name(person, in: opened.store) == person.userID)
    }
    for node in nodes {
      #expect(node.reports.failures == [])
      await node.stop()
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rebuild leaves names alone, and is the same with and without them`(kind: StoreUnderTest)
    async throws
  {
    let (store, discard) = try kind.make()
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    _ = try await engine.engine.submit(apply("o-1", ann))
    _ = try await engine.engine.submit(apply("o-2", bob))
    _ = try await engine.submit(ErasePerson(ann.pseudonym))
    _ = try await store.wholeLog()
    let rebuildable = try #require(store as? any RebuildableStore<WorkingSet>)
    let rebuild = try Rebuild(of: rebuildable)
    #expect(try rebuildable.differences(to: rebuild.scratch).isEmpty)
    try rebuildable.adopt(rebuild.scratch)
    #expect(try name(ann, in: store) == nil)
    #expect(try name(bob, in: store) == "bob")
    await engine.stop()
  }
}
