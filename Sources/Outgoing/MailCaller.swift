import CCurl

/// Hands mails to a server by SMTP.
///
/// A call blocks its thread until it is over. Connections are kept and used again.
public final class MailCaller: Sendable {
  private let server: MailServer
  private let settings: OutgoingSettings
  private let pool: HandlePool

  /// Makes a caller.
  public init(_ server: MailServer, _ settings: OutgoingSettings = OutgoingSettings()) {
    self.server = server
    self.settings = settings
    pool = HandlePool(idleMax: settings.idleConnectionsMax)
  }

  /// Hands over one mail for one recipient, so that the server's last word is about all of it.
  ///
  /// - Parameters:
  ///   - text: the mail as it travels: lines that end in CRLF, bytes below 128.
  ///   - from: the address that bounces go to, in ASCII.
  ///   - to: the recipient's address, in ASCII.
  /// - Returns: what the server said: also that it does not take the mail.
  /// - Throws: why nobody knows what the server says; `mayHaveArrived` once it had all of the mail.
  public func deliver(_ text: [UInt8], from: String, to: String) throws(OutgoingFailure) -> MailReply {
    try pool.withHandle { handle throws(OutgoingFailure) in
      let recipients = try TextList(checked: [to])
      let traffic = Traffic(bytesMax: settings.answerBytesMax, upload: text)
      try handle.apply(settings, protocols: "smtp,smtps")
      try handle.describe(server)
      try handle.set(CURLOPT_MAIL_FROM, checkedLine(from))
      handle.set(CURLOPT_MAIL_RCPT, recipients)
      handle.set(CURLOPT_UPLOAD, 1)
      handle.setUploadSize(text.count)
      handle.attach(traffic)
      let (code, words) = withExtendedLifetime(recipients) { handle.perform() }
      let said = handle.number(CURLINFO_RESPONSE_CODE)
      if code == CURLE_OK || said >= 400 {
        return MailReply(
          code: said, lines: traffic.head.map { String(decoding: $0, as: UTF8.self).withoutLineEnd })
      }
      throw OutgoingFailure(code, words: words, hasSent: traffic.hasGivenAll, isOverfull: traffic.isOverfull)
    }
  }
}

extension Handle {
  fileprivate func describe(_ server: MailServer) throws(OutgoingFailure) {
    try set(CURLOPT_URL, server.url)
    if server.security == .startTLS { set(CURLOPT_USE_SSL, ccurl_use_ssl_always()) }
    if let user = server.user { try set(CURLOPT_USERNAME, user) }
    if let password = server.password { try set(CURLOPT_PASSWORD, password.revealed) }
  }
}

extension TextList {
  fileprivate init(checked lines: [String]) throws(OutgoingFailure) {
    for line in lines { _ = try checkedLine(line) }
    try self.init(lines)
  }
}

/// A line that is one: an address that holds another command would be sent as that.
private func checkedLine(_ text: String) throws(OutgoingFailure) -> String {
  guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
    throw .invalid("An address holds what none can hold.")
  }
  return text
}

extension String {
  fileprivate var withoutLineEnd: String { String(prefix { !$0.isNewline }) }
}
