import struct Scrip.Exact
import struct Scrip.Instant

/// A name that no other mail has, and that a mail keeps however often it is sent, so that a mailbox shows it once:
/// `order_1.confirmation@scrip.invalid`.
public struct MailID: Sendable, Hashable, CustomStringConvertible {
  /// A domain that is nobody's (RFC 2606). That of the sender could be set to another one between two tries, and the name of
  /// this computer is another one on each node.
  private static let domain = "scrip.invalid"

  /// What stands before the `@`: letters, digits, full stops, hyphens and underscores.
  @Exact public private(set) var name: String

  /// Nil for a name of other characters or of more than 200 bytes. It has to be the only one in the world by itself.
  public init?(_ name: String) {
    let isPlain = name.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard isPlain, name.utf8.count <= 200, words.allSatisfy({ !$0.isEmpty }) else { return nil }
    self.name = name
  }

  /// The name with the domain.
  public var description: String { "\(name)@\(MailID.domain)" }
}

/// A mail to one recipient.
public struct MailMessage: Sendable, Hashable {
  /// What it is called.
  public var id: MailID
  /// Whom it is from; bounces go there as well.
  public var from: MailAddress
  /// Where answers go; nil for the sender.
  public var replyTo: MailAddress?
  /// Whom it is for.
  public var to: MailAddress
  /// What it is about.
  @Exact public var subject: String
  /// What it says.
  @Exact public var text: String
  /// The same in HTML; nil for a mail in text alone.
  @Exact public var html: String?
  /// When it was written: that of the fact it tells of, and so the same each time it is sent.
  public var date: Instant
  /// What language it is in.
  public var language: LanguageTag?

  /// Writes a mail.
  public init(
    id: MailID, from: MailAddress, replyTo: MailAddress? = nil, to: MailAddress, subject: String,
    text: String,
    html: String? = nil, date: Instant, language: LanguageTag? = nil
  ) {
    self.id = id
    self.from = from
    self.replyTo = replyTo
    self.to = to
    self.subject = subject
    self.text = text
    self.html = html
    self.date = date
    self.language = language
  }
}
