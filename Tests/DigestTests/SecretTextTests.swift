import Digest
import Testing

@Suite struct SecretTextTests {
  private struct Settings {
    let name = "provider"
    let key = SecretText("sk_live_tell_nobody")
  }

  @Test func `a secret is not printed, whatever prints it`() {
    let settings = Settings()
    var dumped = ""
    dump(settings, to: &dumped)
    let texts = [
      "\(settings.key)", String(reflecting: settings.key), "\(settings)", String(reflecting: settings),
      dumped,
      String(describing: Optional(settings.key)), "\([settings.key])",
    ]
    for text in texts { #expect(!text.contains("tell_nobody"), "\(text)") }
    #expect(settings.key.revealed == "sk_live_tell_nobody")
  }

  @Test func `secrets are equal by their bytes`() {
    #expect(SecretText("é") == SecretText("\u{E9}"))
    #expect(SecretText("e\u{301}") != SecretText("\u{E9}"))
    #expect(SecretText("a") != SecretText("ab"))
  }
}
