import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// What follows from a score, on every store.
@Suite struct FraudTests {
  fileprivate static let farm = FraudTrait(.device, digest: 0xFA43)

  /// A shop with a coupon, and how it judges.
  fileprivate struct Watched {
    let shop: OrderShop
    let coupon: Coupon.ID
    var policy = FraudPolicy(mode: .on, points: ["guessed_codes": 50])
    var book = FraudBook()

    init(_ kind: StoreUnderTest) async throws {
      shop = try await OrderShop(kind)
      coupon = try await shop.engine.coupon(.percent(10), .of("TEN"))
    }

    /// An attempt of a device that has guessed so many codes; certain from fifteen on.
    func attempt(
      _ order: OrderID, _ codes: [String] = ["TEN"], misses: Int64 = 0, _ trait: FraudTrait = farm
    ) async throws -> Answer {
      var book = book
      if misses > 0 { book.note(.miss, misses, of: [trait], at: shop.clock.now) }
      var action = ApplyCodes(orderID: order, codes: codes, customer: Customer(), cart: .of(10_000))
      action.screening = policy.screen(FraudAttempt(traits: [trait], at: shop.clock.now), by: book)
      return try await shop.engine.submit(action).answer
    }

    func content(_ suspect: FraudSuspect = .trait(farm)) async throws -> FraudCase? {
      try await shop.engine.engine.row(FraudCaseRow.self, Owned(shop.engine.tenant, suspect))?.content
    }

    func review(_ isConfirmed: Bool, list: Bool = false) async throws -> Answer {
      try await shop.engine.submit(
        ReviewSuspicion(.trait(farm), isConfirmed: isConfirmed, isListed: list, note: nil)
      ).answer
    }

    func count<Kind: Fact<WorkingSet>>(of kind: Kind.Type) async throws -> Int {
      try await shop.engine.facts().count { $0 is Kind }
    }

    func end() async throws {
      try shop.check()
      await shop.end()
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `who is flagged gets the coupon and a case, and who is blocked gets nothing and learns nothing`(
    kind: StoreUnderTest
  ) async throws {
    var watched = try await Watched(kind)
    #expect(try await watched.attempt("plain").kind == .created)
    #expect(try await watched.content() == nil)
    #expect(try await watched.attempt("flagged", misses: 15).kind == .created)
    let flagged = try #require(try await watched.content())
    #expect(flagged.severity == .low && flagged.score == 50 && flagged.rule == "guessed_codes")
    #expect(flagged.attempts == 1 && flagged.blocked == 0 && flagged.alerted == nil)
    #expect(flagged.applications == [try #require(try await watched.shop.engine.application("flagged")).id])
    #expect(try await watched.shop.engine.application("flagged")?.agreedRisk?.decision == .flag)

    watched.policy.points = ["guessed_codes": 100]
    for codes in [["TEN"], ["NO-SUCH"], ["?", "TEN"]] {
      guard case .refused(let refusal) = try await watched.attempt("blocked", codes, misses: 15) else {
        Issue.record("\(codes) were given")
        continue
      }
      #expect(refusal.code == .codeRefused(.suspectedFraud))
      #expect(refusal.items.allSatisfy { $0.code == "suspected_fraud" && $0.facts.isEmpty })
    }
    #expect(try await watched.shop.engine.application("blocked") == nil)
    let blocked = try #require(try await watched.content())
    #expect(blocked.severity == .high && blocked.attempts == 4 && blocked.blocked == 3)
    #expect(blocked.alerted == .high && blocked.score == 100)
    #expect(try await watched.count(of: SecurityAlertRaised.self) == 1)
    #expect(try await watched.shop.engine.uses(watched.coupon).locked == 2)
    try await watched.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a decision holds for seven days, and for nothing that is worse`(kind: StoreUnderTest) async throws {
    var watched = try await Watched(kind)
    _ = try await watched.attempt("o-1", misses: 15)
    #expect(try await watched.review(false).kind == .ok)
    #expect(try await watched.content()?.state == .dismissed)
    _ = try await watched.attempt("o-2", misses: 15)
    #expect(try await watched.content()?.state == .dismissed)
    watched.shop.advance(FraudCase.quietSeconds)
    _ = try await watched.attempt("o-3", misses: 15)
    var content = try #require(try await watched.content())
    #expect(content.state == .open && content.attempts == 1 && content.review?.isConfirmed == false)

    #expect(try await watched.review(true).kind == .ok)
    #expect(try await watched.review(true).kind == .ok)
    watched.policy.points = ["guessed_codes": 100]
    _ = try await watched.attempt("o-4", misses: 15)
    content = try #require(try await watched.content())
    #expect(content.state == .open && content.severity == .high && content.review?.isConfirmed == true)
    #expect(try await watched.count(of: SuspicionReviewed.self) == 2)
    let reviews = try watched.shop.engine.engine.store.find(
      FraudReviewsOfTenant(of: watched.shop.engine.tenant))
    #expect(reviews == [FraudReviews(rule: "guessed_codes", confirmed: 1, dismissed: 0)])
    try await watched.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `reviewers' lists are the tenant's settings, and a case that is not there can't be decided`(
    kind: StoreUnderTest
  ) async throws {
    let watched = try await Watched(kind)
    guard case .refused(let refusal) = try await watched.review(true) else {
      Issue.record("there is no case")
      return
    }
    #expect(refusal.code == .fraudCaseNotFound)
    _ = try await watched.attempt("o-1", misses: 15)
    for (isConfirmed, denied, allowed) in [(true, 1, 0), (false, 0, 1), (true, 1, 0)] {
      #expect(try await watched.review(isConfirmed, list: true).kind == .ok)
      let row = try await watched.shop.engine.engine.row(FraudSettingsRow.self, watched.shop.engine.tenant)
      let policy = try #require(row).settings.policy
      #expect(policy.denied.count == denied && policy.allowed.count == allowed)
    }
    try await watched.end()
  }

  @Test(arguments: StoreUnderTest.all, [false, true])
  func `a leaked coupon is disabled with the use that was once too often`(
    kind: StoreUnderTest, revokes: Bool
  ) async throws {
    var watched = try await Watched(kind)
    let now = watched.shop.clock.now
    for day: Int64 in 0..<9 {
      watched.book.note(.use, of: [], uses: [watched.coupon], at: now.adding(seconds: (day - 9) * 86_400))
    }
    for _ in 0..<200 { watched.book.note(.use, of: [], uses: [watched.coupon], at: now) }
    watched.policy.leak = FraudPolicy.LeakResponse(alert: 50, disable: nil)
    let other = FraudTrait(.user, digest: 1)
    #expect(try await watched.attempt("alarmed", other).kind == .created)
    #expect(try await watched.count(of: SecurityAlertRaised.self) == 1)
    #expect(try await watched.count(of: CouponDisabled.self) == 0)
    watched.policy.leak = FraudPolicy.LeakResponse(alert: 50, disable: 90, revokesLocks: revokes)
    watched.policy.mode = .shadow
    #expect(try await watched.attempt("shadow", other).kind == .created)
    #expect(try await watched.count(of: CouponDisabled.self) == 0)
    watched.policy.mode = .on
    #expect(try await watched.attempt("last", other).kind == .created)
    #expect(try await watched.count(of: CouponDisabled.self) == 1)
    guard case .refused(let refusal) = try await watched.attempt("late", other) else {
      Issue.record("it is disabled")
      return
    }
    #expect(refusal.code == .codeRefused(.couponDisabled))
    let content = try #require(try await watched.content(.coupon(watched.coupon)))
    #expect(content.severity == .critical && content.alerted == .critical)
    #expect(try await watched.shop.engine.application("last")?.state == .locked)
    let answer = try await watched.shop.engine.submit(
      RedeemApplication(applicationID: try #require(try await watched.shop.engine.application("last")).id)
    ).answer
    #expect(answer.kind == .ok)
    let earlier = try #require(try await watched.shop.engine.application("alarmed")).id
    let before = try await watched.shop.engine.submit(RedeemApplication(applicationID: earlier)).answer
    #expect((before.kind == .ok) == !revokes)
    try await watched.end()
  }
}

extension FraudTests.Watched {
  /// The same of somebody else.
  fileprivate func attempt(_ order: OrderID, _ trait: FraudTrait) async throws -> Answer {
    try await attempt(order, ["TEN"], misses: 0, trait)
  }
}

extension DiscountApplication {
  /// What the agreed quote says of the risk.
  fileprivate var agreedRisk: FraudVerdict? {
    do throws(StoredFormError) { return try Quote(stored: snapshot.quote).risk } catch { return nil }
  }
}
