import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// Codes that look alike, on every store.
@Suite struct LookAlikeTests {
  private func generated(_ text: String, coupon: UInt128 = 1) -> CodeRecord {
    CodeRecord(couponID: couponID(coupon), grant: grant(text, isGenerated: true), used: 0)
  }

  @Test(arguments: StoreUnderTest.all)
  func `a skeleton leads to the generated code, or else to a given one, of coupons that are not archived`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1))
      set.put(sampleCoupon(2))
      set.put(sampleCoupon(3, state: .archived))
      set.put(generated("GOLD107KQ2M9"))
      set.put(codeRecord("HELLO-10", coupon: 2))
      set.put(codeRecord("HELL0-1O", coupon: 2))
      set.put(generated("LOST10", coupon: 3))
    }
    func find(_ typed: String, _ tenant: Tenant.ID = tenant) throws -> CouponCode? {
      let key = Owned(tenant, code(typed).skeleton)
      let set = try store.load { $0.skeletons = [key] }
      let found = set.found.codeOfSkeleton[key]
      if let found { #expect(set.codes[Owned(tenant, found)]?.grant.code == found) }
      if let found { #expect(set.coupons[Owned(tenant, set.codes[Owned(tenant, found)]!.couponID)] != nil) }
      return found
    }
    #expect(try find("g0ldlO-7kq2m9") == code("GOLD107KQ2M9"))
    let given = try #require(try find("HE110IO"))
    #expect([code("HELLO-10"), code("HELL0-1O")].contains(given))
    #expect(try find("LOST10") == nil)
    #expect(try find("GOLD107KQ2M8") == nil)
    #expect(try find("GOLD107KQ2M9", Tenant.ID(2)) == nil)
  }

  @Test(arguments: StoreUnderTest.all)
  func `of a given code and generated ones that look alike and are added at once, one is`(
    kind: StoreUnderTest
  ) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    var configuration = CommitterConfiguration.patient(batchMax: 1)
    configuration.lanes = 2
    let engine = try await EngineUnderTest(store: store, clock: ManualClock(), configuration: configuration)
    let spellings = ["GOLD10", "G0LD10", "GO1D10", "GOID1O", "GOLDlO", "G-OLD-10", "G0-LD10", "GOL-D10"]
    for round in 0..<5 {
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for (place, spelling) in spellings.enumerated() {
          let grant = CodeGrant(
            code: code("\(spelling)\(round)"), display: spelling, isGenerated: place < 7)
          group.addTask {
            let action = CreateCoupon(terms: .percent(), grants: [grant])
            let outcome = try await engine.submit(action)
            #expect(outcome.answer.kind == .created || outcome.refusal == .codeTaken)
            return outcome.answer.kind == .created
          }
        }
        return try await group.reduce(into: 0) { count, isMade in if isMade { count += 1 } }
      }
      #expect(made == 1)
    }
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `half of a pattern's codes are given out, over all requests and coupons, also at once`(
    kind: StoreUnderTest
  ) async throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    var configuration = CommitterConfiguration.patient(batchMax: 2)
    configuration.lanes = 2
    let engine = try await EngineUnderTest(store: store, clock: ManualClock(), configuration: configuration)
    var coupons: [Coupon.ID] = []
    for _ in 0..<4 { coupons.append(try await engine.coupon(.percent())) }
    let pattern = try #require(CodePattern("WZ-#"))
    let all = CodePattern.alphabet.map {
      CodeGrant(code: code("WZ\(UnicodeScalar($0))"), display: "", isGenerated: true)
    }
    // Other patterns, given codes of other lengths and another tenant's do not count.
    try await engine.submit(
      AddCodes(couponID: coupons[0], grants: ["WZ22", "WZ", "WZ-_", "W2"].map { grant($0) }))
    let targets = coupons
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 {
        group.addTask {
          try await engine.submit(
            AddCodes(
              couponID: targets[number % 4], grants: all.shuffled(), wanted: 1, pattern: pattern.skeleton))
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .created } == 15)
    #expect(outcomes.count { $0.refusal == .patternExhausted } == 5)
    #expect(outcomes.contains { $0.text.contains("15 of this pattern's 30 codes are given out") })
    // What an archived coupon leaves may be given out again.
    let left = try store.codes(of: coupons[1], tenant: tenant, after: nil, limit: 30).count
    try await engine.submit(ChangeCouponState(couponID: coupons[1], step: .archive))
    let again = AddCodes(couponID: coupons[0], grants: all, wanted: left, pattern: pattern.skeleton)
    #expect(try await engine.submit(again).answer.kind == .created)
    #expect(try await engine.submit(again).refusal == .patternExhausted)
    await engine.stop()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a code with letters outside of ASCII and signs comes back byte for byte, and pages in byte order`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    let codes = [
      "50%OFF", "A&B/C", "KÄSE-20", "STRAßE", "#1", "ŁÓDŹ", "Z", "TIẾNG", String(repeating: "Ä", count: 64),
    ]
    try store.write { set in
      set.put(sampleCoupon(1))
      for text in codes { set.put(codeRecord(text)) }
    }
    var paged: [CouponCode] = []
    while true {
      let page = try store.codes(of: couponID(1), tenant: tenant, after: paged.last, limit: 2)
      if page.isEmpty { break }
      paged += page.map(\.grant.code)
    }
    #expect(paged == codes.map { code($0) }.sorted())
    #expect(Set(paged.map { Array($0.canonical.utf8) }) == Set(codes.map { Array($0.utf8) }))
    for text in codes {
      let key = Owned(tenant, code(text.lowercased()))
      #expect(try store.load(codes: [key]).codes[key]?.grant.code == code(text), "\(text)")
    }
  }
}
