/// What mails of one kind say in one language, with names where values go.
public struct MailTemplateText: Hashable, Sendable {
  /// What they are about, in one line.
  @Exact public var subject: String
  /// What they say.
  @Exact public var text: String
  /// The same in HTML; nil for mails in text alone.
  @Exact public var html: String?

  /// Makes a text.
  public init(subject: String, text: String, html: String? = nil) {
    self.subject = subject
    self.text = text
    self.html = html
  }
}

/// Which mails a template is for.
public struct MailTemplateName: Hashable, Comparable, Sendable {
  /// What customers are written about.
  public let mail: MailKind
  /// The language, spelt as BCP 47 likes it: `de-AT`, `zh-Hant-TW`.
  public let language: LanguageTag

  /// Names a template; the language is spelt as BCP 47 likes it.
  public init(_ mail: MailKind, _ language: LanguageTag) {
    self.mail = mail
    self.language = language.inUsualCase
  }

  /// By what customers are written about, then by language.
  public static func < (left: MailTemplateName, right: MailTemplateName) -> Bool {
    left.mail == right.mail
      ? left.language < right.language
      : ExactText<MailKind>(left.mail.rawValue) < ExactText(right.mail.rawValue)
  }
}

/// A template that a tenant has written, or that is there for everybody.
public struct StoredMailTemplate: Hashable, Sendable {
  /// Which mails it is for.
  public let name: MailTemplateName
  /// What they say.
  public var text: MailTemplateText
  /// Counts its edits from 1 on; 0 for one that is there for everybody.
  public var version: Int64
  /// When it was written; nil for one that is there for everybody.
  public var updatedAt: Instant?

  /// Makes a template.
  public init(name: MailTemplateName, text: MailTemplateText, version: Int64, updatedAt: Instant?) {
    self.name = name
    self.text = text
    self.version = version
    self.updatedAt = updatedAt
  }

  /// Whether it is there for everybody.
  public var isBuiltIn: Bool { version == 0 }
}

extension ExactText where Subject == Named.Language {
  /// The tag with its language in small letters, its script with a capital, its country in capitals, and all else small.
  public var inUsualCase: LanguageTag {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).enumerated().map { place, part in
      let small = part.lowercased()
      // What follows a single letter is of a private kind.
      return switch (place, part.utf8.count) {
      case (0, _): small
      case (_, 2): small.uppercased()
      case (_, 4): small.prefix(1).uppercased() + small.dropFirst()
      default: small
      }
    }
    return LanguageTag(parts.joined(separator: "-"))
  }

  /// The tag, then what it becomes when parts are taken from its end: `de-CH`, `de`. What is not there in the first is
  /// looked for in the next.
  public var fallbacks: [LanguageTag] {
    let parts = text.split(separator: "-")
    return (0..<parts.count).map { LanguageTag(parts.dropLast($0).joined(separator: "-")) }
  }
}
