import CommandLineClient
import Digest
import Foundation
import Ledger
import Promotions

extension DataFolder {
  /// The path of the key under which e-mail addresses and the like are hashed.
  var identityKeyPath: String { path + "/identity.key" }

  /// The key under which e-mail addresses and the like are hashed: given, or kept in the folder, or made now. The
  /// database remembers it by a check value.
  ///
  /// - Throws: `ToolError` if it is not the key that the database was used with, or if one would be made for a database
  ///   that is in use: under another key the same address is another person, who has used nothing yet.
  func identityKey(given text: String?, for store: any KeyedStore<WorkingSet>) throws(ToolError) -> [UInt8] {
    let known = try withStore { () throws(StoreFailure) in try store.identityCheck() }
    let own = try text == nil ? keptIdentityKey() : givenKey(text)
    if let key = own {
      guard try isKept(key, known, in: store) else { throw wrongKey(isGiven: text != nil) }
      return key
    }
    let isInUse = try isInUse(store)
    if isInUse || known != nil { throw missingKey }
    try create()
    let (key, isNew) = try makeIdentityKey()
    if try isKept(key, nil, in: store) { return key }
    // Another node was first. Its key is the one, and this one must not be found here by the next start.
    if isNew { try? FileManager.default.removeItem(atPath: identityKeyPath) }
    throw missingKey
  }

  /// Whether a key may be missed. On a server another node may be making the first tenant; in a file a tenant alone was
  /// made by the command line, and nobody can have bought anything before there is a coupon.
  private func isInUse(_ store: any PromotionStore) throws(ToolError) -> Bool {
    try withStore { () throws(StoreFailure) in
      let tenants = try store.tenantIDs()
      if !self.store.isLocal { return !tenants.isEmpty }
      for tenant in tenants {
        do throws(StoreFailure) {
          if try !store.coupons(CouponFilter(limit: 1), of: tenant).isEmpty { return true }
        } catch {
          // One that can't be read is one.
          if error.kind == .corrupt { return true }
          throw error
        }
      }
      return false
    }
  }

  private func givenKey(_ text: String?) throws(ToolError) -> [UInt8]? {
    guard let text else { return nil }
    guard let key = [UInt8](hexadecimal: text), key.count == 32 else {
      throw .usage("The identity key must be 64 hexadecimal digits.")
    }
    return key
  }

  /// Whether the key is the one that the database knows, which is this one from now on if it knows none.
  private func isKept(_ key: [UInt8], _ known: Hash256?, in store: any KeyedStore<WorkingSet>)
    throws(ToolError) -> Bool
  {
    let check = HMACSHA256.authenticationCode(for: Array("scrip identity key check".utf8), key: key)
    if let known { return constantTimeEquals(known, check) }
    let kept = try withStore { () throws(StoreFailure) in try store.keepIdentityCheck(check) }
    return constantTimeEquals(kept, check)
  }

  private var missingKey: ToolError {
    .usage(
      """
      The database is in use already, but there is no identity key at \(identityKeyPath). Without it every guest would \
      be somebody new, and limits would begin again. Every node needs the same one: copy the file from another node or \
      the backup, or give its 64 hexadecimal digits with SCRIP_IDENTITY_KEY (or --identity-key).
      """)
  }

  private func wrongKey(isGiven: Bool) -> ToolError {
    let place = isGiven ? "SCRIP_IDENTITY_KEY (or --identity-key)" : identityKeyPath
    return .usage(
      """
      The database was used with another identity key than that of \(place). Under this one every guest would be \
      somebody new, and limits would begin again. Put back the file identity.key that belongs to the database, from \
      another node or the backup, or give its 64 hexadecimal digits with SCRIP_IDENTITY_KEY (or --identity-key).
      """)
  }

  private func damagedKey(_ count: Int) -> ToolError {
    .usage(
      """
      \(identityKeyPath) holds \(count) bytes, and an identity key has 32. Put back the file that belongs to the \
      database, from another node or the backup, or give its 64 hexadecimal digits with SCRIP_IDENTITY_KEY (or \
      --identity-key). Only where nothing was ever used may the file be deleted, and a new one be made.
      """)
  }

  private func keptIdentityKey() throws(ToolError) -> [UInt8]? {
    guard let kept = FileManager.default.contents(atPath: identityKeyPath) else { return nil }
    guard kept.count == 32 else { throw damagedKey(kept.count) }
    return [UInt8](kept)
  }

  /// Exclusive, so that two services that start together end up with one key: the loser reads the winner's.
  private func makeIdentityKey() throws(ToolError) -> (key: [UInt8], isNew: Bool) {
    let key = SecureRandom.bytes(32)
    if try write(key, to: identityKeyPath) { return (key, true) }
    guard let kept = try keptIdentityKey() else { throw .failure("\(identityKeyPath) can't be read.") }
    return (kept, false)
  }

  /// Writes a private file that must not be there yet; false if it is.
  func write(_ bytes: [UInt8], to path: String) throws(ToolError) -> Bool {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
    guard
      FileManager.default.createFile(
        atPath: temporary, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw .failure("\(temporary) can't be written.") }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try FileManager.default.linkItem(atPath: temporary, toPath: path)
      return true
    } catch {
      if FileManager.default.fileExists(atPath: path) { return false }
      throw .failure("\(path) can't be written: \(reason(of: error))")
    }
  }
}
