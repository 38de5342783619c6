import CCurl

/// Hands mails to a server by SMTP.
///
/// A call blocks its thread until it is over. Each mail has a connection of its own: on one that was used before, a reply
/// that came late would be taken for the reply to another mail.
public final class MailCaller: Sendable {
  private let server: MailServer
  private let settings: OutgoingSettings
  private let patience: MailPatience
  private let pool: HandlePool

  /// Makes a caller.
  ///
  /// - Parameters:
  ///   - settings: how calls are made; their limits of time are not these, but those of `patience`.
  ///   - patience: how long the server may take.
  public init(
    _ server: MailServer, _ settings: OutgoingSettings = OutgoingSettings(), patience: MailPatience = .usual
  ) {
    self.server = server
    self.settings = settings
    self.patience = patience
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
      let dialogue = MailDialogue(handle, traffic, patience)
      try handle.apply(settings, protocols: "smtp,smtps")
      handle.apply(patience)
      try handle.describe(server)
      try handle.set(CURLOPT_MAIL_FROM, checkedLine(from))
      handle.set(CURLOPT_MAIL_RCPT, recipients)
      handle.set(CURLOPT_UPLOAD, 1)
      handle.setUploadSize(text.count)
      handle.attach(traffic)
      handle.attach(dialogue)
      let (code, words) = withExtendedLifetime(recipients) { handle.perform() }
      if let reply = dialogue.reply, reply.code >= 400 || reply.isTaken || code == CURLE_OK { return reply }
      throw dialogue.failure(code, words)
    }
  }
}

extension MailReply {
  /// Whether the server has the mail.
  fileprivate var isTaken: Bool { step == .mail && (200..<300).contains(code) }
}

extension MailDialogue {
  fileprivate func failure(_ code: CURLcode, _ words: String) -> OutgoingFailure {
    switch overdue {
    case nil:
      OutgoingFailure(code, words: words, hasSent: hasGivenAll, isOverfull: isOverfull)
    case let step?:
      OutgoingFailure(
        .timedOut, mayHaveArrived: hasGivenAll, reason: "The mail server took too long (\(step)).")
    }
  }
}

extension Handle {
  /// libcurl's own limits, which know fewer steps, lie behind those of the dialogue.
  fileprivate func apply(_ patience: MailPatience) {
    let most = patience.total.wholeMilliseconds
    set(CURLOPT_TIMEOUT_MS, most)
    set(CURLOPT_CONNECTTIMEOUT_MS, most)
    set(CURLOPT_SERVER_RESPONSE_TIMEOUT, most / 1000 + 1)
    set(CURLOPT_FRESH_CONNECT, 1)
    set(CURLOPT_FORBID_REUSE, 1)
  }

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
