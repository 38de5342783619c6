/// What became of a mail.
public enum MailOutcome: Sendable, Equatable {
  /// Somebody has taken it and answers for it now.
  case accepted
  /// Nobody has taken it for a reason that may pass, or nobody knows: it is to be sent again, with the same name.
  case temporary(reason: String)
  /// Nobody has taken it because of how the mail service is set up: it can go once that is mended.
  case misconfigured(reason: String)
  /// It will not be taken however often it is sent. With the codes that the server replied with, such as `550 5.1.1`; nil
  /// for a mail that can't be offered to any.
  case permanent(reason: String, reply: String?)
}

/// Who takes mails: the port that a mail service is reached by.
///
/// A mail is sent at least once: where an answer was lost it comes twice, under the same name. Calls block their thread and
/// belong outside of transactions. Reasons are for operators and name no recipient.
public protocol MailSender: Sendable {
  /// Hands a mail over.
  func send(_ message: MailMessage) -> MailOutcome
}
