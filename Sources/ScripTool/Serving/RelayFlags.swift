import CommandLineClient
import Digest
import Foundation
import Ledger
import Messaging
import Promotions

extension Flag {
  /// Where events go from here.
  static let relays: [Flag] = [
    .setting(
      "relay-file", "FILE",
      "Carry every event into a file, one CloudEvent a line; - is standard output. docs/events.md"),
    .setting(
      "nats", "URLS",
      "Carry every event to NATS JetStream: nats://HOST[:4222] or tls://HOST, several with commas between."),
    .setting(
      "nats-stream", "NAME", usual: "SCRIP",
      "The JetStream stream, which no one else writes to; made if missing."),
    .setting(
      "nats-subject", "PREFIX", usual: "scrip",
      "What subjects begin with: scrip.tenant_1.coupon.CouponRedeemed."),
    .setting("nats-credentials", "FILE", "A file with the credentials (JWT and seed) of a NATS user."),
    .setting("nats-user", "USER", "Who signs in there."),
    .setting(
      "nats-password-file", "FILE", "A file with the password, of which the last line end is no part."),
    .setting(
      "nats-ca", "FILE", usualText: "the system's", "Certificates (PEM) that vouch for the NATS server."),
    .setting("nats-cert", "FILE", "A certificate (PEM) of this service's own, for servers that ask for one."),
    .setting("nats-key", "FILE", "The key of that certificate."),
  ]
}

/// Where `scrip serve` carries events.
struct RelayServing: Sendable {
  /// Who carries them.
  let carriers: [any EventCarrier]
  /// Whether standard output is for events alone.
  let takesStandardOutput: Bool

  init(_ invocation: Invocation) throws(ToolError) {
    var carriers: [any EventCarrier] = []
    let file = invocation["relay-file"]
    if let file {
      if file.isEmpty { throw .usage("\(invocation.source(of: "relay-file")) must name a file.") }
      if file != "-" { try RelayServing.checkFile(file, invocation.source(of: "relay-file")) }
      carriers.append(LineCarrier(file == "-" ? .standardOutput : .file(file)))
    }
    takesStandardOutput = file == "-"
    if let settings = try RelayServing.broker(invocation) { carriers.append(NATSCarrier(settings)) }
    self.carriers = carriers
  }

  private static let dependents = [
    "nats-credentials", "nats-user", "nats-password-file", "nats-ca", "nats-cert", "nats-key",
  ]

  static func broker(_ invocation: Invocation) throws(ToolError) -> NATSSettings? {
    guard let text = invocation["nats"] else {
      for name in dependents where invocation.isSet(name) {
        throw .usage("\(invocation.source(of: name)) needs --nats (or SCRIP_NATS).")
      }
      return nil
    }
    var settings = NATSSettings(servers: try servers(text, invocation.source(of: "nats")))
    settings.stream = try name("nats-stream", without: ".*> \t/\\", invocation)
    settings.subject = try name("nats-subject", without: "*> \t", invocation)
    settings.credentials = try credentials(invocation)
    settings.trustedCertificates = try readable("nats-ca", invocation)
    settings.user = try user(invocation)
    if settings.user != nil, settings.credentials != nil {
      throw .usage(
        "\(invocation.source(of: "nats-credentials")) and \(invocation.source(of: "nats-user")) exclude each other."
      )
    }
    switch (try readable("nats-cert", invocation), try readable("nats-key", invocation)) {
    case (let certificate?, let key?): settings.ownCertificate = (certificate, key)
    case (nil, nil): break
    default: throw .usage("A certificate for NATS needs its key: --nats-cert and --nats-key.")
    }
    return settings
  }

  /// Refuses what no lines can be kept in.
  private static func checkFile(_ path: String, _ source: String) throws(ToolError) {
    // One that is not there is made.
    let attributes = try? FileManager.default.attributesOfItem(
      atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
    let kind = attributes?[.type] as? FileAttributeType
    if path.hasSuffix("/") || kind == .typeDirectory {
      throw .usage("\(source): '\(path)' is a folder; it must name a file.")
    }
    if let kind, kind != .typeRegular {
      throw .usage(
        "\(source): '\(path)' is no file, but a pipe, a socket or a device, of which nobody can tell what has arrived. Use - for standard output."
      )
    }
  }

  private static func servers(_ text: String, _ source: String) throws(ToolError) -> [String] {
    let servers = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.filter { $0 != " " }
    }
    for server in servers {
      let rest = ["nats://", "tls://"].first { server.hasPrefix($0) }.map { server.dropFirst($0.count) }
      guard let rest, isPlace(rest) else {
        let shown = server.contains("@") ? "one with a user" : "'\(server)'"
        throw .usage(
          "\(source) must be like nats://broker.example:4222 or tls://broker.example, not \(shown). Who signs in is said by --nats-user and --nats-password-file, or by --nats-credentials."
        )
      }
    }
    return servers
  }

  /// Whether a text is `host`, `host:port` or `[address]:port`.
  private static func isPlace(_ text: Substring) -> Bool {
    guard text.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !text.contains(where: { "@/?#".contains($0) }) else {
      return false
    }
    var rest = text
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]"), end > text.index(after: text.startIndex) else { return false }
      rest = text[text.index(after: end)...]
      return rest.isEmpty || rest.first == ":" && isPort(rest.dropFirst())
    }
    let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
    guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return false }
    return parts.count == 1 || isPort(parts[1])
  }

  private static func isPort(_ text: Substring) -> Bool {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      && (1...65_535).contains(Int(text) ?? 0)
  }

  /// A file with a JWT and a seed, each between lines that begin and end it.
  private static func credentials(_ invocation: Invocation) throws(ToolError) -> String? {
    guard let file = try readable("nats-credentials", invocation) else { return nil }
    let text: String
    do { text = try String(contentsOfFile: file, encoding: .utf8) } catch {
      throw .usage("The file \(file) with the NATS credentials can't be read: \(reason(of: error)).")
    }
    for part in ["NATS USER JWT", "USER NKEY SEED"] where !text.contains("BEGIN \(part)") {
      throw .usage(
        "\(invocation.source(of: "nats-credentials")): '\(file)' has no '-----BEGIN \(part)-----': it must hold a user's JWT and seed, as 'nsc generate creds' writes them."
      )
    }
    return file
  }

  private static func name(
    _ flag: String, without forbidden: String, _ invocation: Invocation
  ) throws(ToolError) -> String {
    let name = try invocation.required(flag)
    let isDotted = name.hasPrefix(".") || name.hasSuffix(".") || name.contains("..")
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 32 && $0 < 127 }), !isDotted,
      !name.contains(where: { forbidden.contains($0) })
    else { throw .usage("\(invocation.source(of: flag)): NATS takes no such name as '\(name)'.") }
    return name
  }

  private static func readable(_ flag: String, _ invocation: Invocation) throws(ToolError) -> String? {
    guard let file = invocation[flag] else { return nil }
    if FileManager.default.isReadableFile(atPath: file) { return file }
    throw .usage("\(invocation.source(of: flag)): '\(file)' can't be read.")
  }

  private static func user(_ invocation: Invocation) throws(ToolError) -> (String, SecretText)? {
    switch (invocation["nats-user"], invocation["nats-password-file"]) {
    case (nil, nil): return nil
    case (let user?, let file?): return (user, try SecretText(lineOf: file, "the NATS password"))
    default:
      throw .usage(
        "Whoever signs in at NATS needs a user and a password: --nats-user and --nats-password-file.")
    }
  }
}

extension SecretText {
  /// Reads a secret from a file; its last line end is no part of it.
  init(lineOf file: String, _ what: String) throws(ToolError) {
    let text: String
    do { text = try String(contentsOfFile: file, encoding: .utf8) } catch {
      throw .usage("The file \(file) with \(what) can't be read: \(reason(of: error)).")
    }
    let secret = text.last?.isNewline == true ? String(text.dropLast()) : text
    if secret.isEmpty { throw .usage("The file \(file) with \(what) is empty.") }
    self.init(secret)
  }
}
