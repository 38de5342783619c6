import Foundation
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

@Suite struct MailFlagTests {
  private let folder = TemporaryFolder()

  private func serving(_ line: String, _ environment: [String: String] = [:]) throws -> MailServing {
    let arguments = ["serve"] + line.split(separator: " ").map(String.init)
    guard case .run(let invocation) = try Parser(of: .scrip, environment: environment).parse(arguments) else {
      throw CocoaError(.featureUnsupported)
    }
    return try MailServing(invocation)
  }

  @Test(arguments: [
    ("smtp://mail.example", "mail.example", 587, "starttls"),
    ("smtps://mail.example/", "mail.example", 465, "tls"),
    ("smtp+insecure://127.0.0.1:2525", "127.0.0.1", 2525, "none"),
    ("smtp://[::1]:25", "[::1]", 25, "starttls"),
    ("smtps://[::1]", "[::1]", 465, "tls"),
  ])
  func `a mail server is named by a URL`(text: String, host: String, port: UInt16, security: String) throws {
    let place = try #require(SMTPPlace(text))
    #expect(place.host == host && place.port == port && place.security.rawValue == security)
  }

  @Test(arguments: [
    "mail.example", "http://mail.example", "smtp://", "smtp://user@mail.example", "smtp://mail.example:0",
    "smtp://mail.example:99999", "smtp://mail.example/path", "smtp://mail.example?x",
  ])
  func `what is no mail server is refused`(text: String) { #expect(SMTPPlace(text) == nil) }

  @Test func `mails go into a folder, to a server, or nowhere`() throws {
    #expect(try !serving("").isOpen)
    #expect(try serving("--mail-folder mails").isOpen)
    #expect(try serving("--mail-folder mails").office.address.address == "scrip@localhost")
    #expect(try serving("", ["SCRIP_MAIL_FOLDER": "mails"]).isOpen)
    let server = "--smtp smtps://mail.example --mail-from shop@own.example"
    #expect(try serving(server).office.address.address == "shop@own.example")
    let password = folder.file("password")
    try Data("pa ss\n".utf8).write(to: URL(fileURLWithPath: password))
    #expect(try serving("\(server) --smtp-user shop --smtp-password-file \(password)").isOpen)
    #expect(try serving("\(server) --smtp-user shop", ["SCRIP_SMTP_PASSWORD": "secret"]).isOpen)
  }

  static let refusals: [(line: String, environment: [String: String], message: String)] = [
    ("--mail-folder mails --smtp smtp://mail.example", [:], "exclude each other"),
    ("--smtp smtp://mail.example", [:], "needs --mail-from"),
    ("--smtp mail.example --mail-from a@b.example", [:], "must be like smtp://"),
    ("--smtp smtp://u:secret@mail.example --mail-from a@b.example", [:], "not 'smtp://…@mail.example'"),
    ("--smtp u:se@secret@mail.example --mail-from a@b.example", [:], "not '…@mail.example'"),
    ("--smtp smtp://u:secret/x@m.example --mail-from a@b.example", [:], "not 'smtp://…@m.example'"),
    ("--mail-from shop", [:], "must be like orders@shop.example"),
    ("--smtp smtp://m.example --mail-from a@b.example --smtp-user u", [:], "needs a user and a password"),
    (
      "--smtp smtp://m.example --mail-from a@b.example", ["SCRIP_SMTP_PASSWORD": "secret"],
      "needs a user and a password"
    ),
    (
      "--smtp smtp://m.example --mail-from a@b.example --smtp-user u --smtp-password secret", [:],
      "does not belong on a command line"
    ),
    (
      "--smtp smtp://m.example --mail-from a@b.example --smtp-user u --smtp-password-file /none", [:],
      "can't be read"
    ),
    (
      "--smtp smtp+insecure://m.example --mail-from a@b.example --smtp-user u",
      ["SCRIP_SMTP_PASSWORD": "secret"], "not sent in clear"
    ),
    ("--smtp smtp://m.example --mail-from a@b.example --smtp-ca /none", [:], "can't be read"),
    ("--smtp-user u", [:], "needs --smtp"), ("--mail-folder m --smtp-ca f", [:], "needs --smtp"),
  ]

  @Test(arguments: refusals.indices)
  func `what does not go together is refused with what to do, and without a secret`(index: Int) throws {
    let row = Self.refusals[index]
    let error = #expect(throws: ToolError.self) { _ = try serving(row.line, row.environment) }
    #expect(
      error?.exitCode == .usage && error?.message.contains(row.message) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("secret") == false)
  }
}
