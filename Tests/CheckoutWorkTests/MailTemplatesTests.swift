import CheckoutWork
import Ledger
import Mail
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct MailTemplatesTests {
  @Test func `whatever is there for everybody can be filled, in each language that amounts are written in`()
    throws
  {
    #expect(BuiltInMailTemplates.all.count == 2 * MailKind.allCases.count)
    for template in BuiltInMailTemplates.all {
      for language: Scrip.LanguageTag in ["en", "de-AT", "ja", "tlh", "de-AT-1901-x-private"] {
        let mail = try MailTemplates.check(template.text, in: language, shop: "The <Shop>")
        #expect(!mail.subject.contains("{{") && !mail.text.contains("{{"))
        #expect(mail.html?.contains("The &lt;Shop&gt;") == true)
      }
    }
    for mail in MailKind.allCases {
      #expect(BuiltInMailTemplates.named(MailTemplateName(mail, BuiltInMailTemplates.lastLanguage)) != nil)
    }
  }

  static let chains:
    [(locale: Scrip.LanguageTag?, usual: Scrip.LanguageTag?, languages: [Scrip.LanguageTag])] = [
      (nil, nil, ["en"]), ("DE-at", nil, ["de-AT", "de", "en"]),
      ("de", "fr-CH", ["de", "fr-CH", "fr", "en"]),
      ("en-GB", "en", ["en-GB", "en"]), ("zh-Hant-TW", "de", ["zh-Hant-TW", "zh-Hant", "zh", "de", "en"]),
    ]

  @Test(arguments: chains.indices)
  func `languages are tried from the customer's to the tenant's to English`(index: Int) {
    let row = Self.chains[index]
    #expect(MailTemplates.languages(for: row.locale, MailSettings(language: row.usual)) == row.languages)
  }

  @Test func `a tenant's words go before those for everybody, and a nearer language before a wider one`()
    async throws
  {
    let house = try await MailHouse(nil)
    let words = MailTemplateText(subject: "own", text: "own")
    func chosen(_ locale: Scrip.LanguageTag?) async throws -> (MailTemplateName, Bool, Scrip.LanguageTag) {
      let tenant = try #require(try await house.shop.engine.tenant(house.shop.tenant))
      let found = try await MailTemplates.choose(.orderPaid, for: locale, of: tenant, in: house.shop.engine)
      return (found.template.name, found.template.isBuiltIn, found.amounts)
    }
    #expect(try await chosen("de-AT") == (MailTemplateName(.orderPaid, "de"), true, "de-AT"))
    _ = try await house.shop.submit(SetMailTemplate(MailTemplateName(.orderPaid, "de"), words))
    #expect(try await chosen("de-AT") == (MailTemplateName(.orderPaid, "de"), false, "de-AT"))
    _ = try await house.shop.submit(SetMailTemplate(MailTemplateName(.orderPaid, "de-AT"), words))
    #expect(try await chosen("de-AT") == (MailTemplateName(.orderPaid, "de-AT"), false, "de-AT"))
    #expect(try await chosen("de-CH") == (MailTemplateName(.orderPaid, "de"), false, "de-CH"))
    #expect(try await chosen("it") == (MailTemplateName(.orderPaid, "en"), true, "en"))
    #expect(try await chosen(nil) == (MailTemplateName(.orderPaid, "en"), true, "en"))
    try await house.end()
  }

  @Test func `an order's own figures can be looked at in a draft`() async throws {
    let house = try await MailHouse(nil)
    try await house.order(to: "ann@example.com", name: "Ann", PayOrder(orderID: "o-1"))
    let writer = MailWriter(house.shop.engine, office: .closed)
    let draft = MailTemplateText(subject: "{{customer_name}}", text: "{{total}} {{currency}}")
    let mail = try await writer.preview(draft, in: "de", about: "o-1", of: house.shop.tenant)
    #expect(mail.subject == "Ann" && mail.text == "1.239,56\u{A0}€ EUR")
    let example = try await writer.preview(draft, in: "en", about: nil, of: house.shop.tenant)
    #expect(example.subject == "Ann Lee" && example.text == "€45.50 EUR")
    await #expect(throws: MailWriter.Failure.self) {
      try await writer.preview(draft, in: "en", about: "none", of: house.shop.tenant)
    }
    try await house.end()
  }

  @Test func `all that is wrong with a template is told`() throws {
    let error = #expect(throws: TemplateMistakes.self) {
      try MailTemplates.check(
        MailTemplateText(subject: "{{x}}", text: "{{lines}}", html: "<a href={{total}}>"), in: "en", shop: "s"
      )
    }
    #expect(error?.mistakes.map(\.code) == [.unknownName, .notShowable, .unsafePlace])
  }
}
