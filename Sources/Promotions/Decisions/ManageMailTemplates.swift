import Forms
import Ledger
import Scrip

extension Topic {
  /// What mails say.
  static let mails = Topic(
    facts: [MailTemplateChanged.self, MailTemplateRemoved.self], tables: [MailTemplateRow.self],
    entities: [StoredMailTemplate.self])
}

extension StoredMailTemplate: Entity {
  /// `mail_template`
  public static let topic = "mail_template"

  /// Where it is found.
  public var path: String { "/v1/mail-templates/\(name.mail.rawValue)/\(name.language)" }
}

/// Gives a tenant's mails of one kind words in one language. Whoever asks for it has looked at them.
public struct SetMailTemplate: PromotionAction {
  /// Which template.
  public let name: MailTemplateName
  /// What mails say.
  public let text: MailTemplateText
  /// The version that the caller has seen, 0 for none; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(_ name: MailTemplateName, _ text: MailTemplateText, expectedVersion: Int64? = nil) {
    self.name = name
    self.text = text
    self.expectedVersion = expectedVersion
  }

  /// Asks for the template.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[MailTemplateRow.self].insert(Owned(tenant, name))
  }

  /// Writes it; one that says the same makes no event.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let old = try set.mailTemplate(name, of: context.tenant)
    try Refusal.check(version: expectedVersion, of: old)
    let (key, isSame) = (Owned(context.tenant, name), old?.text == text)
    return Decision(
      isSame ? [] : [(.tenant, MailTemplateChanged(name, version: (old?.version ?? 0) + 1, text))],
      reply: .entity(isNew: old == nil) { [name] in $0.shelf[MailTemplateRow.self][key]?.template(name) })
  }
}

/// Takes away a tenant's own words for mails of one kind in one language.
public struct RemoveMailTemplate: PromotionAction {
  /// Which template.
  public let name: MailTemplateName
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(_ name: MailTemplateName, expectedVersion: Int64? = nil) {
    self.name = name
    self.expectedVersion = expectedVersion
  }

  /// Asks for the template.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[MailTemplateRow.self].insert(Owned(tenant, name))
  }

  /// Takes it away, and answers what it was.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    guard let old = try set.mailTemplate(name, of: context.tenant) else {
      throw Refusal(
        .mailTemplateNotFound,
        "The tenant has no words of its own for \(name.mail.rawValue) in \(name.language).")
    }
    try Refusal.check(version: expectedVersion, of: old)
    return Decision([(.tenant, MailTemplateRemoved(name))], reply: .entity(isNew: false) { _ in old })
  }
}

extension WorkingSet {
  /// A tenant's own template; nil if it has none.
  fileprivate func mailTemplate(
    _ name: MailTemplateName, of tenant: Tenant.ID
  ) throws(Refusal) -> StoredMailTemplate? {
    let rows = shelf[MailTemplateRow.self]
    if let failure = rows.unreadable[Owned(tenant, name)] { throw .unreadable(failure) }
    return rows[Owned(tenant, name)]?.template(name)
  }
}

extension Refusal {
  /// Refuses an edit of what was edited meanwhile.
  fileprivate static func check(version: Int64?, of template: StoredMailTemplate?) throws(Refusal) {
    let actual = template?.version ?? 0
    guard let version, version != actual else { return }
    throw Refusal(.versionConflict, "The template is at version \(actual), not at \(version).")
  }
}
