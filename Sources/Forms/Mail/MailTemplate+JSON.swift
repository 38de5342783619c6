import JSON
import Scrip

extension MailTemplateText: RequestForm, JSONWritable {
  /// `MailTemplateText`
  public static let formName = "MailTemplateText"
  /// For the API's description.
  public static let formNote: StaticString? = "What mails say, with names where values go: {{order_id}}."
  /// In JSON.
  public static let formExamples = [
    #"{"subject": "Your order {{order_id}}", "text": "Thank you, {{customer_name}}.\n{{total}} was paid.\n"}"#
  ]

  /// The most characters that a part may have; what there may be at most is counted in bytes, when it is looked at.
  private static let charactersMax = 65_536

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ text: MailTemplateText?
  ) -> MailTemplateText? {
    let subject = walk.required(
      "subject", text?.subject, .text(1...charactersMax), "What mails are about, in one line.")
    let body = walk.required("text", text?.text, .text(1...charactersMax), "What they say.")
    let html = walk.optional(
      "html", text?.html, .text(1...charactersMax), "The same in HTML; left out: mails are in text alone.")
    guard let subject, let body, let html else { return nil }
    return MailTemplateText(subject: subject, text: body, html: html)
  }
}

extension MailTemplateName: ObjectForm {
  /// `MailTemplateName`
  public static let formName = "MailTemplateName"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ name: MailTemplateName?
  ) -> MailTemplateName? {
    let mail = walk.required("kind", name?.mail, .choice(named: "MailKind"))
    let language = walk.required("language", name?.language, LanguageTagForm())
    guard let mail, let language else { return nil }
    return MailTemplateName(mail, language)
  }
}

extension StoredMailTemplate: ObjectForm, JSONWritable {
  /// `MailTemplate`
  public static let formName = "MailTemplate"
  /// For the API's description.
  public static let formNote: StaticString? = "What mails of one kind say in one language."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ template: StoredMailTemplate?
  ) -> StoredMailTemplate? {
    let name = MailTemplateName.walk(&walk, template?.name)
    let text = MailTemplateText.walk(&walk, template?.text)
    let isBuiltIn = walk.required(
      "built_in", template?.isBuiltIn, .flag(), "Whether it is there for everybody, and nobody's own.")
    let version = walk.required(
      "version", template?.version, .integer(0, to: .max), "Counts its edits; 0 for one that is built in.")
    let updatedAt = walk.optional("updated_at", template?.updatedAt, .instant())
    guard let name, let text, isBuiltIn != nil, let version, let updatedAt else { return nil }
    return StoredMailTemplate(name: name, text: text, version: version, updatedAt: updatedAt)
  }
}

/// A template as it is to be looked at before it is kept.
public struct MailPreviewRequest {
  /// What the mail would say; nil for what it says now.
  public var draft: MailTemplateText?
  /// The order to fill it with; nil for an example.
  public var orderID: OrderID?
}

extension MailPreviewRequest: RequestForm {
  /// `MailPreviewRequest`
  public static let formName = "MailPreviewRequest"
  /// In JSON.
  public static let formExamples = [#"{"order_id": "o-1"}"#]

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ request: MailPreviewRequest?
  ) -> MailPreviewRequest? {
    let draft = walk.optional(
      "draft", request?.draft, .object(), "What mails would say; left out: what they say now.")
    let orderID = walk.optional(
      "order_id", request?.orderID, .visibleName(OrderID.self),
      "The order to fill it with; left out: an example.")
    guard let draft, let orderID else { return nil }
    return MailPreviewRequest(draft: draft, orderID: orderID)
  }
}

/// A mail as its reader would see it.
public struct MailPreview {
  /// The language that it is in.
  public var language: LanguageTag
  /// What it is about.
  public var subject: String
  /// What it says.
  public var text: String
  /// The same in HTML.
  public var html: String?

  /// Shows a mail.
  public init(language: LanguageTag, subject: String, text: String, html: String?) {
    self.language = language
    self.subject = subject
    self.text = text
    self.html = html
  }
}

extension MailPreview: ObjectForm {
  /// `MailPreview`
  public static let formName = "MailPreview"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ preview: MailPreview?
  ) -> MailPreview? {
    let language = walk.required("language", preview?.language, LanguageTagForm())
    let subject = walk.required("subject", preview?.subject, .text())
    let text = walk.required("text", preview?.text, .text())
    let html = walk.optional("html", preview?.html, .text())
    guard let language, let subject, let text, let html else { return nil }
    return MailPreview(language: language, subject: subject, text: text, html: html)
  }
}
