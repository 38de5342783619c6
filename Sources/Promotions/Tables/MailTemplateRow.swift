import Ledger
import Scrip

/// What a tenant's mails of one kind say in one language.
public struct MailTemplateRow: Hashable, Sendable {
  /// What they say.
  public var text: MailTemplateText
  /// Counts its edits from 1 on.
  public var version: Int64
  /// When it was last written.
  public var updatedAt: Instant
  /// Whether it was taken away: its row is then deleted.
  public var isRemoved = false

  /// Makes a row.
  public init(text: MailTemplateText, version: Int64, updatedAt: Instant) {
    self.text = text
    self.version = version
    self.updatedAt = updatedAt
  }

  /// The template; nil once it was taken away.
  public func template(_ name: MailTemplateName) -> StoredMailTemplate? {
    isRemoved ? nil : StoredMailTemplate(name: name, text: text, version: version, updatedAt: updatedAt)
  }
}

extension MailTemplateRow: StoredRow {
  /// `mail_template`
  public static let shape = TableShape(Self.self, "mail_template", noun: "mail template")

  /// What customers are written about, and the language.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<MailTemplateName>?
  ) throws(StoreFailure) -> Owned<MailTemplateName> {
    Owned(
      try walk.tenant(key?.tenant),
      MailTemplateName(
        try walk.column("kind", .key, key?.value.mail), try walk.column("language", .key, key?.value.language)
      ))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<MailTemplateName>
  ) throws(StoreFailure) -> Self {
    let version = try walk.count("version", .plain, row?.version)
    let text = MailTemplateText(
      subject: try walk.column("subject", .plain, row?.text.subject),
      text: try walk.column("body", .plain, row?.text.text),
      html: try walk.optional("html", .plain, row?.text.html))
    return Self(
      text: text, version: version, updatedAt: try walk.column("updated_at", .plain, row?.updatedAt))
  }

  /// Taken away.
  public var isVoid: Bool { isRemoved }

  /// What people call it.
  public static func label(of key: Owned<MailTemplateName>) -> String {
    "\(key.value.mail.rawValue) \(key.value.language)"
  }

  /// Only mails of its kind need it.
  public static var isDispensable: Bool { true }
}

extension MailKind: NamedChoice {}
