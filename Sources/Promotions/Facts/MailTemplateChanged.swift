import Forms
import Ledger
import Scrip

/// A tenant's mails of one kind say something else in one language from now on.
public struct MailTemplateChanged: PromotionFact {
  /// `MailTemplateChanged`
  public static let formName = "MailTemplateChanged"

  /// Which template.
  public var template: MailTemplateName
  /// The number of its edit: with the first it came into being.
  public var version: Int64
  /// What mails say.
  public var text: MailTemplateText

  /// Makes the fact.
  public init(_ template: MailTemplateName, version: Int64, _ text: MailTemplateText) {
    self.template = template
    self.version = version
    self.text = text
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let template = MailTemplateName.walk(&walk, fact?.template)
    let version = walk.required("version", fact?.version, .integer(1, to: .max))
    let text = walk.required("text", fact?.text, .object())
    guard let template, let version, let text else { return nil }
    return Self(template, version: version, text)
  }

  /// With its text.
  public var lengthHint: Int { 256 + text.text.utf8.count + (text.html?.utf8.count ?? 0) }

  /// The template.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[MailTemplateRow.self].insert(Owned(tenant, template))
  }

  /// Writes it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = Owned(place.tenant, template)
    let row = MailTemplateRow(text: text, version: version, updatedAt: place.at)
    if set.shelf[MailTemplateRow.self][key] == nil {
      set.shelf[MailTemplateRow.self].insert(row, for: key)
    } else {
      set.shelf[MailTemplateRow.self].change(key) { $0 = row }
    }
  }
}
