import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct MailTemplateTests {
  private let german = MailTemplateName(.orderPaid, "de")
  private let words = MailTemplateText(subject: "Bestellung {{order_id}}", text: "Danke.\n", html: "<p>ß</p>")

  private func own(_ shop: OrderShop, after: MailTemplateName? = nil, limit: Int = 100) throws
    -> [StoredMailTemplate]
  {
    try shop.opened.store.find(
      MailTemplatesOfTenant(of: shop.engine.tenant, after: after, limit: limit))
  }

  @Test func `a language is spelt in one way`() {
    #expect(MailTemplateName(.orderPaid, "DE-at").language == "de-AT")
    #expect(MailTemplateName(.orderPaid, "ZH-hant-tw").language == "zh-Hant-TW")
    #expect(MailTemplateName(.orderPaid, "sl-ROZAJ-biske").language == "sl-rozaj-biske")
    #expect(LanguageTag("zh-Hant-TW").fallbacks == ["zh-Hant-TW", "zh-Hant", "zh"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a template is written, written anew and taken away, by whoever has seen what is there`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    func set(_ text: MailTemplateText, _ version: Int64? = nil) async throws -> CommandOutcome {
      try await shop.engine.submit(SetMailTemplate(german, text, expectedVersion: version))
    }
    #expect(try await set(words, 1).refusal == .versionConflict)
    #expect(try await set(words, 0).answer.kind == .created)
    #expect(try await set(words).answer.kind == .ok)
    #expect(try own(shop).map(\.version) == [1], "what says the same makes no version")
    let shorter = MailTemplateText(subject: "Bestellung", text: "Danke.\n")
    #expect(try await set(shorter, 1).answer.kind == .ok)
    #expect(
      try own(shop) == [
        StoredMailTemplate(name: german, text: shorter, version: 2, updatedAt: shop.clock.now)
      ])
    #expect(
      try await shop.engine.submit(RemoveMailTemplate(german, expectedVersion: 1)).refusal == .versionConflict
    )
    #expect(try await shop.engine.submit(RemoveMailTemplate(german)).answer.kind == .ok)
    #expect(try await shop.engine.submit(RemoveMailTemplate(german)).refusal == .mailTemplateNotFound)
    #expect(try own(shop) == [])
    #expect(try await set(words).answer.kind == .created)
    #expect(try own(shop).map(\.version) == [1])
    #expect(try await shop.facts(MailTemplateChanged.self).map(\.version) == [1, 2, 1])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `templates are listed by name, in pages, and only the tenant's own`(kind: StoreUnderTest) async throws
  {
    let shop = try await OrderShop(kind)
    let names = [
      MailTemplateName(.paymentFailed, "de"), MailTemplateName(.orderPaid, "pt-BR"),
      MailTemplateName(.orderPaid, "de-AT"), german,
    ]
    for name in names { _ = try await shop.engine.submit(SetMailTemplate(name, words)) }
    let stranger = try await shop.engine.sandbox(at: noon)
    _ = try await stranger.submit(SetMailTemplate(MailTemplateName(.orderPaid, "fr"), words))
    #expect(try own(shop).map(\.name) == names.sorted())
    #expect(try own(shop, after: names.sorted()[1], limit: 1).map(\.name) == [names.sorted()[2]])
    let found = try await shop.engine.engine.mailTemplates(names, tenant: stranger.tenant)
    #expect(found.isEmpty)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `within one batch a template that was taken away can be written again`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await OrderShop(kind)
    let actions: [any Action<WorkingSet>] = [
      SetMailTemplate(german, words), RemoveMailTemplate(german), SetMailTemplate(german, words),
      RemoveMailTemplate(german),
    ]
    for outcome in try await shop.engine.batch(actions) { #expect(outcome.refusal == nil) }
    #expect(try own(shop) == [])
    try shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `how customers are written to comes back from the database`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    let change = MailSettingsChange(
      isOn: true, sender: "orders@shop.example", senderName: "The \"Shop\"", replyTo: "help@shop.example",
      language: "de-AT")
    _ = try await shop.engine.submit(ChangeSettings(TenantSettingsChange(mail: change)))
    func stored() async throws -> MailSettings? {
      try await shop.engine.engine.tenant(shop.engine.tenant)?.settings.mail
    }
    #expect(try await stored() == MailSettings().changed(by: change))
    _ = try await shop.engine.submit(
      ChangeSettings(TenantSettingsChange(lockSeconds: 60, mail: MailSettingsChange(replyTo: .some(nil)))))
    #expect(try await stored()?.replyTo == nil)
    #expect(try await stored()?.sender == "orders@shop.example", "what is not named stays")
    try shop.check()
    await shop.end()
  }
}
