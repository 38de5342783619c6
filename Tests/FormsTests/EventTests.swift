import Forms
import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct EventTests {
  @Test(arguments: UInt64(1)...60)
  func `every fact reads back exactly and gives the same bytes`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    let facts = samples.facts()
    #expect(Set(facts.map(\.name)) == Set(EventFacts.kinds.map { $0.name }) && facts.count == 58)
    // In the past tense: some are irregular.
    for fact in facts {
      #expect(
        ["ed", "Paid", "Sent", "GivenUp", "Taken"].contains { fact.name.hasSuffix($0) }, "\(fact.name)")
    }
    for fact in facts {
      let payload = fact.payload()
      let again = try #require(try EventFacts.read(type: fact.name, payload: payload))
      #expect(again == fact)
      #expect(again.payload() == payload)
    }
  }

  @Test func `an agreement keeps the very bytes of its snapshot`() throws {
    var samples = Samples(seed: 3)
    let agreement = samples.agreement()
    let fact = UsageRepriced(samples.reference(), before: samples.standing(), amount: 1, agreement: agreement)
    let again = try EventFacts.read(type: "UsageRepriced", payload: fact.payload()) as? UsageRepriced
    #expect(again?.agreement?.snapshot == agreement.snapshot)
  }

  @Test func `a snapshot that was never made is kept as such`() throws {
    let agreement = Agreement(
      currency: try currency("EUR"), discount: 1, total: 2, snapshot: QuoteSnapshot(quote: [], basis: []))
    var samples = Samples(seed: 3)
    let fact = UsageRepriced(samples.reference(), before: samples.standing(), amount: 1, agreement: agreement)
    #expect(try #require(try EventFacts.read(type: "UsageRepriced", payload: fact.payload())).says(fact))
  }

  @Test(arguments: [
    ("CouponDisabled", #"{"reason":"r","reason":"s","revokes_locks":true}"#, "/reason duplicate_member"),
    ("CouponDisabled", #"{"reason":"r"}"#, "/revokes_locks required"),
    ("KeyRevoked", #"{"id":"coupon_00000000000000000000000001"}"#, "/id invalid_value"),
    ("CouponRejected", #"{"order_id":"o","code":"c","reason":"weather"}"#, "/reason invalid_value"),
    ("CouponCreated", #"{"terms":{}}"#, "/terms/name required"),
    ("KeyCreated", #"{"id":1}"#, "/id wrong_type"),
    ("CouponArchived", "{", "line 1"),
    (
      "UsageRepriced",
      #"{"application_id":"application_00000000000000000000000001","usage_id":"usage_00000000000000000000000001","#
        + #""order_id":"o","amount":1,"agreement":{"currency":"EUR","discount":1,"total":1,"quote":{"a":[1.5]},"#
        + #""basis":null}}"#, "/agreement/quote invalid_value"
    ),
  ])
  func `a payload that is not the fact's is refused with what is wrong`(
    type: String, payload: String, fault: String
  ) throws {
    let error = #expect(throws: StoredFormError.self) {
      try EventFacts.read(type: type, payload: Array(payload.utf8))
    }
    #expect(error?.form == "event \(type)")
    #expect(error?.faults.contains { $0.hasPrefix(fault) } == true, "\(String(describing: error))")
  }

  @Test func `a type that only a newer version knows is no fact`() throws {
    let fact = try EventFacts.read(type: "CouponVanished", payload: Array("{}".utf8))
    if fact != nil { Issue.record("a fact of an unknown type") }
  }

  @Test func `the public view of an event never shows a key's hash`() throws {
    let key = AccessKey(
      id: AccessKey.ID(1), tenant: Tenant.ID(4), role: .server, name: "Shop",
      secretHash: [UInt8](repeating: 0xAB, count: 32), createdAt: try instant("2026-11-20T00:00:00Z"))
    let event = Event(
      tenant: Tenant.ID(4), stream: .tenant, sequence: 7, at: try instant("2026-11-20T00:00:00Z"),
      actor: .commandLine, requestID: nil, fact: KeyCreated(key))
    #expect(
      text(shown(event, position: 12).json) == """
        {"position":12,"stream":"tenant_4","sequence":7,"type":"KeyCreated","at":"2026-11-20T00:00:00Z",\
        "actor":"command_line","request_id":null,"data":{"id":"key_00000000000000000000000001",\
        "tenant":"tenant_4","role":"server","name":"Shop","created_at":"2026-11-20T00:00:00Z","revoked_at":null}}
        """)
    #expect(text(event.fact.payload()).contains(String(repeating: "ab", count: 32)))
  }

  @Test func `the public view of a coupon's event has its data`() throws {
    let event = Event(
      tenant: Tenant.ID(4), stream: .coupon(Coupon.ID(2)), sequence: 3,
      at: try instant("2026-11-20T00:00:00Z"),
      actor: .key(AccessKey.ID(1)), requestID: "r-1",
      fact: CouponDisabled(reason: "fraud", revokesLocks: true))
    #expect(
      text(shown(event, position: 13).json) == """
        {"position":13,"stream":"coupon_00000000000000000000000002","sequence":3,"type":"CouponDisabled",\
        "at":"2026-11-20T00:00:00Z","actor":"key_00000000000000000000000001","request_id":"r-1",\
        "data":{"reason":"fraud","revokes_locks":true}}
        """)
  }

  @Test(arguments: UInt64(1)...40)
  func `members of a newer version are passed over wherever they stand, and shown`(seed: UInt64) throws {
    var samples = Samples(seed: seed)
    for fact in samples.facts() {
      let newer = try addingMembers(to: fact.payload())
      #expect(try #require(try EventFacts.read(type: fact.name, payload: newer)).says(fact), "\(fact.name)")
      let event = Event(
        tenant: Tenant.ID(4), stream: .tenant, sequence: 1, at: samples.instant(), actor: .system,
        requestID: nil, fact: fact)
      let shown = shown(event, position: 1, payload: newer)
      #expect(text(shown.json).contains(#""added_later":{"by":["a newer version"]}"#), "\(fact.name)")
    }
  }

  @Test func `a fact that only a newer version knows is shown without its secrets`() throws {
    let archived = Event(
      tenant: Tenant.ID(4), stream: .tenant, sequence: 1, at: try instant("2026-11-20T00:00:00Z"),
      actor: .system, requestID: nil, fact: CouponArchived())
    let secretive = #"{"to":["Mars"],"secret_hash":"abc","depth":1.5}"#
    var event = shown(archived, position: 1, payload: Array(secretive.utf8))
    event.type = "CouponTeleported"
    #expect(
      text(event.json).hasSuffix(
        #""type":"CouponTeleported","at":"2026-11-20T00:00:00Z","actor":"system","#
          + #""request_id":null,"data":{"to":["Mars"],"depth":null}}"#))
    event = shown(archived, position: 1, payload: Array(#"{"depth":1.5}"#.utf8))
    #expect(text(event.json).hasSuffix(#""data":{"depth":1.5}}"#))
  }

  @Test(arguments: ["", "{", "[]", "null", #"{"a":1}}"#])
  func `a damaged payload is shown as none`(payload: String) throws {
    let event = shown(
      Event(
        tenant: Tenant.ID(4), stream: .tenant, sequence: 1, at: try instant("2026-11-20T00:00:00Z"),
        actor: .system, requestID: nil, fact: CouponArchived()), position: 1, payload: Array(payload.utf8))
    #expect(text(event.json).hasSuffix(#""data":null}"#))
  }

  @Test func `what can't be read of an event is shown as null`() throws {
    let event = ShownEvent(
      position: 3, tenant: Tenant.ID(4), stream: nil, sequence: 2, type: "CouponArchived", at: nil,
      actor: "system", requestID: nil, payload: Array("{}".utf8))
    #expect(
      text(event.json)
        == #"{"position":3,"stream":null,"sequence":2,"type":"CouponArchived","at":null,"actor":"system","#
        + #""request_id":null,"data":{}}"#)
  }

  @Test func `a stream's name reads back in its own tenant only`() {
    let tenant = Tenant.ID(4)
    for stream in [StreamID.tenant, .coupon(Coupon.ID(2))] {
      #expect(StreamID(name: stream.name(in: tenant), in: tenant) == stream)
    }
    #expect(StreamID(name: "tenant_5", in: tenant) == nil)
    #expect(StreamID(name: "order_5", in: tenant) == nil)
  }
}

private func shown(_ event: Event, position: Int64, payload: [UInt8]? = nil) -> ShownEvent {
  ShownEvent(
    position: position, tenant: event.tenant, stream: event.stream, sequence: event.sequence,
    type: event.fact.name, at: event.at, actor: event.actor.stored, requestID: event.requestID,
    payload: payload ?? event.fact.payload())
}
