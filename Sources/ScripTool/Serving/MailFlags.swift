import CheckoutWork
import CommandLineClient
import Digest
import Foundation
import Mail
import Outgoing

extension Flag {
  /// How mails go out.
  static let mail: [Flag] = [
    .setting("mail-folder", "FOLDER", "Put mails into a folder, as .eml files, instead of sending them."),
    .setting(
      "smtp", "URL",
      "The mail server: smtp://HOST[:587] begins in clear and has to encrypt, smtps://HOST[:465] is encrypted from the beginning, smtp+insecure://HOST[:25] never is."
    ),
    .setting("smtp-user", "USER", "Who signs in there."),
    .setting(
      "smtp-password-file", "FILE", "A file with the password, of which the last line end is no part."),
    .setting(
      "smtp-password", "PASSWORD",
      "The password itself: as the variable alone, since everybody sees command lines."),
    .setting("smtp-ca", "FILE", usualText: "the system's", "Certificates (PEM) that vouch for the server."),
    .setting(
      "mail-from", "ADDRESS", usualText: "scrip@localhost with --mail-folder",
      "The address that mails come from where a tenant has none of its own."),
  ]
}

/// How `scrip serve` has mails sent.
struct MailServing: Sendable {
  /// Who sends them.
  let office: MailOffice
  /// Whether anybody does.
  let isOpen: Bool

  init(_ invocation: Invocation) throws(ToolError) {
    let address = try MailServing.address(invocation)
    let sender: (any MailSender)?
    var tester: (any MailSender)?
    switch (invocation["mail-folder"], invocation["smtp"]) {
    case (.some, .some):
      throw .usage(
        "\(invocation.source(of: "mail-folder")) and \(invocation.source(of: "smtp")) exclude each other: mails go into a folder, or to a server."
      )
    case (let folder?, nil): sender = MailFolder(path: folder)
    case (nil, let url?):
      guard address != nil else {
        throw .usage(
          "\(invocation.source(of: "smtp")) needs --mail-from (or SCRIP_MAIL_FROM): the address that mails come from."
        )
      }
      (sender, tester) = try MailServing.server(url, from: address, invocation)
    case (nil, nil): sender = nil
    }
    if invocation["smtp"] == nil {
      for name in ["smtp-user", "smtp-password-file", "smtp-password", "smtp-ca"] where invocation.isSet(name)
      {
        throw .usage("\(invocation.source(of: name)) needs --smtp (or SCRIP_SMTP).")
      }
    }
    isOpen = sender != nil
    office = MailOffice(sender, testing: tester, address: address ?? MailOffice.closed.address)
  }

  private static func address(_ invocation: Invocation) throws(ToolError) -> MailAddress? {
    guard let text = invocation["mail-from"] else { return nil }
    if let address = MailAddress(text) { return address }
    throw .usage("\(invocation.source(of: "mail-from")) must be like orders@shop.example, not '\(text)'.")
  }

  private static func server(
    _ text: String, from address: MailAddress?, _ invocation: Invocation
  ) throws(ToolError) -> (sender: SMTPSender, tester: SMTPSender) {
    let source = invocation.source(of: "smtp")
    guard let place = SMTPPlace(text) else {
      throw .usage(
        "\(source) must be like smtp://mail.example:587 or smtps://mail.example, not '\(MailServing.withoutUser(text))'. Who signs in is said by --smtp-user and --smtp-password-file."
      )
    }
    let user = invocation["smtp-user"]
    let password = try password(invocation)
    if (user == nil) != (password == nil) {
      throw .usage(
        "Whoever signs in at the mail server needs a user and a password: --smtp-user, and --smtp-password-file or SCRIP_SMTP_PASSWORD."
      )
    }
    var settings = OutgoingSettings()
    settings.trustedCertificates = invocation["smtp-ca"]
    if let file = settings.trustedCertificates, !FileManager.default.isReadableFile(atPath: file) {
      throw .usage("\(invocation.source(of: "smtp-ca")): '\(file)' can't be read.")
    }
    let domain = address?.address.split(separator: "@").last.map(String.init) ?? "localhost"
    do throws(OutgoingFailure) {
      let server = try MailServer(
        host: place.host, port: place.port, security: place.security, user: user, password: password,
        clientName: domain)
      return (SMTPSender(server, settings), SMTPSender(server, settings, patience: .brief))
    } catch {
      throw .usage("\(source): \(error.reason)")
    }
  }

  /// What was typed, without what looks like a password: everything between the scheme and the last `@`.
  static func withoutUser(_ text: String) -> String {
    guard let at = text.lastIndex(of: "@") else { return text }
    let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
    return "\(scheme)…\(text[at...])"
  }

  private static func password(_ invocation: Invocation) throws(ToolError) -> SecretText? {
    if invocation.isGiven("smtp-password") {
      throw .usage(
        "A password does not belong on a command line, which everybody sees: set SCRIP_SMTP_PASSWORD, or name a file with --smtp-password-file."
      )
    }
    guard let file = invocation["smtp-password-file"] else {
      return invocation["smtp-password"].map { SecretText($0) }
    }
    if invocation.isSet("smtp-password") {
      throw .usage(
        "SCRIP_SMTP_PASSWORD and \(invocation.source(of: "smtp-password-file")) exclude each other.")
    }
    return try SecretText(lineOf: file, "the mail password")
  }
}

/// Where a mail server is, and how the connection is encrypted.
struct SMTPPlace: Equatable {
  let host: String
  let port: UInt16
  let security: MailServer.Security

  /// Reads `smtp://mail.example:587`; nil for anything else, also for an address that has a user or a path.
  init?(_ text: String) {
    let schemes: [(String, MailServer.Security, UInt16)] = [
      ("smtp://", .startTLS, 587), ("smtps://", .implicitTLS, 465), ("smtp+insecure://", .none, 25),
    ]
    guard let (scheme, security, usual) = schemes.first(where: { text.hasPrefix($0.0) }) else { return nil }
    var rest = text.dropFirst(scheme.count)
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    var port = usual
    if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
      guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else { return nil }
      port = number
      rest = rest[..<colon]
    }
    guard !rest.isEmpty, !rest.contains(where: { "/@?#".contains($0) }) else { return nil }
    host = String(rest)
    self.port = port
    self.security = security
  }
}
