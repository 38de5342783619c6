import JSON
import Scrip

extension MailSettings: ObjectForm, JSONWritable {
  /// `MailSettings`
  public static let formName = "MailSettings"

  /// Its members, among those of a tenant's settings.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ mail: MailSettings?
  ) -> MailSettings? {
    let isOn = walk.member("mail_enabled", mail?.isOn, else: false, .flag(), MailNotes.isOn)
    let sender = walk.optional("mail_from", mail?.sender, AddressForm(), MailNotes.sender)
    let senderName = walk.optional("mail_from_name", mail?.senderName, TitleForm(), MailNotes.senderName)
    let replyTo = walk.optional("mail_reply_to", mail?.replyTo, AddressForm(), MailNotes.replyTo)
    let language = walk.optional("mail_language", mail?.language, LanguageTagForm(), MailNotes.language)
    guard let isOn, let sender, let senderName, let replyTo, let language else { return nil }
    return MailSettings(
      isOn: isOn, sender: sender, senderName: senderName, replyTo: replyTo, language: language)
  }
}

extension MailSettingsChange: ObjectForm {
  /// `MailSettings`
  public static let formName = "MailSettings"

  /// Absent members stay as they are, and null is the default.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ change: MailSettingsChange?
  ) -> MailSettingsChange? {
    let isOn = walk.member(
      "mail_enabled", .some(change?.isOn), else: false, OnlyIfNamedForm(form: .flag()), MailNotes.isOn)
    let sender = walk.group(
      change.map { MemberChange($0.sender) }, RemovableMember("mail_from", AddressForm(), MailNotes.sender))
    let senderName = walk.group(
      change.map { MemberChange($0.senderName) },
      RemovableMember("mail_from_name", TitleForm(), MailNotes.senderName))
    let replyTo = walk.group(
      change.map { MemberChange($0.replyTo) },
      RemovableMember("mail_reply_to", AddressForm(), MailNotes.replyTo))
    let language = walk.group(
      change.map { MemberChange($0.language) },
      RemovableMember("mail_language", LanguageTagForm(), MailNotes.language))
    guard let isOn, let sender, let senderName, let replyTo, let language else { return nil }
    return MailSettingsChange(
      isOn: isOn, sender: sender.value, senderName: senderName.value, replyTo: replyTo.value,
      language: language.value)
  }
}

private enum MailNotes {
  static let isOn: StaticString = "Whether customers get mails about orders that are made from now on."
  static let sender: StaticString = "The address that mails come from; null: the service's."
  static let senderName: StaticString = "The name that readers see beside it; null: the tenant's."
  static let replyTo: StaticString = "Where answers go; null: to the sender."
  static let language: StaticString =
    "The language for customers whose own is not known, or in which nothing is written; null: English."
}

extension MemberChange {
  fileprivate init(_ value: Value??) {
    switch value {
    case nil: self = .kept
    case .some(nil): self = .removed
    case .some(.some(let new)): self = .replaced(new)
    }
  }

  fileprivate var value: Value?? {
    switch self {
    case .kept: nil
    case .removed: .some(nil)
    case .replaced(let new): .some(.some(new))
    }
  }
}

/// An address that mails can be sent to or from.
private struct AddressForm: ValueForm {
  func read(_ value: ValueReader) -> MailSettings.Text? {
    if value.isStored { return value.string(maxLength: .max).map { MailSettings.Text($0) } }
    return value.parsed(maxLength: 254, as: "an e-mail address whose part before the @ is plain ASCII") {
      guard let address = writtenEmail($0), address.utf8.count <= 254,
        let at = address.lastIndex(of: "@"), isPlainLocalPart(address[..<at])
      else { return nil }
      return MailSettings.Text(address)
    }
  }

  func write(_ address: MailSettings.Text, to writer: inout JSONWriter) { writer.string(address.text) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(3...254) }
}

/// A name that is shown.
private struct TitleForm: ValueForm {
  private let form = TextForm(lengths: 1...200)

  func read(_ value: ValueReader) -> MailSettings.Text? { form.read(value).map { MailSettings.Text($0) } }

  func write(_ name: MailSettings.Text, to writer: inout JSONWriter) { form.write(name.text, to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { form.schema(&walk) }
}
