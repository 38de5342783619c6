import Digest

/// A server that takes mails, by SMTP.
public struct MailServer: Sendable {
  /// How the connection is encrypted.
  public enum Security: String, Sendable, CaseIterable {
    /// It begins in clear and is encrypted before anything is said; a server that can't is given nothing. Port 587.
    case startTLS = "starttls"
    /// It is encrypted from the beginning. Port 465.
    case implicitTLS = "tls"
    /// Not at all: for a server on this computer.
    case none
  }

  /// Its name or address.
  public let host: String
  /// Where it listens.
  public let port: UInt16
  /// How the connection is encrypted.
  public let security: Security
  /// Who signs in; nil if nobody does.
  public let user: String?
  /// What is signed in with.
  public let password: SecretText?
  /// How this computer introduces itself.
  public let clientName: String

  /// Describes a server.
  ///
  /// - Throws: `invalid` for names that are no host names, and for a password that would go in clear to another computer.
  public init(
    host: String, port: UInt16, security: Security, user: String? = nil, password: SecretText? = nil,
    clientName: String = "localhost"
  ) throws(OutgoingFailure) {
    guard MailServer.isHost(host), MailServer.isHost(clientName) else {
      throw .invalid("That is no name of a host.")
    }
    guard security != .none || password == nil || ["localhost", "127.0.0.1", "[::1]"].contains(host) else {
      throw .invalid("A password is not sent in clear.")
    }
    self.host = host
    self.port = port
    self.security = security
    self.user = user
    self.password = password
    self.clientName = clientName
  }

  /// Names and addresses, with brackets around those of IPv6: nothing that would end the host within an address.
  private static func isHost(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "["),
          UInt8(ascii: "]"), UInt8(ascii: ":"):
          true
        default: false
        }
      }
  }

  var url: String {
    "\(security == .implicitTLS ? "smtps" : "smtp")://\(host):\(port)/\(clientName)"
  }
}

/// What a mail server said last.
public struct MailReply: Sendable, Equatable {
  /// What it is a reply to.
  public enum Step: String, Sendable, CaseIterable {
    /// The connection, the greetings, encryption, and who signs in: nothing of the mail is known yet.
    case opening
    /// Who sends a mail.
    case sender
    /// Whom it is for.
    case recipient
    /// The mail.
    case mail
  }

  /// What it is a reply to.
  public let step: Step
  /// Its code: 250 if it took the mail, 400 and more if it did not.
  public let code: Int
  /// The finer code that many servers add, such as `5.1.1`.
  public let enhancedCode: String?
  /// Its words, which may name the recipient.
  public let text: String

  /// Reads the lines of a reply.
  init(code: Int, to step: Step, lines: [String]) {
    self.code = code
    self.step = step
    let texts = lines.filter { $0.hasPrefix("\(code)") }.map { String($0.dropFirst(4)) }
    text = texts.joined(separator: "\n")
    let word = texts.first?.prefix { $0 != " " } ?? ""
    let parts = word.split(separator: ".", omittingEmptySubsequences: false)
    let isCode =
      parts.count == 3 && parts.allSatisfy { (1...3).contains($0.count) && $0.allSatisfy(\.isWholeNumber) }
    enhancedCode = isCode ? String(word) : nil
  }
}
