import Outgoing

/// Sends mails by SMTP.
public struct SMTPSender: MailSender {
  private let caller: MailCaller

  /// Sends through a server.
  public init(
    _ server: MailServer, _ settings: OutgoingSettings = OutgoingSettings(), patience: MailPatience = .usual
  ) {
    caller = MailCaller(server, settings, patience: patience)
  }

  /// Hands a mail to the server.
  public func send(_ message: MailMessage) -> MailOutcome {
    do {
      return MailOutcome(
        try caller.deliver(message.wireForm, from: message.from.address, to: message.to.address))
    } catch { return MailOutcome(error) }
  }
}

extension MailOutcome {
  /// What a server's last word means (RFC 5321, 4.2.1). It is repeated without its text, which may name the recipient.
  init(_ reply: MailReply) {
    let codes = "\(reply.code)" + (reply.enhancedCode.map { " \($0)" } ?? "")
    let reason = "The mail server said \(codes)."
    switch reply.code {
    case ..<400: self = .accepted
    case 400..<500: self = .temporary(reason: reason)
    // About who signs in, not about the mail: it can go when the settings are right.
    case 530, 534, 535, 538: self = .misconfigured(reason: reason)
    default:
      switch reply.step {
      // So is whatever was said before the server knew whom the mail is for: it says so to every mail.
      case .opening: self = .misconfigured(reason: "The mail server said \(codes) before any mail.")
      case .sender: self = .misconfigured(reason: "The mail server said \(codes) to the sender.")
      case .recipient, .mail: self = .permanent(reason: reason, reply: codes)
      }
    }
  }

  /// What it means that there was no last word.
  init(_ failure: OutgoingFailure) {
    switch failure.cause {
    case .invalid: self = .permanent(reason: failure.reason, reply: nil)
    case .refusedTLS, .addressRefused: self = .misconfigured(reason: failure.reason)
    case .unreachable, .timedOut, .cut, .tooLarge, .unreadable: self = .temporary(reason: failure.reason)
    }
  }
}
