import Forms
import Ledger
import Scrip

/// A tenant has no words of its own any more for mails of one kind in one language.
public struct MailTemplateRemoved: PromotionFact {
  /// `MailTemplateRemoved`
  public static let formName = "MailTemplateRemoved"

  /// Which template.
  public var template: MailTemplateName

  /// Makes the fact.
  public init(_ template: MailTemplateName) { self.template = template }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    MailTemplateName.walk(&walk, fact?.template).map { Self($0) }
  }

  /// The template.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[MailTemplateRow.self].insert(Owned(tenant, template))
  }

  /// Takes it away.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.shelf[MailTemplateRow.self].change(Owned(place.tenant, template)) { $0.isRemoved = true }
  }
}
