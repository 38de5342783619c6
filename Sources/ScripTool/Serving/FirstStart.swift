import CommandLineClient
import Forms
import HTTPAPI
import JSON
import Ledger
import Promotions
import SampleShop
import Scrip

/// Makes what a service can't do without: a tenant, and a key that opens it.
struct FirstStart {
  private let engine: CommandLineEngine
  private let settings: ServeSettings
  private let identities: IdentityHash
  private let tenant = Tenant.ID(1)
  private let announce: (String) throws(ToolError) -> Void

  /// - Parameters:
  ///   - identityKey: makes pseudonyms of the user ids that the sample shop names.
  ///   - announce: shows the secret of a key that is about to be made, and throws if nobody can see it.
  init(
    _ engine: Engine, _ settings: ServeSettings, identityKey: [UInt8],
    announce: @escaping (String) throws(ToolError) -> Void
  ) {
    self.engine = CommandLineEngine(engine)
    self.settings = settings
    identities = IdentityHash(key: identityKey)
    self.announce = announce
  }

  /// Makes what is missing.
  ///
  /// A random key is announced before it is made: a key that is in the database and that nobody has seen would be lost,
  /// and no later start would make another one. A key that was chosen is known already.
  ///
  /// - Returns: the secret of an admin key if one was made now, because there was none that works.
  func prepare() async throws(ToolError) -> String? {
    let secret = settings.adminKey ?? AccessSecret(role: .admin)
    var isAnnounced = false
    var triesLeft = FirstStart.triesMax
    while true {
      triesLeft -= 1
      let isMissing: Bool
      do throws(ToolError) {
        isMissing = try await isKeyMissing(secret, isAnnounced: isAnnounced)
      } catch .usage(let advice) {
        throw .usage(advice)
      } catch {
        // Another node may have made the same at the same moment; what it made is found in the next try.
        if triesLeft == 0 { throw error }
        continue
      }
      if !isMissing { return isAnnounced ? secret.text : nil }
      if !isAnnounced {
        do throws(ToolError) { try announce(secret.text) } catch {
          if settings.adminKey == nil { throw error }
        }
        isAnnounced = true
      }
      do throws(ToolError) {
        return try await engine.createKey(
          role: .admin, name: "first admin key", chosen: secret, tenant: tenant
        ).secret
      } catch {
        if triesLeft == 0 { throw .failure("\(error.message) The admin key was shown, but not made.") }
      }
    }
  }

  private static let triesMax = 3

  /// Whether no admin key works, or the one that was announced is not made yet.
  private func isKeyMissing(
    _ secret: AccessSecret, isAnnounced: Bool
  ) async throws(ToolError) -> Bool {
    let store = engine.engine.store
    let isNew = try withStore { () throws(StoreFailure) in try store.tenantIDs() }.isEmpty
    if isNew {
      let mail = MailSettings(isOn: settings.mail.isOpen)
      try await engine.submit(
        CreateTenant(name: "shop", settings: TenantSettings(mail: mail)), tenant: tenant)
      if settings.loadsSample { try await loadSample() }
    }
    var keys: [AccessKey] = []
    // A tenant whose keys can't be read may well have an admin key, and keeps nobody else's service from starting.
    var isAnyUnreadable = false
    for tenant in try withStore({ () throws(StoreFailure) in try store.tenantIDs() }) {
      do throws(StoreFailure) {
        keys += try store.accessKeys(of: tenant)
      } catch {
        guard error.kind == .corrupt else { throw ToolError(error) }
        isAnyUnreadable = true
      }
    }
    let own = keys.first { $0.secretHash == secret.hash.bytes }
    if isAnnounced { return own == nil }
    if keys.contains(where: { $0.role == .admin && $0.revokedAt == nil }) { return false }
    if own != nil {
      throw .usage("The key of --admin-key (or SCRIP_ADMIN_KEY) was revoked: give another one, or none.")
    }
    return !isAnyUnreadable
  }

  /// The sample shop's coupons, by the commands that any caller would send.
  private func loadSample() async throws(ToolError) {
    for sample in ShopCoupon.sample {
      var persons: [NamedPerson] = []
      let action = try CreateCoupon(sample) { userID in
        let person = NamedPerson(pseudonym: identities.person(userID, tenant: tenant), userID: userID)
        persons.append(person)
        return person.pseudonym
      }
      guard case .coupon(let coupon) = try await engine.submit(action, naming: persons, tenant: tenant),
        sample.state == .active
      else { continue }
      try await engine.submit(ChangeCouponState(couponID: coupon.id, step: .activate), tenant: tenant)
    }
  }
}

extension CreateCoupon {
  /// The action that a request with this coupon stands for.
  ///
  /// - Parameter hide: gives the pseudonym of a user id.
  fileprivate init(_ sample: ShopCoupon, hiding hide: (UserID) -> UserID) throws(ToolError) {
    do throws(JSONDecodingErrors) {
      let document = try document(of: sample)
      let terms = try document.read { (reader: inout ObjectReader) -> CouponTerms? in
        CouponTerms.walk(&reader, nil)
      }
      self.init(
        terms: terms.renamingUsers(hide),
        grants: sample.codes.compactMap { grant in
          CouponCode(grant.code).map {
            CodeGrant(code: $0, display: grant.code, owner: grant.owner.map { hide(UserID($0)) })
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
