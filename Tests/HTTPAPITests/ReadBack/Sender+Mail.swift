import Ledger
import Promotions
import Scrip
import Testing

/// Mails about orders, and what they say.
extension Sender {
  func changeMailSettings() async throws {
    for address in ["a@b.example", "A.b+c@EXAMPLE.com", "\(String(repeating: "x", count: 64))@b.example"] {
      await send(
        .patch, "/v1/settings",
        #"{"mail_enabled":true,"mail_from":"\#(address)","mail_reply_to":"\#(address)","mail_language":"zh-Hant"}"#
      )
    }
    for name in Extremes.jsonTexts(max: 200) {
      await send(.patch, "/v1/settings", #"{"mail_from_name":\#(name)}"#)
    }
    await send(
      .patch, "/v1/settings",
      #"{"mail_from":null,"mail_from_name":null,"mail_reply_to":null,"mail_language":null}"#)
  }

  func setMailTemplates() async throws {
    for (number, text) in Extremes.jsonTexts(max: 400).enumerated() {
      let html = number % 2 == 0 ? "null" : #""<p>{{#lines}}{{amount}}{{/lines}}</p>""#
      await send(
        .put, "/v1/mail-templates/order_paid/de",
        #"{"subject":\#(Extremes.json("{{order_id}} \(number)")),"text":\#(text),"html":\#(html)}"#)
    }
    let long = Extremes.json(String(repeating: "x", count: 65_536))
    for language in ["en", "DE-at", "zh-Hant-TW-x-12345678-12345678", "sl-ROZAJ"] {
      await send(
        .put, "/v1/mail-templates/payment_failed/\(language)",
        #"{"subject":"s","text":\#(long),"html":\#(long)}"#)
    }
  }

  func removeMailTemplates() async throws {
    for language in ["en", "de-AT", "fr"] {
      let path = "/v1/mail-templates/payment_failed/\(language)"
      await send(.put, path, #"{"subject":"s","text":"t"}"#, counts: false)
      await send(.delete, path, "")
      await send(.put, path, #"{"subject":"s","text":"t"}"#, counts: false)
    }
  }

  func recordMails() async throws {
    await send(.patch, "/v1/settings", #"{"mail_enabled":true}"#, counts: false)
    for (number, id) in Extremes.texts(max: 200).enumerated() where !id.contains("\u{0}") {
      let cart = Sender.cart([Sender.line])
      let made = await send(
        .post, "/v1/orders",
        #"{"id":\#(Extremes.json(id)),"customer":{"email":"ann@example.com","name":"Ann"},"cart":\#(cart)}"#,
        counts: false)
      if made.status != 201 { continue }
      let path = "/v1/orders/\(escaped(Array(id.utf8)))"
      for step in ["checkout", number % 2 == 0 ? "confirm" : "fail"] {
        await send(.post, "\(path)/\(step)", "", counts: false)
      }
      let task = MailTask(number % 2 == 0 ? .orderPaid : .paymentFailed, orderID: OrderID(id), number: 3)
      let reasons = MailGivenUp.Reason.allCases
      try await submit(
        RecordMail(
          task, number % 3 == 0 ? .sent("de") : .givenUp(reasons[number % reasons.count], reply: "550 5.1.1"),
          attempts: number % 4 == 0 ? .max : 1))
    }
    await send(.get, "/v1/tasks", "", counts: false)
  }
}
