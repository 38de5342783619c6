import Testing

@testable import Scrip

@Suite struct `Identifiers` {
  @Test func `round trip through text that sorts as they do`() {
    var random = SeededGenerator(seed: 7)
    var ids: [Coupon.ID] = [Coupon.ID(0), Coupon.ID(.max)]
    for _ in 0..<2000 {
      ids.append(Coupon.ID(UInt128(random.next()) << 64 | UInt128(random.next())))
    }
    for id in ids { #expect(Coupon.ID(id.description) == id) }
    #expect(ids.sorted().map(\.description) == ids.map(\.description).sorted())
    #expect(Coupon.ID(0).description == "coupon_00000000000000000000000000")
    #expect(Coupon.ID(.max).description == "coupon_7zzzzzzzzzzzzzzzzzzzzzzzzz")
  }

  @Test(arguments: [
    "", "coupon_", "usage_00000000000000000000000001", "coupon-00000000000000000000000001",
    "coupon_0000000000000000000000001", "coupon_000000000000000000000000001",
    "coupon_80000000000000000000000000",
    "coupon_0000000000000000000000000i", "coupon_0000000000000000000000000l",
    "coupon_0000000000000000000000000o",
    "coupon_0000000000000000000000000u", "coupon_0000000000000000000000000A",
    "COUPON_00000000000000000000000001",
    "coupon_/0000000000000000000000000", "00000000000000000000000001", "coupon_0000000000000000000000000é",
  ])
  func `in any other form are refused`(text: String) { #expect(Coupon.ID(text) == nil) }

  @Test func `of one thing are not read as those of another`() {
    let text = Coupon.ID(1).description
    #expect(Usage.ID(text) == nil)
    #expect(DiscountApplication.ID(text) == nil)
    #expect(AccessKey.ID(text) == nil)
  }

  @Test func `are made as UUIDv7, so that later ones sort later`() {
    let ones = IdentifierSource { .max }
    let zeros = IdentifierSource { 0 }
    let earlier: Coupon.ID = ones.next(at: Instant(microseconds: 1_999))
    let later: Coupon.ID = zeros.next(at: Instant(microseconds: 2_000))
    #expect(earlier < later)
    #expect(earlier.value == 0x0000_0000_0001_7FFF_BFFF_FFFF_FFFF_FFFF)
    #expect(later.value == 0x0000_0000_0002_7000_8000_0000_0000_0000)
    let beforeEpoch: Coupon.ID = zeros.next(at: Instant(microseconds: -1))
    #expect(beforeEpoch.value >> 80 == 0)
  }

  @Test(arguments: ["tenant_1", "tenant_9223372036854775807"])
  func `of tenants round trip`(text: String) { #expect(Tenant.ID(text)?.description == text) }

  @Test(arguments: [
    "tenant_0", "tenant_-1", "tenant_+1", "tenant_01", "tenant_", "1", "tenant_1 ",
    "tenant_9223372036854775808",
  ])
  func `of tenants in any other form are refused`(text: String) { #expect(Tenant.ID(text) == nil) }
}

@Suite struct `Stored forms` {
  static let users = ["42", "", "a:b:c", "ann@example.com", "\u{301}x", "ü", "u:", "👩‍👩‍👧"]

  @Test(arguments: users) func `of identity keys round trip`(value: String) throws {
    for kind in IdentityKey.Kind.allCases {
      let key = IdentityKey(kind: kind, value: ExactText(value))
      let read = try #require(IdentityKey(stored: key.stored))
      #expect(read.kind == kind)
      #expect(Array(read.value.text.utf8) == Array(value.utf8))
      #expect(UsageCounter(stored: UsageCounter.identity(key).stored) == .identity(key))
    }
  }

  @Test(arguments: ["", "u", "42", "x:42", ":42"])
  func `of no identity key are refused`(text: String) { #expect(IdentityKey(stored: text) == nil) }

  @Test func `of counters round trip`() throws {
    let day = try #require(CalendarDay(iso8601: "2026-11-16"))
    let counters: [(UsageCounter, String)] = [
      (.identity(IdentityKey(kind: .user, value: "42")), "i:u:42"), (.period(.day, day), "p:day:2026-11-16"),
      (.period(.week, day), "p:week:2026-11-16"), (.period(.month, day), "p:month:2026-11-16"),
      (.budget(eur), "b:EUR"),
    ]
    for (counter, stored) in counters {
      #expect(counter.stored == stored)
      #expect(UsageCounter(stored: stored) == counter)
    }
  }

  @Test(arguments: [
    "", "i:", "i:42", "p:", "p:day", "p:day:", "p:year:2026-01-01", "p:day:2026-02-30", "p:day::2026-11-16",
    "p:day:2026-11-16:", "b:", "b:eur", "b:ZZZ", "x:1", "b",
  ])
  func `of no counter are refused`(text: String) { #expect(UsageCounter(stored: text) == nil) }

  @Test func `of actors round trip`() {
    for actor in [Actor.key(AccessKey.ID(5)), .commandLine, .system] {
      #expect(Actor(stored: actor.stored) == actor)
    }
    #expect(Actor(stored: "somebody") == nil)
    #expect(Actor(stored: Coupon.ID(5).description) == nil)
  }

  @Test func `budget counters count money and all others count uses`() {
    #expect(UsageCounter.budget(eur).increment(amount: 250) == 250)
    #expect(UsageCounter.identity(IdentityKey(kind: .email, value: "x")).increment(amount: 250) == 1)
    #expect(UsageCounter.period(.day, CalendarDay(daysSinceEpoch: 0)).increment(amount: 250) == 1)
  }

  @Test func `a user id is an identity key by itself, once, and keys are in counter order`() {
    let email = IdentityKey(kind: .email, value: "h")
    let user = IdentityKey(kind: .user, value: "ann")
    #expect(Customer(userID: "ann", identityKeys: [user, email]).identityKeys == [email, user])
    #expect(Customer(identityKeys: [email]).identityKeys == [email])
    #expect(Customer().identityKeys.isEmpty)
  }
}
