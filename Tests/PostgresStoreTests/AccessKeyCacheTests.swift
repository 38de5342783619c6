import Digest
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil, "SCRIP_TEST_POSTGRES names no server"))
struct AccessKeyCacheTests {
  @Test func `a key that was found is remembered, so that not every request asks the server`() async throws {
    let database = try TestDatabase()
    let store = try database.store()
    defer { store.shutDown() }
    let shop = try await EngineUnderTest(store: store, clock: ManualClock())
    let secret = AccessSecret(role: .server)
    _ = try await shop.submit(
      CreateKey(role: .server, name: "Checkout", secretHash: secret.hash.bytes, secret: secret.text))
    #expect(store.recall(secretHash: secret.hash) == nil)
    let key = try #require(try store.accessKey(secretHash: secret.hash))
    // The announcement of the key itself may be heard after the first look-up, and then nothing is remembered of that.
    try await onThread {
      try eventually {
        let found = try store.accessKey(secretHash: secret.hash)
        return store.recall(secretHash: secret.hash) == found
      }
    }
    #expect(store.recall(secretHash: secret.hash) == key)
    #expect(store.recall(NextDue(kinds: [])) == nil)
    await shop.stop()
  }
}
