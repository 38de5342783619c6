import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// What a node sees of due work, in transactions of its own.
private struct Node {
  let store: any PromotionStore
  let holder: DueHolder

  init(_ store: any PromotionStore, _ number: UInt128 = 1) {
    self.store = store
    holder = DueHolder(number)
  }

  func claim(
    _ kinds: [DueWork.Kind] = ["mail"], limit: Int = 10, seconds: Int64 = 60
  ) throws -> [DueClaim] {
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.claim(
        DueClaiming(kinds: kinds, limit: limit, holder: holder, leaseSeconds: seconds))
    }
  }

  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws -> Bool {
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.settle(claim, settlement)
    }
  }

  func retry(_ name: ExactText<DueKey>) throws -> Bool {
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.retry(mail(name))
    }
  }

  func schedule(_ names: [ExactText<DueKey>], at moment: Instant) throws {
    try store.transaction { (transaction) throws(StoreFailure) in
      try transaction.due.scheduleForHouse(names.map { mail($0) }, at: moment)
    }
  }

  func entries() throws -> [DueEntry] {
    try store.find(DueWorkOfTenant(tenant: tenant, limit: 100))
  }
}

func mail(_ name: ExactText<DueKey>, of owner: Tenant.ID = tenant) -> Owned<DueKey> {
  Owned(owner, DueKey("mail", name))
}

@Suite struct DueClaimTests {
  @Test(arguments: StoreUnderTest.all)
  func `what was due first is claimed first, by whoever can do it, and nothing before its time`(
    kind: StoreUnderTest
  ) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let node = Node(store)
    let stranger = Tenant.ID(2)
    try store.write { set in
      set.dueWork.schedule(mail("b"), at: noon.adding(seconds: -10), payload: [1, 2])
      set.dueWork.schedule(mail("a", of: stranger), at: noon.adding(seconds: -20))
      set.dueWork.schedule(mail("c"), at: noon)
      set.dueWork.schedule(mail("later"), at: noon.adding(seconds: 1))
      set.dueWork.schedule(Owned(tenant, DueKey("payment", "x")), at: noon.adding(seconds: -99))
    }
    #expect(try store.find(NextDue(kinds: ["mail"])) == noon.adding(seconds: -20))
    let claims = try node.claim(limit: 2)
    #expect(claims.map(\.key) == [mail("a", of: stranger), mail("b")])
    #expect(claims.map(\.payload) == [[], [1, 2]] && claims.allSatisfy { $0.isTold && $0.attempt == 1 })
    #expect(try node.claim().map(\.key) == [mail("c")])
    #expect(try node.claim() == [])
    #expect(try store.find(NextDue(kinds: ["mail"])) == noon.adding(seconds: 1))
    #expect(try store.find(DueCounts(at: noon)) == DueCounts.Numbers(due: 1, leased: 3, parked: 0))
    clock.now = noon.adding(seconds: 1)
    #expect(try node.claim().map(\.key) == [mail("later")])
    #expect(try node.claim(["payment"]).count == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a lease that ran out is somebody else's, and a late completion is refused`(kind: StoreUnderTest)
    throws
  {
    let clock = TestClock()
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let (first, second) = (Node(opened.store, 1), Node(try opened.reopen(), 2))
    try first.schedule(["a"], at: noon)
    let lost = try #require(try first.claim().first)
    // The first node dies here, or hangs.
    #expect(try second.claim() == [])
    clock.now = noon.adding(seconds: 60)
    let claim = try #require(try second.claim().first)
    #expect(claim.attempt == 2 && claim.key == mail("a"))
    for settlement in [DueSettlement.done, .again(noon), .failed("late", retryAt: noon), .parked("late")] {
      #expect(try first.settle(lost, settlement) == false)
    }
    #expect(try second.entries().map(\.state) == [.leased])
    #expect(try second.settle(claim, .done))
    #expect(try second.settle(claim, .done) == false)
    #expect(try second.entries() == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `what failed rests, what is parked waits for somebody to ask for it`(kind: StoreUnderTest) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let node = Node(store)
    try store.write { $0.dueWork.schedule(mail("a"), at: noon) }
    let first = try #require(try node.claim().first)
    #expect(try node.settle(first, .failed("no answer", retryAt: noon.adding(seconds: 5))))
    #expect(try node.claim() == [])
    var entry = try #require(try node.entries().first)
    #expect(entry.state == .waiting && entry.reason == "no answer" && entry.attempts == 1)
    #expect(entry.nextTry == noon.adding(seconds: 5) && entry.dueAt == noon)
    clock.now = noon.adding(seconds: 5)
    let second = try #require(try node.claim().first)
    #expect(second.attempt == 2)
    #expect(try node.settle(second, .parked("given up")))
    clock.now = noon.adding(seconds: 86_400 * 365)
    #expect(try node.claim() == [])
    #expect(try store.find(NextDue(kinds: ["mail"])) == nil)
    entry = try #require(try store.find(DueWorkOfTenant(tenant: tenant, isParked: true, limit: 9)).first)
    #expect(entry.state == .parked && entry.reason == "given up" && entry.nextTry == nil)
    #expect(try store.find(DueCounts(at: clock.now)) == DueCounts.Numbers(due: 0, leased: 0, parked: 1))
    #expect(try node.retry("a") && !node.retry("a") && !node.retry("none"))
    #expect(try node.claim().first?.attempt == 1)
  }

  @Test(arguments: StoreUnderTest.all)
  func `what a fact has scheduled stays until a fact ends it or moves it on`(kind: StoreUnderTest) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let node = Node(store)
    try store.write { set in
      for name: ExactText<DueKey> in ["a", "b"] { set.dueWork.schedule(mail(name), at: noon) }
    }
    let claims = try node.claim()
    for claim in claims {
      try store.transaction { (transaction) throws(StoreFailure) in
        var request = LoadRequest()
        request.dueWork = [claim.key]
        var set = WorkingSet()
        try transaction.load(request, into: &set)
        #expect(try transaction.due.settle(claim, .done))
        if claim.key == mail("a") {
          set.dueWork.end(claim.key)
        } else {
          set.dueWork.schedule(claim.key, at: noon.adding(seconds: 30), payload: [7])
        }
        try transaction.write(set)
      }
    }
    #expect(try node.entries().map(\.key) == [mail("b")])
    #expect(try node.claim() == [])
    clock.now = noon.adding(seconds: 30)
    let again = try #require(try node.claim().first)
    #expect(again.payload == [7] && again.attempt == 1)
    // What a fact moves on while it rests is not done before its new time.
    #expect(try node.settle(again, .failed("no", retryAt: noon.adding(seconds: 31))))
    try store.write { set in
      set.dueWork.load(DueWork(dueAt: noon.adding(seconds: 30)), for: mail("b"))
      set.dueWork.schedule(mail("b"), at: noon.adding(seconds: 90))
    }
    clock.now = noon.adding(seconds: 89)
    #expect(try node.claim() == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `work of the house is moved forward and never back, and not while somebody does it`(
    kind: StoreUnderTest
  ) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let node = Node(store)
    try node.schedule(["a"], at: noon.adding(seconds: 100))
    try node.schedule(["a"], at: noon.adding(seconds: 200))
    #expect(try node.entries().map(\.dueAt) == [noon.adding(seconds: 100)])
    try node.schedule(["a"], at: noon)
    let claim = try #require(try node.claim().first)
    try node.schedule(["a"], at: noon.adding(seconds: -9))
    #expect(try node.entries().map(\.dueAt) == [noon])
    #expect(try node.settle(claim, .again(noon.adding(seconds: 3600))))
    #expect(try node.entries().map(\.dueAt) == [noon.adding(seconds: 3600)])
    #expect(try node.entries().map(\.attempts) == [0])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a claim that was made under a clock that was far ahead holds nothing up`(kind: StoreUnderTest) throws
  {
    let clock = TestClock(noon.adding(seconds: 86_400 * 900))
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    // A clock that is put right is a new process, whose store is opened anew; one in memory never goes back.
    guard kind.testDescription != "memory" else { return }
    let before = Node(opened.store)
    try before.schedule(["a", "b"], at: clock.now)
    #expect(try before.claim(limit: 1).count == 1)
    clock.now = noon
    let node = Node(try opened.reopen(), 2)
    #expect(try node.claim() == [])
    try node.schedule(["a", "b"], at: noon)
    #expect(Set(try node.claim().map(\.key)) == [mail("a"), mail("b")])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rebuild restores what facts have scheduled and leaves alone what the log does not tell of`(
    kind: StoreUnderTest
  ) throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let node = Node(store)
    let rebuildable = try #require(store as? any RebuildableStore<WorkingSet>)
    try store.write { set in
      for name: ExactText<DueKey> in ["kept", "stray"] { set.dueWork.schedule(mail(name), at: noon) }
    }
    try node.schedule(["house"], at: noon.adding(seconds: 9))
    let claims = try node.claim(limit: 2)
    #expect(try node.settle(claims[0], .failed("no", retryAt: noon.adding(seconds: 60))))
    // What the events lead to: one row as it is, one that was lost, and one too few.
    let scratch = try rebuildable.makeScratch()
    try scratch.write { set in
      set.dueWork.schedule(mail("kept"), at: noon)
      set.dueWork.schedule(mail("lost"), at: noon)
    }
    let difference = try #require(try rebuildable.differences(to: scratch).first)
    #expect(difference.table == "due_work" && difference.missing == 1 && difference.unexplained == 1)
    try rebuildable.adopt(scratch)
    #expect(try rebuildable.differences(to: scratch).isEmpty)
    #expect(try node.entries().map(\.key.value.name) == ["house", "kept", "lost"])
  }
}
