import Digest
import Outgoing
import Testing

@Suite struct MailServerTests {
  @Test(arguments: [
    "", "mail.example/other", "mail.example:25@evil.example", "mail example", "mail.example\r\n",
    "mäil.example",
  ])
  func `what is no host is refused`(host: String) {
    #expect(throws: OutgoingFailure.self) { try MailServer(host: host, port: 25, security: .startTLS) }
    #expect(throws: OutgoingFailure.self) {
      try MailServer(host: "mail.example", port: 25, security: .startTLS, clientName: host)
    }
  }

  @Test func `a password goes in clear to this computer alone, and is not printed`() throws {
    #expect(throws: OutgoingFailure.self) {
      try MailServer(
        host: "mail.example", port: 25, security: .none, user: "shop", password: SecretText("tell_nobody"))
    }
    let server = try MailServer(
      host: "127.0.0.1", port: 25, security: .none, user: "shop", password: SecretText("tell_nobody"))
    #expect(!"\(server)".contains("tell_nobody"))
  }
}
