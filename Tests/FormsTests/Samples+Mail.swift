import Ledger
import Promotions
import Scrip

/// Facts about mails.
extension Samples {
  mutating func mailFacts() -> [any Fact<WorkingSet>] {
    [
      MailSent(mailTask(), language: pick(["de-AT", "en"]), attempts: int(1...Int64.max)),
      MailGivenUp(
        mailTask(), pick(MailGivenUp.Reason.allCases), reply: maybe { $0.text() },
        attempts: int(1...Int64.max)),
      MailTemplateChanged(mailTemplate(), version: int(1...Int64.max), mailText()),
      MailTemplateRemoved(mailTemplate()),
    ]
  }

  private mutating func mailTask() -> MailTask {
    MailTask(pick(MailKind.allCases), orderID: text(), number: int(1...Int64.max))
  }

  private mutating func mailTemplate() -> MailTemplateName {
    MailTemplateName(pick(MailKind.allCases), pick(["de", "pt-BR", "zh-Hant-TW"]))
  }

  private mutating func mailText() -> MailTemplateText {
    MailTemplateText(subject: text(), text: text(), html: maybe { $0.text() })
  }
}
