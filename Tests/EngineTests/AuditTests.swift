import Digest
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct AuditTests {
  private func withHistory(
    _ body: (EngineUnderTest, InMemoryStore, Coupon.ID) async throws -> Void
  ) async throws {
    try await withEngine(checksHistory: false) { (engine, store) async throws in
      let id = try await engine.coupon(.percent(), .of("TEN"))
      for number in 1...4 { _ = try await engine.lock(["TEN"], order: "o-\(number)") }
      #expect(try AuditVerification(of: store).findings == [])
      try await body(engine, store, id)
    }
  }

  @Test func `every stream's numbers rise by one and each event says who and why`() async throws {
    try await withHistory { (engine, _, id) async throws in
      let events = try await engine.events()
      #expect(events.map(\.position) == Array(1...Int64(events.count)))
      let coupon = events.filter { $0.envelope.stream == .coupon(id) }
      #expect(coupon.map(\.envelope.sequence) == Array(1...Int64(coupon.count)))
      #expect(
        coupon.map(\.envelope.type)
          == ["CouponCreated", "CodesAdded", "CouponActivated"]
          + Array(repeating: "CouponApplied", count: 4))
      #expect(Set(events.map(\.envelope.actor)) == ["command_line"])
      #expect(Set(events.map(\.envelope.requestID)) == ["request-1"])
    }
  }

  @Test func `what the system does by itself is its own act`() async throws {
    try await withHistory { (engine, _, _) async throws in
      engine.clock.advance(seconds: 9000)
      try await engine.engine.committer.tidier.sweep()
      let last = try #require(try await engine.events().last)
      #expect(last.envelope.type == "CouponReleased" && last.envelope.actor == "system")
      #expect(last.envelope.requestID == nil && last.envelope.at == engine.clock.now)
    }
  }

  @Test func `a changed payload is found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0[4].payload[3] ^= 1 }
      let findings = try AuditVerification(of: store).findings
      #expect(findings.map(\.position) == [5] && findings.map(\.fault) == [.hash])
    }
  }

  @Test func `a changed envelope is found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0[4].envelope.actor = "system" }
      #expect(try AuditVerification(of: store).findings.map(\.fault) == [.hash])
    }
  }

  @Test func `a changed hash is found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0[4].hash = .zero }
      let faults = try AuditVerification(of: store).findings.map(\.fault)
      #expect(faults == [.hash, .hash])
    }
  }

  @Test func `a rewritten end whose hashes fit is found by the head`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { events in
        let last = events.count - 1
        events[last].payload[3] ^= 1
        events[last].hash = ChainedEvent.hash(
          events[last].envelope, payload: events[last].payload, after: events[last - 1].hash)
      }
      #expect(try AuditVerification(of: store).findings.map(\.fault) == [.head])
    }
  }

  @Test func `a missing row is found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0.remove(at: 4) }
      let faults = try AuditVerification(of: store).findings.map(\.fault)
      #expect(faults.contains(.positions(missing: 1)))
      #expect(faults.contains(.sequence(expected: 4)))
    }
  }

  @Test func `missing last rows are found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0.removeLast(2) }
      #expect(try AuditVerification(of: store).findings.map(\.fault) == [.truncated(expected: 7)])
    }
  }

  @Test func `reordered rows are found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { events in
        let position = events[4].position
        events[4].position = events[5].position
        events[5].position = position
        events.swapAt(4, 5)
      }
      #expect(!(try AuditVerification(of: store).findings.isEmpty))
    }
  }

  @Test func `a row added behind the end is found even if its hash fits`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { events in
        guard var added = events.last else { return }
        added.position += 1
        added.envelope.sequence += 1
        added.hash = ChainedEvent.hash(
          added.envelope, payload: added.payload, after: events[events.count - 1].hash)
        events.append(added)
      }
      #expect(try AuditVerification(of: store).findings.map(\.fault) == [.unexpected(expected: 7)])
    }
  }

  @Test func `a stream that nobody began is found`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { events in
        guard var added = events.last else { return }
        added.position += 1
        added.envelope.sequence = 1
        added.envelope.stream = .coupon(Coupon.ID(7))
        added.hash = ChainedEvent.hash(added.envelope, payload: added.payload, after: .zero)
        events.append(added)
      }
      #expect(try AuditVerification(of: store).findings.map(\.fault) == [.unexpected(expected: 0)])
    }
  }

  @Test func `a counter that history does not explain is found and put right by a rebuild`() async throws {
    try await withEngine(checksHistory: false) { (engine, store) async throws in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 5)), .of("TEN"))
      _ = try await engine.lock(["TEN"], order: "o", user: "ann")
      let counter = UsageCounter.identity(IdentityKey(kind: .user, value: "ann"))
      store.tamper(counter: Owned(engine.tenant, CounterKey(couponID: id, counter: counter)), used: 0)
      let rebuild = try Rebuild(of: store)
      #expect(rebuild.events == 5)
      #expect(try store.differences(to: rebuild.scratch).map(\.table) == ["counter"])
      try store.adopt(rebuild.scratch)
      #expect(try engine.counter(counter, of: id) == 1)
      #expect(try store.differences(to: rebuild.scratch) == [])
    }
  }

  @Test func `an event that can't be understood stops a rebuild as corrupt`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0[4].payload = Array(#"{"nonsense":true}"#.utf8) }
      #expect { _ = try Rebuild(of: store) } throws: { ($0 as? StoreFailure)?.kind == .corrupt }
    }
  }

  @Test func `an event of a type that is not known stops a rebuild as a newer program's`() async throws {
    try await withHistory { (_, store, _) async throws in
      store.tamper { $0[4].envelope.type = "Nonsense" }
      #expect { _ = try Rebuild(of: store) } throws: { ($0 as? StoreFailure)?.kind == .schema }
    }
  }

  @Test func `a code that an archived coupon gave up and a lowered limit rebuild as they were`() async throws
  {
    try await withEngine { (engine, _) async throws in
      let old = try await engine.coupon(.percent(limits: UsageLimits(total: 5)), .of("TEN"))
      let first = try await engine.lock(["TEN"], order: "o-1")
      _ = try await engine.lock(["TEN"], order: "o-2")
      try await engine.submit(UpdateCoupon(couponID: old, terms: .percent(limits: UsageLimits(total: 1))))
      try await engine.submit(ChangeCouponState(couponID: old, step: .archive))
      try await engine.submit(ReleaseApplication(applicationID: first.id))
      _ = try await engine.coupon(.percent(), .of("TEN"))
      #expect(try await engine.apply(["TEN"], order: "o-3").isCreated)
    }
  }
}
