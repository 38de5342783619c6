import TestSupport
import Testing

@testable import HTTPAPI

@Suite struct PaymentSettingsTests {
  private static let path = "/v1/payment-settings"

  @Test(arguments: [#""sk test""#, #""sk_tést""#, #""""#, #""sk_test\n""#, #""\u0000""#])
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
