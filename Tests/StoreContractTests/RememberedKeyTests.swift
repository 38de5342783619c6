import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Keys are remembered for a while by stores that can: never beyond a change that the same store has made.
@Suite struct RememberedKeyTests {
  @Test(arguments: StoreUnderTest.all)
  func `a key that is revoked is not vouched for any more once that is acknowledged`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let (engine, store) = (shop.engine, shop.opened.store)
    for number in 0..<20 {
      let secret = AccessSecret(role: .server)
      let made = try await engine.submit(
        CreateKey(
          role: .server, name: "Shop \(number)", secretHash: secret.hash.bytes, secret: secret.text))
      guard case .created(.accessKey(let key, _)) = made.answer else {
        Issue.record("\(made.text)")
        return
      }
      for _ in 0..<3 {
        let found = try store.recall(secretHash: secret.hash) ?? store.accessKey(secretHash: secret.hash)
        #expect(found?.id == key.id && found?.revokedAt == nil)
      }
      // Something else that is written changes no key.
      _ = try await shop.create(OrderID("o-\(number)"))
      _ = try store.accessKey(secretHash: secret.hash)
      #expect(try await engine.submit(RevokeKey(keyID: key.id)).answer.kind == .ok)
      #expect(store.recall(secretHash: secret.hash) == nil)
      #expect(try store.accessKey(secretHash: secret.hash)?.revokedAt != nil)
    }
    await shop.end()
  }

  @Test func `the embedded store remembers a key while others are busy writing`() async throws {
    guard let kind = StoreUnderTest.all.first(where: { "\($0)".lowercased().contains("sqlite") }) else {
      return
    }
    let shop = try await OrderShop(kind)
    let secret = AccessSecret(role: .server)
    _ = try await shop.engine.submit(
      CreateKey(role: .server, name: "Shop", secretHash: secret.hash.bytes, secret: secret.text))
    let store = shop.opened.store
    let key = try #require(try store.accessKey(secretHash: secret.hash))
    _ = try await shop.create("o-1")
    #expect(store.recall(secretHash: secret.hash) == key)
    await shop.end()
  }
}
