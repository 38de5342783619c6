import struct Scrip.Exact
import struct Scrip.Instant

/// A name that no other mail has, and that a mail keeps however often it is sent, so that a mailbox shows it once:
/// `order_1.confirmation@shop.example`.
public struct MailID: Sendable, Hashable, CustomStringConvertible {
  /// What stands before the `@`: letters, digits, full stops, hyphens and underscores.
  @Exact public private(set) var name: String
  @Exact private var domain: String

  /// Nil for a name of other characters or of more than 200 bytes. The domain is that of the sender.
  public init?(_ name: String, from sender: MailAddress) {
    let isPlain = name.utf8.allSatisfy { $0.isLetterOrDigit || "._-".utf8.contains($0) }
    let words = name.split(separator: ".", omittingEmptySubsequences: false)
    guard isPlain, name.utf8.count <= 200, words.allSatisfy({ !$0.isEmpty }),
      let at = sender.address.lastIndex(of: "@")
    else { return nil }
    self.name = name
    domain = String(sender.address[sender.address.index(after: at)...])
  }

  /// The name with the domain.
  public var description: String { "\(name)@\(domain)" }
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
