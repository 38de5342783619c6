import Testing

@testable import WebhookWork

@Suite struct WebhookAnswerTests {
  @Test func `a kibibyte of an answer is kept, whatever its bytes are`() throws {
    #expect(WebhookAnswer.shown([]) == nil)
    #expect(WebhookAnswer.shown(Array("fine".utf8)) == "fine")
    #expect(WebhookAnswer.shown([UInt8](repeating: 65, count: 5000))?.utf8.count == 1024)
    for bytes in [[0xFF, 0x00, 0xFE], Array("é".utf8) + [0x20], Array("🎟".utf8), [0x00]] as [[UInt8]] {
      let body = (0..<2000).flatMap { _ in bytes }
      let shown = try #require(WebhookAnswer.shown(body))
      #expect((1021...1024).contains(shown.utf8.count) && !shown.utf8.contains(0))
    }
  }
}
