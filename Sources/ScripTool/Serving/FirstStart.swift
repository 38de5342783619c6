import Engine
import JSON
import Scrip
import Wire

/// Makes what a service can't do without: a tenant, and a key that opens it.
struct FirstStart {
  private let engine: CommandLineEngine
  private let settings: ServeSettings
  private let tenant = Tenant.ID(1)

  init(_ engine: Engine, _ settings: ServeSettings) {
    self.engine = CommandLineEngine(engine)
    self.settings = settings
  }

  /// Makes what is missing.
  ///
  /// - Returns: the secret of an admin key if one was made now, because there was none that works.
  func prepare() async throws(ToolError) -> String? {
    for _ in 1..<FirstStart.triesMax {
      do throws(ToolError) {
        return try await prepareOnce()
      } catch .usage(let advice) {
        throw .usage(advice)
      } catch {
        // Another node may have made the same at the same moment; what it made is found in the next try.
        continue
      }
    }
    return try await prepareOnce()
  }

  private static let triesMax = 3

  private func prepareOnce() async throws(ToolError) -> String? {
    let store = engine.engine.store
    let isNew = try withStore { () throws(StoreFailure) in try store.tenants() }.isEmpty
    if isNew {
      try await engine.submit(CreateTenant(name: "shop"), tenant: tenant)
      if settings.loadsSample { try await loadSample() }
    }
    var keys: [AccessKey] = []
    for known in try withStore({ () throws(StoreFailure) in try store.tenants() }) {
      keys += try withStore { () throws(StoreFailure) in try store.accessKeys(of: known.id) }
    }
    if keys.contains(where: { $0.role == .admin && $0.revokedAt == nil }) { return nil }
    if let chosen = settings.adminKey, keys.contains(where: { $0.secretHash == chosen.hash.bytes }) {
      throw .usage("The key of --admin-key (or SCRIP_ADMIN_KEY) was revoked: give another one, or none.")
    }
    return try await engine.createKey(
      role: .admin, name: "first admin key", chosen: settings.adminKey, tenant: tenant
    ).secret
  }

  /// The sample shop's coupons, by the commands that any caller would send.
  private func loadSample() async throws(ToolError) {
    for sample in ShopCoupons.sample {
      let wish = try CreateCoupon(sample)
      let reply = ServiceClient.Reply(
        status: 201, headers: [:], body: try await engine.submit(wish, tenant: tenant).answer.body)
      guard sample.state == .active, let id = try reply.document().text("id").flatMap({ Coupon.ID($0) })
      else {
        continue
      }
      try await engine.submit(ChangeCouponState(couponID: id, step: .activate), tenant: tenant)
    }
  }
}

extension CreateCoupon {
  /// The wish that a request with this coupon stands for.
  fileprivate init(_ sample: ShopCoupon) throws(ToolError) {
    do throws(JSONDecodingErrors) {
      let document = try document(of: sample)
      let terms = try document.read { (reader: inout ObjectReader) -> CouponTerms? in
        CouponTerms(reading: &reader)
      }
      self.init(
        terms: terms,
        grants: sample.codes.compactMap { grant in
          CouponCode(grant.code).map {
            CodeGrant(code: $0, display: grant.code, owner: grant.owner.map { UserID($0) })
          }
        })
    } catch {
      throw .failure("The sample coupon \(sample.name) is malformed: \(error)")
    }
  }
}

private func document(of sample: ShopCoupon) throws(JSONDecodingErrors) -> JSONDocument {
  do throws(JSONSyntaxError) {
    return try JSONDocument(parsing: sample.terms.bytes)
  } catch {
    preconditionFailure("what was written as JSON is JSON")
  }
}
