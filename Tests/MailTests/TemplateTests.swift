import Testing

@testable import Mail

/// The language of templates: a row for each rule.
@Suite struct TemplateTests {
  private static let sample: TemplateData = [
    "name": .text("Ann <O'Neil> & \"Co\""), "empty": .text(""),
    "shop": .link("https://shop.example/?a=1&b=2"),
    "paid": .flag(true), "late": .flag(false), "none": .list([["title": .text("never")]]),
    "lines": .list([
      [
        "title": .text("Shoes"), "count": .text("2"),
        "sizes": .list([["size": .text("41")], ["size": .text("42")]]),
      ],
      ["title": .text("Hat"), "count": .text("1"), "sizes": .list([])],
    ]),
  ]

  /// Filled with nothing where the sample has something.
  private static let sparse: TemplateData = [
    "name": .text(""), "empty": .text(""), "shop": .link(""), "paid": .flag(false), "late": .flag(false),
    "none": .list([]), "lines": .list([]),
  ]

  private func template(text: String = "", html: String? = nil, subject: String = "") throws -> MailTemplate {
    try MailTemplate(subject: subject, text: text, html: html, sample: Self.sample)
  }

  @Test(
    arguments: [
      ("Hello {{name}}!", #"Hello Ann <O'Neil> & "Co"!"#),
      ("{{ name }}{{!a comment}}{{! of\ntwo lines }}", #"Ann <O'Neil> & "Co""#),
      ("{{#paid}}paid{{/paid}}{{^paid}}unpaid{{/paid}}", "paid"),
      ("{{#late}}late{{/late}}{{^late}}in time{{/late}}", "in time"),
      ("{{#empty}}text{{/empty}}{{^empty}}no text{{/empty}}", "no text"),
      ("{{#name}}Hello {{name}}{{/name}}", #"Hello Ann <O'Neil> & "Co""#),
      ("{{#shop}}at {{shop}}{{/shop}}", "at https://shop.example/?a=1&b=2"),
      ("{{#lines}}{{count}} {{title}}, {{/lines}}", "2 Shoes, 1 Hat, "),
      (
        "{{#lines}}{{title}}:{{#sizes}} {{size}}{{/sizes}}{{^sizes}} any{{/sizes}};{{/lines}}",
        "Shoes: 41 42;Hat: any;"
      ),
      ("{{^lines}}nothing{{/lines}}", ""),
      ("{{#lines}}{{name}};{{/lines}}", #"Ann <O'Neil> & "Co";Ann <O'Neil> & "Co";"#),
      ("{ {name} } {{name}", nil),
      ("a }} b { c } {", "a }} b { c } {"),
    ] as [(String, String?)])
  func `a template says what its names stand for`(source: String, expected: String?) throws {
    guard let expected else {
      #expect(throws: TemplateMistakes.self) { try template(text: source) }
      return
    }
    #expect(try template(text: source).preview.text == expected)
  }

  @Test func `a line with one silent tag alone is no line`() throws {
    let source = """
      Your order:
      {{#lines}}
      - {{count}} {{title}}
        {{#sizes}}
        size {{size}}
        {{/sizes}}
      {{/lines}}
      {{! said by nobody }}
      {{#paid}}  {{/paid}}
      {{#paid}}Thanks.{{/paid}}
      {{^lines}}
      nothing
      {{/lines}}
      """
    #expect(
      try template(text: source).preview.text == """
        Your order:
        - 2 Shoes
          size 41
          size 42
        - 1 Hat
        \u{20}\u{20}
        Thanks.

        """)
    #expect(try template(text: "{{#paid}}\r\na\r\n{{/paid}}\r\nb").preview.text == "a\r\nb")
  }

  @Test func `other values make another mail`() throws {
    let template = try template(
      text: "{{#name}}{{name}}{{/name}}{{^lines}}nothing{{/lines}}{{^paid}}, unpaid{{/paid}}",
      subject: "{{name}}")
    let mail = try template.render(Self.sparse)
    #expect(mail.text == "nothing, unpaid")
    #expect(mail.subject == "")
  }

  @Test func `what the sample had has to be there, as it was there`() throws {
    let template = try template(text: "{{name}}{{#lines}}{{title}}{{/lines}}")
    let wrong: [(data: TemplateData, lacking: String)] = [
      (["lines": .list([])], "name"), (["name": .flag(true), "lines": .list([])], "name"),
      (["name": .text(""), "lines": .list([["count": .text("1")]])], "title"), (["name": .text("")], "lines"),
    ]
    for (data, lacking) in wrong {
      #expect(throws: TemplateDataError.lacking(lacking)) { try template.render(data) }
    }
  }

  @Test(arguments: [
    "javascript:alert(1)", "JavaScript:x", " https://x.example", "//x.example", "data:text/html,x", "x",
  ])
  func `what is no link is not shown as one`(link: String) throws {
    let template = try template(html: #"<a href="{{shop}}">shop</a>"#)
    var data: TemplateData { ["shop": .link(link)] }
    #expect(throws: TemplateDataError.lacking("shop")) { try template.render(data) }
    for link in ["https://x.example", "HTTP://x.example", "mailto:a@x.example", ""] {
      #expect(try template.render(["shop": .link(link)]).html == #"<a href="\#(link)">shop</a>"#)
    }
  }

  @Test func `a subject is one line, whatever it is filled with`() throws {
    let template = try template(subject: "For {{name}}")
    #expect(
      try template.render(["name": .text("Ann\r\nBcc: eve@evil.example")]).subject
        == "For Ann  Bcc: eve@evil.example")
  }

  @Test(arguments: [
    ("Ann,\n\nyour parcel is held.\r\nPay", "Ann,  your parcel is held.  Pay"),
    ("a\tb\u{1B}[31m\0c", "a b [31m c"),
    ("a\u{2028}b\u{2029}c\u{85}d", "a b c d"), ("\u{202E}live\u{2066}x\u{2069}\u{202C}", "livex"),
    ("עברית\u{200F} e\u{301} 👩‍👩‍👧", "עברית\u{200F} e\u{301} 👩‍👩‍👧"),
  ])
  func `a value is one line, and turns nothing around that stands behind it`(value: String, shown: String)
    throws
  {
    let template = try template(text: "{{name}}", html: "<p title='{{name}}'>{{name}}</p>")
    let mail = try template.render(["name": .text(value)])
    #expect(mail.text == shown && mail.html == "<p title='\(shown)'>\(shown)</p>")
  }

  @Test func `a mail is of a size that can be sent, whatever it is filled with`() throws {
    let template = try template(text: "{{#lines}}{{title}}{{/lines}}", html: "{{#lines}}{{/lines}}")
    let line: TemplateData = ["title": .text(String(repeating: "x", count: 1024))]
    func lines(_ count: Int) -> TemplateData { ["lines": .list(Array(repeating: line, count: count))] }
    #expect(try template.render(lines(1024)).text.utf8.count == MailTemplate.renderedBytesMax)
    #expect(throws: TemplateDataError.tooLong(.text)) { try template.render(lines(1025)) }
    // What shows nothing takes its time all the same.
    #expect(throws: TemplateDataError.tooLong(.html)) {
      try self.template(text: "", html: "{{#lines}}{{/lines}}").render([
        "lines": .list(Array(repeating: [:], count: 1 << 18))
      ])
    }
  }

  @Test func `HTML shows values as they are, and text does not know of it`() throws {
    let template = try template(
      text: "{{name}} {{shop}}", html: #"<p title="{{name}}">{{name}}</p> <a href='{{shop}}'>&amp; shop</a>"#)
    let name = "Ann &lt;O&#39;Neil&gt; &amp; &quot;Co&quot;"
    #expect(
      template.preview.html
        == #"<p title="\#(name)">\#(name)</p> <a href='https://shop.example/?a=1&amp;b=2'>&amp; shop</a>"#)
    #expect(template.preview.text == #"Ann <O'Neil> & "Co" https://shop.example/?a=1&b=2"#)
  }
}
