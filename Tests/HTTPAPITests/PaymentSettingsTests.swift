import TestSupport
import Testing

@testable import HTTPAPI

@Suite struct PaymentSettingsTests {
  private static let path = "/v1/payment-settings"

  private static let keys = [
    "secret_key": ["sk_live_1", "rk_test_1"], "publishable_key": ["pk_live_1"],
    "webhook_secrets": ["whsec_1"],
  ]

  @Test func `a key is taken as what it begins with, and for nothing else`() async throws {
    let service = try await TestService()
    for member in Self.keys.keys {
      for (kind, keys) in Self.keys {
        for key in keys {
          let value = member == "webhook_secrets" ? #"["\#(key)"]"# : #""\#(key)""#
          let answer = await service.send(.patch, Self.path, #"{"\#(member)":\#(value)}"#)
          #expect(answer.status == (member == kind ? 200 : 422), "\(key) as \(member): \(answer.text)")
          #expect(member == kind || !answer.text.contains(key), "\(answer.text)")
        }
      }
    }
    let cut = await service.send(.patch, Self.path, #"{"publishable_key":"pk_live_…"}"#)
    #expect(cut.items == ["/publishable_key invalid_value"])
    _ = await service.finish()
  }

  @Test(arguments: [#""sk test""#, #""sk_tést""#, #""""#, #""sk_test\n""#, #""\u0000""#, #""sk_""#])
  func `a secret that no provider has is refused before it is sealed`(secret: String) async throws {
    let service = try await TestService()
    let key = await service.send(.patch, Self.path, #"{"secret_key":\#(secret)}"#)
    #expect(key.summary == "422 invalid_request" && key.items.allSatisfy { $0.hasPrefix("/secret_key ") })
    let hook = await service.send(.patch, Self.path, #"{"webhook_secrets":["whsec_1",\#(secret)]}"#)
    #expect(hook.items.allSatisfy { $0.hasPrefix("/webhook_secrets/1 ") } && hook.status == 422)
    _ = await service.finish()
  }

  @Test func `settings change one member at a time, and no answer has a secret`() async throws {
    let service = try await TestService()
    #expect(await service.send(.get, Self.path).header("ETag") == "\"v0\"")
    let set = await service.send(
      .patch, Self.path,
      #"{"provider":"stripe","secret_key":"sk_test_hidden","webhook_secrets":["whsec_hidden"]}"#)
    #expect(set.status == 200 && set.header("ETag") == "\"v1\"" && !set.text.contains("hidden"))
    let late = await service.send(
      .patch, Self.path, #"{"capture":"manual"}"#, headers: [("If-Match", "\"v0\"")])
    #expect(late.summary == "412 version_conflict")
    let shown = await service.send(.patch, Self.path, #"{"capture":"manual"}"#)
    #expect(shown["capture"] == "manual" && shown["provider"] == "stripe")
    #expect(await service.send(.get, Self.path, as: .server).status == 403)
    let log = await service.finish()
    #expect(!log.contains("hidden"))
  }
}
