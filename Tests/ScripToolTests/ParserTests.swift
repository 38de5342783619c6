import Testing

@testable import CommandLineClient
@testable import ScripTool

struct ParserTests {
  private func parse(
    _ line: String, _ environment: [String: String] = [:]
  ) throws -> Request {
    try Parser(of: .scrip, environment: environment).parse(line.split(separator: " ").map(String.init))
  }

  private func invocation(_ line: String, _ environment: [String: String] = [:]) throws -> Invocation {
    guard case .run(let invocation) = try parse(line, environment) else {
      throw ToolError.failure("'\(line)' runs nothing")
    }
    return invocation
  }

  @Test(arguments: [
    ("serve", "serve", []),
    ("coupon list --state active", "coupon list", []),
    ("coupon codes add coupon_1 AAA BBB --limit 2", "coupon codes add", ["coupon_1", "AAA", "BBB"]),
    ("quote cart.json --code A --code B", "quote", ["cart.json"]),
    ("quote --code A -", "quote", ["-"]),
    ("quote -- --odd-name", "quote", ["--odd-name"]),
  ])
  func `the longest verb is taken and the rest are its operands`(
    _ line: String, _ verb: String, _ operands: [String]
  ) throws {
    let invocation = try invocation(line)
    #expect(invocation.verb.name == verb)
    #expect(invocation.operands == operands)
  }

  @Test(arguments: [
    ("srve", "Did you mean 'serve'?"),
    ("coupon creat", "Did you mean 'coupon create'?"),
    (
      "coupon",
      "needs one of: create, list, show, update, activate, disable, archive, stats, billing-stats, codes."
    ),
    ("coupon codes", "'coupon codes' needs one of: list, add, generate."),
    ("coupon codes ad", "Did you mean 'coupon codes add'?"),
    ("serve --lisen x", "Did you mean '--listen'?"),
    ("serve --listen", "--listen ADDRESS:PORT has no value."),
    ("serve --listen a:1 --listen b:2", "--listen stands twice."),
    ("serve here", "one argument too many"),
    ("serve -v", "There is no flag '-v'."),
    ("--verbose", "A verb comes first"),
    ("xyzzy", "There is no verb 'xyzzy'. See: scrip help"),
    ("help copon", "Did you mean 'coupon'?"),
  ])
  func `a mistake on the command line is named with what was probably meant`(
    _ line: String, _ expected: String
  ) {
    let error = #expect(throws: ToolError.self) { _ = try parse(line) }
    #expect(error?.exitCode == .usage)
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["", "--help", "-h", "help"])
  func `help is what a bare command line gets`(_ line: String) throws {
    guard case .help(let path) = try parse(line) else { throw ToolError.failure("no help") }
    #expect(path.isEmpty)
  }

  @Test(arguments: [
    ("coupon --help", ["coupon"]), ("coupon codes -h", ["coupon", "codes"]), ("serve --help", ["serve"]),
    ("help key create", ["key", "create"]),
  ])
  func `help can be asked for at every verb`(_ line: String, _ expected: [String]) throws {
    guard case .help(let path) = try parse(line) else { throw ToolError.failure("no help") }
    #expect(path == expected)
  }

  @Test func `a flag goes before its variable and the variable before the default`() throws {
    let variables = ["SCRIP_LISTEN": "127.0.0.1:2"]
    #expect(try invocation("serve")["listen"] == "127.0.0.1:8080")
    #expect(try invocation("serve", variables)["listen"] == "127.0.0.1:2")
    #expect(try invocation("serve --listen 127.0.0.1:3", variables)["listen"] == "127.0.0.1:3")
    #expect(try invocation("serve --listen=127.0.0.1:4", variables)["listen"] == "127.0.0.1:4")
  }

  @Test func `an empty variable counts as unset`() throws {
    #expect(try invocation("serve", ["SCRIP_LISTEN": ""])["listen"] == "127.0.0.1:8080")
    #expect(try !invocation("serve", ["SCRIP_SAMPLE": ""]).isOn("sample"))
  }

  @Test(arguments: [
    ("1", true), ("true", true), ("Yes", true), ("on", true), ("0", false), ("no", false), ("off", false),
  ])
  func `a switch's variable says yes or no`(_ text: String, _ expected: Bool) throws {
    #expect(try invocation("serve", ["SCRIP_SAMPLE": text]).isOn("sample") == expected)
  }

  @Test func `a switch on the command line goes before its variable`() throws {
    #expect(try invocation("serve --sample", ["SCRIP_SAMPLE": "no"]).isOn("sample"))
    #expect(try !invocation("serve --sample=no", ["SCRIP_SAMPLE": "yes"]).isOn("sample"))
  }

  @Test(arguments: [
    ("SCRIP_QUEUE_MAX", "many", "SCRIP_QUEUE_MAX must be a whole number from 1 to 1000000, not 'many'."),
    ("SCRIP_QUEUE_MAX", "0", "SCRIP_QUEUE_MAX must be a whole number from 1 to 1000000, not '0'."),
    (
      "SCRIP_IDLE_TIMEOUT", "soon",
      "SCRIP_IDLE_TIMEOUT must be a time such as 250ms, 10s, 5m or 1h, not 'soon'."
    ),
    ("SCRIP_LISTEN", "8080", "SCRIP_LISTEN must be like 127.0.0.1:8080, not '8080'."),
    ("SCRIP_LOG_LEVEL", "loud", "SCRIP_LOG_LEVEL must be debug, info, warn or error, not 'loud'."),
    (
      "SCRIP_STORE", "mysql://ann:secret@x",
      "SCRIP_STORE must be like sqlite:/var/lib/scrip/scrip.db or postgres://user@host:5432/database."
    ),
    (
      "SCRIP_STORE", "postgres://ann:sec%zzret@x/shop",
      "SCRIP_STORE: the address of the PostgreSQL server is malformed: libpq does not understand it; special "
        + "characters of a password must be percent-encoded."
    ),
    ("SCRIP_ADMIN_KEY", "short", "SCRIP_ADMIN_KEY must have 24 to 200 visible ASCII characters."),
    ("SCRIP_SAMPLE", "perhaps", "SCRIP_SAMPLE must be 1, true, yes, on, 0, false, no or off, not 'perhaps'."),
  ])
  func `a setting that means nothing is refused by the name under which it was given`(
    _ variable: String, _ value: String, _ expected: String
  ) throws {
    let invocation = try invocation("serve", [variable: value])
    let error = #expect(throws: ToolError.self) { _ = try ServeSettings(invocation) }
    #expect(error?.message == expected)
    #expect(error?.exitCode == .usage)
  }

  @Test func `every setting of the service reaches it`() throws {
    let settings = try ServeSettings(
      invocation(
        """
        serve --data /tmp/x --listen [::1]:9 --queue-max 7 --batch-max 6 --connections-max 5 --body-bytes-max 2048 \
        --header-bytes-max 4096 --idle-timeout 1m --header-timeout 2s --body-timeout 3s --write-timeout 4s \
        --shutdown-grace 500ms --sweep-interval 250ms --loops 3 --readers-max 2 --store-timeout 1500ms --lanes 4 --trusted-proxies 10.0.0.0/8,::1 --no-migrate --metrics-need-key \
        --log-level error --sample --identity-key 00
        """))
    #expect(settings.listen == ListenAddress("[::1]:9"))
    #expect(settings.folder.store.description == "sqlite:/tmp/x/scrip.db")
    #expect(settings.committer.queueMax == 7 && settings.committer.batchMax == 6)
    #expect(settings.http.connectionsMax == 5 && settings.http.loops == 3)
    #expect(settings.http.bodyBytesMax == 2048 && settings.http.headerBytesMax == 4096)
    #expect(settings.http.idleTimeout == .seconds(60) && settings.http.headerTimeout == .seconds(2))
    #expect(settings.http.bodyTimeout == .seconds(3) && settings.http.writeTimeout == .seconds(4))
    #expect(settings.http.shutdownGrace == .milliseconds(500))
    #expect(settings.sweepInterval == .milliseconds(250))
    #expect(
      settings.store.readersMax == 2 && settings.proxies.count == 2 && settings.metricsNeedKey
        && !settings.store.migrates)
    #expect(settings.store.timeout == .milliseconds(1500))
    #expect(settings.committer.lanes == 4 && settings.store.writersMax == 5)
    #expect(settings.logLevel == .error && settings.loadsSample && settings.identityKey == "00")
  }

  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1", 8080, "http://127.0.0.1:1"), (":80", "0.0.0.0", 80, "http://127.0.0.1:1"),
    ("[::1]:0", "::1", 0, "http://[::1]:1"), ("[::]:5", "::", 5, "http://[::1]:1"),
    ("localhost:65535", "localhost", 65_535, "http://localhost:1"),
  ])
  func `an address says where to listen and how to get there`(
    _ text: String, _ host: String, _ port: Int, _ url: String
  ) throws {
    let address = try #require(ListenAddress(text))
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.url(port: 1) == url)
  }

  @Test(arguments: ["8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "host:-1"])
  func `an address without a clear port is refused`(_ text: String) {
    #expect(ListenAddress(text) == nil)
  }

  @Test(arguments: [("250ms", 250), ("10s", 10_000), ("5m", 300_000), ("1h", 3_600_000), ("3", 3000)])
  func `a time has a unit or is in seconds`(_ text: String, _ milliseconds: Int) {
    #expect(Duration(written: text) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "s", "-1s", "1.5s", "1d", "99999999999999"])
  func `a time that can't be is refused`(_ text: String) { #expect(Duration(written: text) == nil) }

  @Test(arguments: [
    ("serve", "serve", 0), ("srve", "serve", 1), ("sevre", "serve", 1), ("", "abc", 3), ("abc", "xyz", 3),
  ])
  func `words are as far apart as there are slips of the finger`(
    _ left: String, _ right: String, _ distance: Int
  ) {
    #expect(editDistance(left, right) == distance)
    #expect(editDistance(right, left) == distance)
  }
}
