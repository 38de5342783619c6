import Ledger
import Mail
import Promotions
import Scrip

/// The words that a mail is written in, and the language in which its amounts are.
public struct ChosenMailTemplate: Sendable {
  /// The template.
  public let template: StoredMailTemplate
  /// The customer's language if the template's is a wider one, as `de` is for `de-AT`; otherwise the template's.
  public let amounts: Scrip.LanguageTag
}

/// Finds and reads templates.
public enum MailTemplates {
  /// The languages in which a customer may be written to, the best first: the customer's, then the tenant's, then
  /// English; each with what it becomes when parts are taken from its end.
  public static func languages(
    for locale: Scrip.LanguageTag?, _ settings: MailSettings
  ) -> [Scrip.LanguageTag] {
    let wanted = [locale, settings.language, BuiltInMailTemplates.lastLanguage].compactMap { $0?.inUsualCase }
    var seen: Set<Scrip.LanguageTag> = []
    return wanted.flatMap(\.fallbacks).filter { seen.insert($0).inserted }
  }

  /// Chooses what a customer is written: the first language in which the tenant has words of its own, or there are some for
  /// everybody.
  public static func choose(
    _ mail: MailKind, for locale: Scrip.LanguageTag?, of tenant: Tenant, in engine: Engine
  ) async throws(StoreFailure) -> ChosenMailTemplate {
    let names = languages(for: locale, tenant.settings.mail).map { MailTemplateName(mail, $0) }
    let own = try await engine.mailTemplates(names, tenant: tenant.id)
    guard
      let template = names.lazy.compactMap({ own[$0] ?? BuiltInMailTemplates.named($0) }).first
    else { preconditionFailure("there is something in English for every kind of mail") }
    let language = template.name.language
    let isWider = locale?.inUsualCase.fallbacks.contains(language) == true
    return ChosenMailTemplate(template: template, amounts: isWider ? locale ?? language : language)
  }

  /// Looks at a template before it is kept.
  ///
  /// - Throws: all that is wrong with it.
  /// - Returns: the mail that the example makes.
  @discardableResult
  public static func check(
    _ text: MailTemplateText, in language: Scrip.LanguageTag, shop: String
  ) throws(TemplateMistakes) -> RenderedMail {
    try read(text, amounts: language, shop: shop).preview
  }

  /// A template, looked at anew: an older version of this program may have kept it.
  static func read(
    _ text: MailTemplateText, amounts: Scrip.LanguageTag, shop: String
  ) throws(TemplateMistakes) -> MailTemplate {
    try MailTemplate(
      subject: text.subject, text: text.text, html: text.html,
      sample: MailWorkData.sample(from: shop, amounts: mailTag(amounts)))
  }

  /// The tag for those who write mails; English for a language that has no tag of two or three letters.
  static func mailTag(_ tag: Scrip.LanguageTag) -> Mail.LanguageTag {
    guard let tag = Mail.LanguageTag(tag.text) ?? Mail.LanguageTag("en") else {
      preconditionFailure("en is a tag")
    }
    return tag
  }
}
