import Foundation
import JSON
import Testing

@testable import CommandLineClient
@testable import ScripTool

@Suite(.serialized) struct EndToEndTests {
  private func key(in text: String) throws -> String {
    let line = try #require(text.split(separator: "\n").first { $0.contains("shown this once: ") })
    return String(line.split(separator: " ").last ?? "")
  }

  private static let cart = """
    {"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":2,"unit_price":1999}]}
    """

  @Test func `the first start prints a key once, and a line that works when it is pasted`() throws {
    let scrip = RunningScrip()
    let greeting = try scrip.start("--sample")
    let key = try key(in: greeting)
    #expect(key.hasPrefix("scrip_admin_"))
    let start = try #require(greeting.range(of: "curl"))
    let answer = try scrip.shell(String(greeting[start.lowerBound...]))
    #expect(answer.contains(#""discount":400,"#), "\(answer)")
    for (path, mode) in [("", 0o700), ("/identity.key", 0o600), ("/scrip.db", 0o600)] {
      let attributes = try FileManager.default.attributesOfItem(atPath: scrip.data + path)
      #expect(attributes[.posixPermissions] as? Int == mode, "\(path)")
    }
    #expect(try scrip.stop() == 0)
    let again = try scrip.start("--sample")
    #expect(!again.contains("shown this once"))
    scrip.key = key
    #expect(try scrip.scrip("coupon", "list", "--json").out.components(separatedBy: "\"Welcome\"").count == 2)
  }

  @Test func `a chosen first key is used only while there is none`() throws {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    #expect(try key(in: scrip.start("--admin-key", scrip.key)) == scrip.key)
    #expect(try scrip.stop() == 0)
    _ = try scrip.start("--admin-key", "another-one-0123456789-abcdef")
    #expect(try scrip.scrip("coupon", "list").code == 0)
  }

  @Test func `a first start that can't listen says its key all the same`() throws {
    let scrip = RunningScrip()
    _ = try scrip.start()
    let port = try #require(scrip.url.split(separator: ":").last)
    let other = scrip.folder + "/other"
    let outcome = try scrip.scrip("serve", "--data", other, "--listen", "127.0.0.1:\(port)")
    #expect(outcome.code == ExitCode.failure.rawValue && outcome.err.contains("--listen"), "\(outcome.err)")
    #expect(try key(in: outcome.out).hasPrefix("scrip_admin_"))
  }

  @Test func `a data folder that can't be made is said with the way out`() throws {
    let scrip = RunningScrip()
    let file = try scrip.file("in-the-way", "")
    let outcome = try scrip.scrip("serve", "--data", file, "--listen", "127.0.0.1:0")
    #expect(outcome.code == ExitCode.failure.rawValue)
    #expect(
      outcome.err.contains("a file of this name is in the way. Choose one with --data"), "\(outcome.err)")
  }

  @Test func `metrics ask for an admin key if they are told to`() throws {
    let scrip = RunningScrip()
    let key = try key(in: scrip.start("--metrics-need-key"))
    func status(_ header: String) throws -> String {
      try scrip.shell("curl -s -o /dev/null -w '%{http_code}' -H '\(header)' \(scrip.url)/metrics")
    }
    #expect(try status("Accept: */*") == "401")
    #expect(try status("Authorization: Bearer \(key)") == "200")
  }

  @Test func `a person is shown by name, and erased by the pseudonym that events show`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    let cart = try scrip.file("cart.json", Self.cart)
    _ = try scrip.scrip(
      "coupon", "create", "--name", "Ten", "--percent", "10", "--code", "TEN", "--stacking", "open")
    _ = try scrip.scrip("coupon", "activate", "TEN")
    let unknown = try scrip.scrip("persons", "show", "ann/1")
    #expect(unknown.code == ExitCode.refused.rawValue && unknown.err.contains("(person_not_found)"))
    #expect(
      try scrip.scrip("application", "apply", "o-1", cart, "--code", "TEN", "--user", "ann/1").code == 0)
    let shown = try scrip.scrip("persons", "show", "ann/1").out.split { $0 == " " || $0 == "\n" }
    #expect(shown.count == 2 && shown[0].hasPrefix("person_") && shown[1] == "ann/1", "\(shown)")
    let pseudonym = try String(#require(shown.first))
    #expect(try scrip.scrip("events", "--json").out.contains(pseudonym))
    #expect(try scrip.scrip("persons", "erase", pseudonym).out.contains("\(pseudonym) is named nowhere"))
    #expect(try scrip.scrip("persons", "show", "ann/1").code == ExitCode.refused.rawValue)
    #expect(try scrip.scrip("events").out.contains("PersonErased"))
    #expect(try scrip.stop() == 0)
    #expect(try scrip.shell("grep -rl ann/1 '\(scrip.data)' || true") == "")
  }

  @Test func `a sandbox's locks are over when its clock has passed them, also beside the service`() throws {
    let scrip = RunningScrip()
    _ = try key(in: scrip.start())
    let folder = ["--data", scrip.data]
    func tenant(_ words: String...) throws -> RunningScrip.Outcome {
      try scrip.run(["tenant"] + words + folder)
    }
    let made = try tenant("create", "Box", "--test-clock", "2026-01-01T00:00:00Z", "--json")
    let secret = try #require(
      made.out.split(separator: "\"").first { $0.hasPrefix("scrip_admin_") }, "\(made)")
    scrip.key = String(secret)
    let cart = try scrip.file("cart.json", Self.cart)
    _ = try scrip.scrip(
      "coupon", "create", "--name", "Ten", "--percent", "10", "--code", "TEN", "--total", "1", "--stacking",
      "open")
    _ = try scrip.scrip("coupon", "activate", "TEN")
    let lock = try scrip.scrip("application", "apply", "o-1", cart, "--code", "TEN", "--json")
    #expect(lock.out.contains(#""expires_at":"2026-01-01T00:15:00Z""#), "\(lock.out)")
    #expect(try scrip.scrip("quote", cart, "--code", "TEN").out.contains("(usage_limit_reached)"))
    #expect(try tenant("advance", "2", "2026-01-01T00:15:00Z").code == 0)
    #expect(try scrip.scrip("quote", cart, "--code", "TEN").out.contains("35.98 USD"))
    #expect(try tenant("list").out.contains("2026-01-01T00:15:00Z"))
    #expect(try tenant("advance", "2", "2025-01-01T00:00:00Z").err.contains("never goes back"))
    #expect(try tenant("advance", "1", "2027-01-01T00:00:00Z").err.contains("lives in real time"))
    #expect(try tenant("advance", "9", "2027-01-01T00:00:00Z").err.contains("(tenant_not_found)"))
    #expect(try tenant("advance", "2", "tomorrow").code == ExitCode.usage.rawValue)
  }

  @Test func `verbs walk a coupon through its life`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    let cart = try scrip.file("cart.json", Self.cart)
    let made = try scrip.scrip(
      "coupon", "create", "--name", "Ten", "--percent", "10", "--code", "TEN", "--total", "1", "--stacking",
      "open")
    #expect(made.code == 0 && made.out.contains("draft, version 1"), "\(made.err)")
    #expect(try scrip.scrip("quote", cart, "--code", "ten").out.contains("(coupon_not_active)"))
    #expect(try scrip.scrip("coupon", "activate", "TEN").out.contains("active"))
    #expect(try scrip.scrip("quote", cart, "--code", "ten").out.contains("35.98 USD"))

    let applied = try scrip.scrip("application", "apply", "o-1", cart, "--code", "TEN", "--json")
    let id = try #require(JSONDocument(parsing: Array(applied.out.utf8)).root.text("id"))
    let second = try scrip.scrip("application", "apply", "o-2", cart, "--code", "TEN")
    #expect(second.code == ExitCode.refused.rawValue)
    #expect(second.err.contains("(usage_limit_reached)"))
    #expect(
      try scrip.scrip("application", "redeem", id, "--expected-total", "1").err.contains("(total_changed)"))
    #expect(try scrip.scrip("application", "redeem", id, "--expected-total", "3598").out.contains("redeemed"))
    #expect(try scrip.scrip("application", "show", "o-1").out.contains("redeemed"))
    #expect(try scrip.scrip("application", "show", "o-9").err.contains("(application_not_found)"))
    #expect(try scrip.scrip("application", "restore", id).out.contains("released"))

    #expect(try scrip.scrip("coupon", "update", "TEN", "--percent", "20", "--if-version", "9").code == 1)
    #expect(try scrip.scrip("coupon", "update", "TEN", "--percent", "20").out.contains("version 2"))
    #expect(
      try scrip.scrip("coupon", "update", "TEN", "--description", "Ten off").out.contains(
        "about      Ten off"))
    #expect(try scrip.scrip("coupon", "show", "TEN").out.contains("about      Ten off"))
    let codes = try scrip.scrip(
      "coupon", "codes", "generate", "TEN", "--count", "3", "--pattern", "GEN-########")
    #expect(codes.out.split(separator: "\n").count == 3)
    #expect(try scrip.scrip("coupon", "codes", "add", "TEN", "OTHER").code == 0)
    #expect(try scrip.scrip("coupon", "codes", "add", "TEN", "OTHER").err.contains("(code_taken)"))
    #expect(try scrip.scrip("coupon", "codes", "list", "TEN").out.split(separator: "\n").count == 6)
    #expect(try scrip.scrip("coupon", "stats", "TEN").out.contains("released 1"))
    #expect(try scrip.scrip("coupon", "disable", "TEN", "--reason", "over").out.contains("disabled"))
    #expect(try scrip.scrip("coupon", "archive", "TEN").out.contains("archived"))
    let events = try scrip.scrip("events", "--json").out.split(separator: "\n")
    #expect(
      events.contains { $0.contains("CouponArchived") || $0.contains("coupon_archived") },
      "\(events.last ?? "")")
  }

  @Test func `an order is made, changed, paid and given back`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    let cart = try scrip.file("cart.json", Self.cart)
    _ = try scrip.scrip(
      "coupon", "create", "--name", "Ten", "--code", "TEN", "--percent", "10", "--stacking", "open")
    _ = try scrip.scrip("coupon", "activate", "TEN")
    #expect(try scrip.scrip("order", "list").out.contains("No orders."))
    let made = try scrip.scrip("order", "create", cart, "--id", "o 1", "--user", "ann", "--code", "NONE")
    #expect(made.code == 1 && made.err.contains("(unknown_code)"), "\(made.err)")
    let best = try scrip.scrip(
      "order", "create", cart, "--id", "o 1", "--user", "ann", "--code", "NONE", "--best-effort")
    #expect(best.out.contains("state      pending") && best.out.contains("(unknown_code)"), "\(best.out)")
    #expect(try scrip.scrip("order", "change", "o 1").code == ExitCode.usage.rawValue)
    let changed = try scrip.scrip("order", "change", "o 1", "--code", "TEN").out
    #expect(changed.contains("✓ TEN") && changed.contains("total      35.98 USD"), "\(changed)")
    #expect(try scrip.scrip("order", "confirm", "o 1").err.contains("(order_not_checked_out)"))
    #expect(
      try scrip.scrip("order", "checkout", "o 1", "--expected-total", "3598").out.contains("processing"))
    #expect(try scrip.scrip("order", "fail", "o 1", "--reason", "declined").out.contains("failed"))
    #expect(try scrip.scrip("order", "checkout", "o 1").code == 0)
    #expect(
      try scrip.scrip("order", "confirm", "o 1", "--reference", "bank-1").out.contains("state      paid"))
    #expect(try scrip.scrip("order", "list", "--state", "paid", "--user", "ann").out.contains("35.98 USD"))
    let refund = try scrip.scrip("order", "refund", "o 1", "--unit", "l1=1").out
    #expect(refund.contains("state      partly_refunded"), "\(refund)")
    #expect(try scrip.scrip("order", "refund", "o 1", "--unit", "l1").code == ExitCode.usage.rawValue)
    #expect(try scrip.scrip("order", "refund", "o 1").out.contains("left       0"))
    #expect(try scrip.scrip("order", "cancel", "o 1").err.contains("(order_refunded)"))
    let events = try scrip.scrip("order", "events", "o 1").out
    #expect(events.contains("OrderCreated") && events.contains("OrderRefunded"), "\(events)")
    #expect(try scrip.scrip("order", "show", "o 1").out.contains("given back 35.98 USD"))
  }

  @Test func `a campaign is made, listed, changed and shown`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    #expect(try scrip.scrip("campaign", "list").out.contains("No campaigns."))
    let made = try scrip.scrip(
      "campaign", "create", "Winter", "--description", "All coats", "--total", "5",
      "--budget", "EUR=700", "--json")
    let id = try #require(JSONDocument(parsing: Array(made.out.utf8)).root.text("id"))
    #expect(try scrip.scrip("campaign", "list").out.contains("\(id)  Winter"))
    #expect(try scrip.scrip("campaign", "update", id, "--name", "Spring", "--if-version", "9").code == 1)
    #expect(try scrip.scrip("campaign", "update", id, "--name", "Spring").out.contains("version    2"))
    let shown = try scrip.scrip("campaign", "show", id).out
    #expect(shown.contains("Spring") && shown.contains("about      All coats"), "\(shown)")
    #expect(shown.contains("window     always") && shown.contains("total 5"), "\(shown)")
    func coupon(of campaign: String) throws -> RunningScrip.Outcome {
      try scrip.scrip(
        "coupon", "create", "--name", "Ten", "--percent", "10", "--stacking", "open", "--campaign", campaign)
    }
    #expect(try coupon(of: id).out.contains("campaign   \(id)"))
    let unknown = try coupon(of: "campaign_00000000000000000000000000")
    #expect(unknown.code == ExitCode.refused.rawValue && unknown.err.contains("(campaign_not_found)"))
    #expect(try scrip.scrip("campaign", "show", "campaign_1").err.contains("(campaign_not_found)"))
    #expect(try scrip.scrip("campaign", "update", id).code == ExitCode.usage.rawValue)
  }

  @Test func `keys and settings are managed, and a key without the right is told so`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    let admin = scrip.key
    let made = try scrip.scrip("key", "create", "--role", "publishable", "--json").out
    let document = try JSONDocument(parsing: Array(made.utf8)).root
    scrip.key = try #require(document.text("secret"))
    #expect(try scrip.scrip("coupon", "list").code == ExitCode.notAllowed.rawValue)
    scrip.key = admin
    #expect(try scrip.scrip("key", "revoke", document.shown("id")).code == 0)
    #expect(try scrip.scrip("key", "list").out.contains("publishable"))
    #expect(try scrip.scrip("settings", "set", "--lock-seconds", "120").out.contains("lock_seconds: 120"))
    #expect(try scrip.scrip("settings", "set", "--lock-seconds", "1").code == ExitCode.usage.rawValue)

    let rescued = try scrip.scrip("key", "create", "--data", scrip.data, "--role", "admin", "--json")
    scrip.key = try #require(JSONDocument(parsing: Array(rescued.out.utf8)).root.text("secret"))
    #expect(try scrip.scrip("settings", "show").out.contains("lock_seconds: 120"))
    let tenant = try scrip.scrip("tenant", "create", "Other", "--data", scrip.data)
    #expect(tenant.out.contains("tenant_2"))
    #expect(try scrip.scrip("tenant", "list", "--data", scrip.data).out.contains("Other"))
  }

  @Test func `a service that is killed keeps what it acknowledged, and audit, rebuild and backup agree`()
    throws
  {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start("--sample"))
    let cart = try scrip.file("cart.json", Self.cart)
    #expect(
      try scrip.scrip("application", "apply", "o-1", cart, "--code", "LOYAL5", "--idempotency-key", "k").code
        == 0)
    _ = try scrip.stop(SIGKILL)
    _ = try scrip.start()
    #expect(try scrip.scrip("application", "show", "o-1").out.contains("locked"))
    #expect(try scrip.scrip("audit", "verify", "--data", scrip.data).code == 0)
    let target = scrip.folder + "/backup"
    #expect(try scrip.scrip("backup", target, "--data", scrip.data).code == 0)
    #expect(try scrip.scrip("backup", target, "--data", scrip.data).code == ExitCode.usage.rawValue)
    #expect(
      FileManager.default.contentsEqual(
        atPath: target + "/identity.key", andPath: scrip.data + "/identity.key"))
    #expect(try scrip.scrip("rebuild", "--check", "--data", target).code == 0)
    #expect(try scrip.stop(SIGINT) == 0)

    _ = try scrip.shell("sqlite3 \(target)/scrip.db 'UPDATE coupon SET locked = locked + 1'")
    let check = try scrip.scrip("rebuild", "--check", "--data", target)
    #expect(
      check.code == ExitCode.checkFailed.rawValue && check.out.contains("coupon"), "\(check.out)\(check.err)")
    #expect(try scrip.scrip("rebuild", "--data", target).code == 0)
    #expect(try scrip.scrip("rebuild", "--check", "--data", target).code == 0)
  }

  @Test func `the schema can be taken back and brought up again`() throws {
    let scrip = RunningScrip()
    #expect(try scrip.scrip("migrate", "status", "--data", scrip.data).code == ExitCode.usage.rawValue)
    #expect(try scrip.scrip("migrate", "up", "--data", scrip.data).out.contains("took step 1"))
    #expect(try scrip.scrip("migrate", "down", "0", "--data", scrip.data).out.contains("took back step 1"))
    let refused = try scrip.scrip("serve", "--no-migrate", "--data", scrip.data, "--listen", "127.0.0.1:0")
    #expect(refused.code == ExitCode.failure.rawValue && refused.err.contains("migrate up"))
    let first = try scrip.scrip("migrate", "up", "--to", "1", "--data", scrip.data)
    #expect(first.out == "took step 1: first schema\n")
    #expect(try scrip.scrip("migrate", "up", "--data", scrip.data).out.contains("up to date"))
    #expect(try scrip.scrip("migrate", "down", "1", "--data", scrip.data).code == 0)
  }

  @Test func `what is for SQLite alone is refused for PostgreSQL`() throws {
    let scrip = RunningScrip()
    let backup = try scrip.scrip(
      "backup", scrip.folder + "/copy", "--store",
      "postgres://ann:secret@db.example:5432/shop?sslmode=require")
    #expect(backup.code == ExitCode.usage.rawValue)
    #expect(backup.err.contains("pg_dump") && backup.err.contains("docs/operating/backup.md"))
    #expect(
      backup.err.contains("'postgres://ann@db.example:5432/shop'") && !backup.err.contains("secret"),
      "\(backup.err)")
  }

  @Test func `a service that is not there is told from one that says no`() throws {
    let scrip = RunningScrip()
    scrip.key = "any"
    let outcome = try scrip.scrip("coupon", "list", "--url", "http://127.0.0.1:1")
    #expect(outcome.code == ExitCode.unavailable.rawValue)
    #expect(outcome.err.contains("http://127.0.0.1:1 does not answer"))
    _ = try scrip.start()
    #expect(try scrip.scrip("coupon", "list").code == ExitCode.notAllowed.rawValue)
    #expect(try scrip.scrip("coupon", "list", "--key", "").code == ExitCode.usage.rawValue)
  }

  @Test func `a day is played and adds up`() throws {
    let scrip = RunningScrip()
    scrip.key = try key(in: scrip.start())
    let day = scrip.folder + "/day"
    #expect(
      try scrip.shopday("generate", "--seed", "9", "--checkouts", "120", "--out", day).code == 0)
    let first = try scrip.shopday("play", day, "--json")
    #expect(first.code == 0 && first.out.contains(#""faults":[]"#), "\(first.out) \(first.err)")
    #expect(try scrip.shopday("play", day, "--concurrency", "4").code == 0)
  }
}
