import Foundation
import JSON
import Testing

@testable import CommandLineClient

@Suite(.serialized) struct PaymentVerbTests {
  private static let cart =
    #"{"currency":"EUR","lines":[{"id":"l1","product_id":"p1","quantity":3,"unit_price":1000}]}"#

  /// A service whose provider is nowhere.
  private func started() throws -> RunningScrip {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    _ = try scrip.start("--admin-key", scrip.key, "--stripe-url", "http://127.0.0.1:1")
    return scrip
  }

  @Test func `a provider is set up from files, and its secrets are never shown`() throws {
    let scrip = try started()
    let none = try scrip.scrip("provider", "set", "stripe")
    #expect(none.code == ExitCode.refused.rawValue && none.err.contains("(provider_not_set_up)"), "\(none)")
    let secret = try scrip.file("stripe.key", "sk_test_very_secret\n")
    let old = try scrip.file("old.key", "whsec_old")
    let new = try scrip.file("new.key", "whsec_new")
    let two = try scrip.file("two.key", "whsec_a whsec_b")
    #expect(try scrip.scrip("provider", "set", "--webhook-secret", two).code == ExitCode.usage.rawValue)
    let set = try scrip.scrip(
      "provider", "set", "stripe", "--secret-key", secret, "--publishable-key", "pk_test_1",
      "--webhook-secret", old, "--webhook-secret", new, "--pay-seconds", "1800", "--without-room", "refund"
    )
    #expect(set.code == 0, "\(set)")
    let shown = try scrip.scrip("provider", "show")
    for line in [
      "provider      stripe", "time to pay   1800 s", "without room  refund", "public key    pk_test_1",
      "secret key    sealed", "webhooks      2 secrets",
    ] { #expect(shown.out.contains(line), "\(line) in \(shown)") }
    let events = try scrip.scrip("events", "--json").out
    for text in [set.out, shown.out, events] {
      #expect(!text.contains("sk_test_very_secret") && !text.contains("whsec_old"))
    }
    #expect(events.contains("PaymentSettingsChanged"))
    let check = try scrip.scrip("provider", "check")
    #expect(check.err.contains("(provider_unavailable)"), "\(check)")
    #expect(try scrip.scrip("provider", "seal-again").code == 0)
    #expect(try scrip.scrip("provider", "set", "manual").out.contains("provider      manual"))
    #expect(try scrip.scrip("provider", "check").out.contains("paid outside"))
    let path = scrip.data + "/sealing.keys"
    let wrong = try scrip.scrip("provider", "set", "--publishable-key", "sk_test_1")
    #expect(wrong.code == ExitCode.usage.rawValue || wrong.code == ExitCode.refused.rawValue)
    #expect(wrong.err.contains("pk_") && !wrong.err.contains("sk_test_1"), "\(wrong)")
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func `a checkout whose provider is away is shown, tried again and undone`() throws {
    let scrip = try started()
    let secret = try scrip.file("stripe.key", "sk_test_1")
    _ = try scrip.scrip("provider", "set", "stripe", "--secret-key", secret)
    let cart = try scrip.file("cart.json", Self.cart)
    _ = try scrip.scrip("order", "create", cart, "--id", "o-1")
    #expect(try scrip.scrip("order", "checkout", "o-1").out.contains("processing"))
    let shown = try scrip.scrip("checkout", "show", "o-1")
    #expect(shown.out.contains("starting") && shown.out.contains("PaymentStarted"), "\(shown)")
    #expect(try scrip.scrip("checkout", "retry", "o-1").out.contains("starting"))
    #expect(try scrip.scrip("order", "confirm", "o-1").err.contains("(payment_by_provider)"))
    #expect(try scrip.scrip("order", "capture", "o-1").err.contains("(payment_processing)"))
    let payment = try scrip.scrip("checkout", "show", "o-1").out
    #expect(payment.contains("amount     30.00 EUR") && payment.contains("refunds    0.00 EUR of 0.00 EUR"))
    let undone = try scrip.scrip("checkout", "compensate", "o-1", "--reason", "no provider")
    #expect(undone.out.contains("failed"), "\(undone)")
    #expect(try scrip.scrip("checkout", "show", "o-1").out.contains("requested"))
    let outside = try scrip.scrip("checkout", "retry", "nothing")
    #expect(outside.err.contains("(order_not_found)"), "\(outside)")
  }

  @Test func `a flag has the first orders paid through Stripe, unless somebody has said how they are paid`()
    throws
  {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    let flags = ["--admin-key", scrip.key, "--stripe-url", "http://127.0.0.1:1"]
    let bad = try scrip.file("bad.key", "pk_test_1")
    let refused = try scrip.scrip("serve", "--data", scrip.folder + "/d", "--stripe-key", bad)
    #expect(refused.code == ExitCode.usage.rawValue && refused.err.contains("sk_"), "\(refused)")
    #expect(!refused.err.contains("pk_test_1"))
    let file = try scrip.file("stripe.key", "sk_test_1\n")
    _ = try scrip.start(flags + ["--stripe-key", file])
    #expect(try scrip.scrip("provider", "show").out.contains("provider      stripe"))
    #expect(try scrip.scrip("provider", "set", "manual").code == 0)
    _ = try scrip.stop()
    _ = try scrip.start(flags + ["--stripe-key", file])
    #expect(try scrip.scrip("provider", "show").out.contains("provider      manual"))
  }

  @Test func `a file of sealing keys that is none is refused with the way out`() throws {
    let scrip = RunningScrip()
    let file = try scrip.file("bad.keys", "nonsense\n")
    let bad = try scrip.scrip(
      "serve", "--data", scrip.folder + "/d", "--listen", "127.0.0.1:0", "--sealing-keys", file)
    #expect(bad.code == ExitCode.usage.rawValue && bad.err.contains("line 1"), "\(bad)")
    let missing = try scrip.scrip(
      "serve", "--data", scrip.folder + "/d", "--listen", "127.0.0.1:0", "--sealing-keys", "/nowhere")
    #expect(missing.code == ExitCode.usage.rawValue && missing.err.contains("/nowhere"), "\(missing)")
  }
}
