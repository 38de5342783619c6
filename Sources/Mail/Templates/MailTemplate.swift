import struct Scrip.Exact

/// What mails of one kind say in one language, with names where values go.
///
/// A template that was made has no unknown names, shows nothing that can't be shown, and puts no value into HTML where
/// escaping would not make it safe. The language is a part of Mustache: ``TemplateReader``.
public struct MailTemplate: Sendable {
  /// The most bytes that each part may have.
  public static let bytesMax = 65_536
  /// The most bytes that each part of a mail may have once it is filled in.
  public static let renderedBytesMax = 1 << 20

  private let subject: [TemplateNode]
  private let text: [TemplateNode]
  private let html: [TemplateNode]?

  /// The mail that the sample makes.
  public let preview: RenderedMail

  /// Reads a template.
  ///
  /// - Parameter sample: what mails of this kind are filled with, for example. Its names are those that the template may
  ///   use, and each of its lists has an element to name what is in it.
  /// - Throws: all that is wrong with it.
  public init(subject: String, text: String, html: String?, sample: TemplateData) throws(TemplateMistakes) {
    var mistakes: [TemplateMistake] = []
    func read(_ source: String, _ part: TemplateMistake.Part) -> [TemplateNode] {
      let (nodes, found) = MailTemplate.read(source, part, sample)
      mistakes += found
      return nodes
    }
    self.subject = read(subject, .subject)
    self.text = read(text, .text)
    self.html = html.map { read($0, .html) }
    guard mistakes.isEmpty else { throw TemplateMistakes(mistakes: mistakes) }
    func filled(_ nodes: [TemplateNode], _ part: TemplateMistake.Part) -> String {
      do throws(TemplateDataError) { return try MailTemplate.fill(nodes, part, sample) } catch {
        guard case .tooLong = error else {
          preconditionFailure("A sample has what it names, and its links are links.")
        }
        let message = "Filled in with an example it has more than \(MailTemplate.renderedBytesMax) bytes."
        mistakes.append(TemplateMistake(part, .tooLong, TemplatePlace(), message))
        return ""
      }
    }
    preview = RenderedMail(
      subject: HeaderText.plain(filled(self.subject, .subject)), text: filled(self.text, .text),
      html: self.html.map { filled($0, .html) })
    guard mistakes.isEmpty else { throw TemplateMistakes(mistakes: mistakes) }
  }

  /// The mail that values make.
  ///
  /// - Throws: what the sample had and these values have not, and which part would be too long.
  public func render(_ data: TemplateData) throws(TemplateDataError) -> RenderedMail {
    var filledHTML: String?
    if let html { filledHTML = try MailTemplate.fill(html, .html, data) }
    return RenderedMail(
      subject: HeaderText.plain(try MailTemplate.fill(subject, .subject, data)),
      text: try MailTemplate.fill(text, .text, data), html: filledHTML)
  }

  private static func fill(
    _ nodes: [TemplateNode], _ part: TemplateMistake.Part, _ data: TemplateData
  ) throws(TemplateDataError) -> String {
    var filling = TemplateFilling(part)
    try nodes.render(TemplateScope(data), into: &filling)
    return filling.text
  }

  private static func read(
    _ source: String, _ part: TemplateMistake.Part, _ sample: TemplateData
  ) -> ([TemplateNode], [TemplateMistake]) {
    func mistake(_ code: TemplateMistake.Code, _ message: String) -> ([TemplateNode], [TemplateMistake]) {
      ([], [TemplateMistake(part, code, TemplatePlace(), message)])
    }
    guard source.utf8.count <= bytesMax else {
      return mistake(.tooLong, "A part has at most \(bytesMax) bytes.")
    }
    guard part != .subject || !source.contains(where: \.isNewline) else {
      return mistake(.lineBreak, "A subject has one line.")
    }
    var reader = TemplateReader(part)
    var nodes = reader.read(source)
    // Names are looked at once it is clear which section they stand in.
    guard reader.mistakes.isEmpty else { return (nodes, reader.mistakes) }
    var check = TemplateCheck(part)
    check.look(at: &nodes, TemplateScope(sample))
    return (nodes, check.mistakes)
  }
}

/// What a mail says.
public struct RenderedMail: Sendable, Hashable {
  /// What it is about, in one line.
  @Exact public var subject: String
  /// What it says.
  @Exact public var text: String
  /// The same in HTML.
  @Exact public var html: String?

  /// Says what a mail says.
  public init(subject: String, text: String, html: String?) {
    self.subject = subject
    self.text = text
    self.html = html
  }
}
