/// Whether and how a tenant's customers are written to.
public struct MailSettings: Hashable, Sendable {
  /// An address, or the name of whoever has one.
  public typealias Text = ExactText<MailSettings>

  /// Whether they are.
  public var isOn: Bool
  /// The address that mails come from; nil for the service's own.
  public var sender: Text?
  /// The name that readers see beside it; nil for the tenant's.
  public var senderName: Text?
  /// Where answers go; nil for the sender.
  public var replyTo: Text?
  /// The language of mails to customers whose own is not known, or in which nothing is written; nil for English.
  public var language: LanguageTag?

  /// Makes settings; by default nobody is written to.
  public init(
    isOn: Bool = false, sender: Text? = nil, senderName: Text? = nil, replyTo: Text? = nil,
    language: LanguageTag? = nil
  ) {
    self.isOn = isOn
    self.sender = sender
    self.senderName = senderName
    self.replyTo = replyTo
    self.language = language
  }
}

/// A change of some of these settings. Nil leaves one as it is, `.some(nil)` takes one away.
public struct MailSettingsChange: Hashable, Sendable {
  /// Whether customers are written to.
  public var isOn: Bool?
  /// The address that mails come from.
  public var sender: MailSettings.Text??
  /// The name that readers see beside it.
  public var senderName: MailSettings.Text??
  /// Where answers go.
  public var replyTo: MailSettings.Text??
  /// The language of mails to customers whose own is not known.
  public var language: LanguageTag??

  /// Makes a change; one of nothing, if nothing is said.
  public init(
    isOn: Bool? = nil, sender: MailSettings.Text?? = nil, senderName: MailSettings.Text?? = nil,
    replyTo: MailSettings.Text?? = nil, language: LanguageTag?? = nil
  ) {
    self.isOn = isOn
    self.sender = sender
    self.senderName = senderName
    self.replyTo = replyTo
    self.language = language
  }
}

extension MailSettings {
  /// These settings with a change made to them.
  public func changed(by change: MailSettingsChange) -> MailSettings {
    MailSettings(
      isOn: change.isOn ?? isOn, sender: change.sender ?? sender,
      senderName: change.senderName ?? senderName, replyTo: change.replyTo ?? replyTo,
      language: change.language ?? language)
  }
}
