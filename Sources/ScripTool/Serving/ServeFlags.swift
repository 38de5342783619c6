import IDNA
import CommandLineClient
import Digest
import Forms
import Foundation
import HTTPAPI
import HTTPServer
import Ledger
import Outgoing
import Payments
import Promotions

extension Verb {
  /// Running the service.
  static let serving: [Verb] = [
    Verb(
      "serve", [], "run the service",
      details: """
        The first start makes the schema and an admin key, and prints the key once. With PostgreSQL the data folder \
        holds nothing but the identity key and the sealing keys, and is not needed if those are given.
        SIGTERM or SIGINT ends the service when what it has accepted is done; a second signal ends it at once.
        """,
      flags: Flag.folder + Flag.serving + Flag.mail + Flag.relays + Flag.webhooks + Flag.inbox,
      run: ServeVerb.serve)
  ]
}

extension Flag {
  /// What only the service itself needs.
  static let serving: [Flag] = [
    .setting(
      "listen", "ADDRESS:PORT", usual: "127.0.0.1:8080", "Where to listen; port 0 lets the system choose."),
    .setting(
      "admin-key", "KEY", usualText: "a random one",
      "The first admin key, 24 to 200 visible ASCII characters; used only while no admin key works."),
    .setting(
      "identity-key", "HEX", usualText: "FOLDER/identity.key",
      "The key under which e-mail addresses and the like are hashed: 64 hexadecimal digits."),
    .setting(
      "sealing-keys", "FILE", usualText: "FOLDER/sealing.keys",
      "The keys that seal the secrets of payment providers; made if missing, unless the database is on a server."
    ),
    .setting(
      "stripe-url", "URL", usual: "https://api.stripe.com", "Where Stripe is: another place for trying out."),
    .setting(
      "stripe-key", "FILE", usualText: "none",
      "A file with a secret key of Stripe: the first tenant's orders are paid through it, unless somebody has said before how they are paid."
    ),
    .toggle("sample", "Load a sample shop's coupons on the first start."),
    .toggle("no-migrate", "Refuse to start on an older schema instead of bringing it up to date."),
    .setting("log-level", "LEVEL", usual: "info", "debug, info, warn or error."),
    .setting(
      "trusted-proxies", "LIST", usualText: "none",
      "Addresses, or ranges like 10.0.0.0/8, of proxies whose X-Forwarded-For is believed; with commas between."
    ),
    .toggle("metrics-need-key", "Ask for an admin key at /metrics, too."),
    .setting("loops", "N", usualText: "one for each core", "Threads that read and write connections."),
    .setting("connections-max", "N", usual: "10000", "Open connections; one more is answered with 503."),
    .setting("header-bytes-max", "BYTES", usual: "16384", "Request line and headers together."),
    .setting("body-bytes-max", "BYTES", usual: "1048576", "One request's body."),
    .setting(
      "header-timeout", "TIME", usual: "10s", "From a request's first byte to the end of its headers."),
    .setting("body-timeout", "TIME", usual: "30s", "From the end of the headers to the end of the body."),
    .setting("idle-timeout", "TIME", usual: "75s", "How long a connection may wait for its next request."),
    .setting("write-timeout", "TIME", usual: "30s", "How long a client may take none of its answer."),
    .setting("shutdown-grace", "TIME", usual: "10s", "How long the end waits for requests under way."),
    .setting("queue-max", "N", usual: "4096", "Commands that may wait; one more is answered with 503."),
    .setting("batch-max", "N", usual: "256", "Commands that are committed together."),
    .setting("readers-max", "N", usual: "8", "Reads of the store at once."),
    .setting(
      "lanes", "N", usualText: "1 for SQLite, 2 for PostgreSQL", "Transactions of this service at once."),
    .setting("sweep-interval", "TIME", usual: "1s", "How often locks that ran out are tidied away."),
  ]
}

/// What `scrip serve` runs with.
struct ServeSettings: Sendable {
  let listen: ListenAddress
  let folder: DataFolder
  let adminKey: AccessSecret?
  let identityKey: String?
  /// The file of keys that seal secrets; nil for the one in the folder.
  let sealingKeys: String?  // String: a path
  /// Where Stripe is.
  let stripeAddress: String  // String: an address
  /// The first tenant's secret key of Stripe.
  let stripeKey: SecretText?
  let loadsSample: Bool
  let store: StoreSettings
  let readers: ReadersConfiguration
  let logLevel: Logger.Level
  let proxies: [AddressRange]
  let metricsNeedKey: Bool
  let http: HTTPServerConfiguration
  let committer: CommitterConfiguration
  let sweepInterval: Duration
  let mail: MailServing
  let relays: RelayServing
  let webhooks: WebhookServing
  let inbox: InboxServing?

  init(_ invocation: Invocation) throws(ToolError) {
    let address = try invocation.required("listen")
    guard let listen = ListenAddress(address) else {
      throw .usage("\(invocation.source(of: "listen")) must be like 127.0.0.1:8080, not '\(address)'.")
    }
    self.listen = listen
    folder = try DataFolder(invocation)
    adminKey = try ServeSettings.adminKey(invocation)
    identityKey = invocation["identity-key"]
    sealingKeys = invocation["sealing-keys"]
    stripeAddress = try ServeSettings.stripeAddress(invocation)
    stripeKey = try ServeSettings.stripeKey(invocation)
    loadsSample = try invocation.isOn("sample")
    let level = try invocation.required("log-level")
    guard let logLevel = Logger.Level(rawValue: level) else {
      throw .usage(
        "\(invocation.source(of: "log-level")) must be debug, info, warn or error, not '\(level)'.")
    }
    self.logLevel = logLevel
    proxies = try ServeSettings.proxies(invocation)
    metricsNeedKey = try invocation.isOn("metrics-need-key")
    let readersMax = try invocation.requiredInteger("readers-max", in: 1...1024)
    let lanes = try invocation.integer("lanes", in: 1...64) ?? (folder.store.isLocal ? 1 : 2)
    store = StoreSettings(
      migrates: try !invocation.isOn("no-migrate"), readersMax: readersMax, writersMax: lanes + 1,
      timeout: folder.timeout, clockTolerance: folder.clockTolerance)
    readers = ReadersConfiguration(loaders: max(1, readersMax / 4), queriers: max(1, readersMax * 3 / 4))
    http = try ServeSettings.http(invocation, listen)
    committer = CommitterConfiguration(
      queueMax: try invocation.requiredInteger("queue-max", in: 1...1_000_000),
      batchMax: try invocation.requiredInteger("batch-max", in: 1...10_000), lanes: lanes)
    sweepInterval = try invocation.duration("sweep-interval")
    mail = try MailServing(invocation)
    relays = try RelayServing(invocation)
    webhooks = try WebhookServing(invocation)
    inbox = try InboxServing(invocation)
  }

  private static func proxies(_ invocation: Invocation) throws(ToolError) -> [AddressRange] {
    try addressRanges("trusted-proxies", invocation)
  }

  /// The addresses and ranges of a setting, with commas between them.
  static func addressRanges(
    _ setting: String, _ invocation: Invocation
  ) throws(ToolError) -> [AddressRange] {
    var ranges: [AddressRange] = []
    for part in (invocation[setting] ?? "").split(separator: ",") {
      guard let range = AddressRange(part.filter { $0 != " " }) else {
        throw .usage("\(invocation.source(of: setting)) must be like 127.0.0.1,10.0.0.0/8, not '\(part)'.")
      }
      ranges.append(range)
    }
    return ranges
  }

  private static func adminKey(_ invocation: Invocation) throws(ToolError) -> AccessSecret? {
    guard let text = invocation["admin-key"] else { return nil }
    guard let secret = AccessSecret(chosen: text) else {
      throw .usage("\(invocation.source(of: "admin-key")) must have 24 to 200 visible ASCII characters.")
    }
    return secret
  }

  private static func stripeAddress(_ invocation: Invocation) throws(ToolError) -> String {
    let address = try invocation.required("stripe-url")
    do throws(PaymentFailure) { try StripeSettings.check(address: address) } catch {
      throw .usage("\(invocation.source(of: "stripe-url")) can't be '\(address)'. \(error.reason)")
    }
    return address
  }

  private static func stripeKey(_ invocation: Invocation) throws(ToolError) -> SecretText? {
    guard let file = invocation["stripe-key"] else { return nil }
    let key: String
    do throws(ToolError) { key = try PaymentVerbs.secret(in: file) } catch {
      throw .usage("\(invocation.source(of: "stripe-key")): \(error.message)")
    }
    if ProviderKeyKind.secret.accepts(key) { return SecretText(key) }
    throw .usage(
      "\(file), of \(invocation.source(of: "stripe-key")), must hold \(ProviderKeyKind.secret.words).")
  }

  private static func http(
    _ invocation: Invocation, _ listen: ListenAddress
  ) throws(ToolError) -> HTTPServerConfiguration {
    var http = HTTPServerConfiguration()
    http.address = listen.host
    http.port = listen.port
    if let loops = try invocation.integer("loops", in: 1...1024) { http.loops = loops }
    http.connectionsMax = try invocation.requiredInteger("connections-max", in: 1...1_000_000)
    http.headerBytesMax = try invocation.requiredInteger("header-bytes-max", in: 1024...1_048_576)
    http.bodyBytesMax = try invocation.requiredInteger("body-bytes-max", in: 1024...1_073_741_824)
    http.headerTimeout = try invocation.duration("header-timeout")
    http.bodyTimeout = try invocation.duration("body-timeout")
    http.idleTimeout = try invocation.duration("idle-timeout")
    http.writeTimeout = try invocation.duration("write-timeout")
    http.shutdownGrace = try invocation.duration("shutdown-grace")
    return http
  }
}
