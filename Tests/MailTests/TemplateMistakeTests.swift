import Testing

@testable import Mail

/// What is found wrong with a template before it is kept.
@Suite struct TemplateMistakeTests {
  private static let sample: TemplateData = [
    "name": .text("Ann"), "shop": .link("https://shop.example"), "paid": .flag(true),
    "lines": .list([["title": .text("Shoes"), "page": .link("https://shop.example/shoes")]]),
  ]

  private func mistakes(subject: String = "", text: String = "", html: String? = nil) -> [String] {
    do {
      _ = try MailTemplate(subject: subject, text: text, html: html, sample: Self.sample)
      return []
    } catch {
      return error.mistakes.map { "\($0.part.rawValue) \($0.line):\($0.column) \($0.code.rawValue)" }
    }
  }

  @Test(
    arguments: [
      ("Hello {{nam}}", ["text 1:7 unknown_name"]),
      ("{{title}}", ["text 1:1 unknown_name"]),
      ("{{#lines}}{{title}}{{/lines}} {{title}}", ["text 1:31 unknown_name"]),
      ("{{^lines}}{{title}}{{/lines}}", ["text 1:11 unknown_name"]),
      ("{{#nothing}}{{title}}{{/nothing}}", ["text 1:1 unknown_name"]),
      ("a\nb {{paid}}\n{{lines}}", ["text 2:3 not_showable", "text 3:1 not_showable"]),
      ("a\r\n  {{x}}", ["text 2:3 unknown_name"]),
      ("{{name", ["text 1:1 unclosed_tag"]),
      ("a {{name\n}", ["text 1:3 unclosed_tag"]),
      (
        "{{}} {{ }} {{a b}} {{Name}} {{a.b}} {{#}} {{näme}}",
        [
          "text 1:1 no_name", "text 1:6 no_name", "text 1:12 no_name", "text 1:20 no_name",
          "text 1:29 no_name",
          "text 1:37 no_name", "text 1:43 no_name",
        ]
      ),
      (
        "{{{name}}} {{&name}} {{>name}} {{=<% %>=}}",
        [
          "text 1:1 unsupported", "text 1:12 unsupported", "text 1:22 unsupported", "text 1:32 unsupported",
        ]
      ),
      ("{{#paid}}", ["text 1:1 unclosed_section"]),
      ("{{/paid}}", ["text 1:1 stray_end"]),
      ("{{#paid}}{{#lines}}{{/paid}}{{/lines}}", ["text 1:20 stray_end", "text 1:1 unclosed_section"]),
      (
        String(repeating: "{{#paid}}", count: 9) + String(repeating: "{{/paid}}", count: 9),
        ["text 1:73 too_deep"]
      ),
      ("{{#lines}}\n{{#lines}}{{title}}{{/lines}}{{/lines}}", ["text 2:1 repeated_list"]),
      ("{{#lines}}{{#paid}}{{^lines}}{{/lines}}{{/paid}}{{/lines}}", ["text 1:20 repeated_list"]),
      ("{{^lines}}{{#lines}}{{title}}{{/lines}}{{/lines}}{{#lines}}{{title}}{{/lines}}", []),
      (String(repeating: "x", count: 65_537), ["text 1:1 too_long"]),
      (String(repeating: "x", count: 65_536), []),
      (String(repeating: "{{#paid}}", count: 8) + String(repeating: "{{/paid}}", count: 8), []),
    ] as [(String, [String])])
  func `what is wrong is told with its place`(source: String, expected: [String]) {
    #expect(mistakes(text: source) == expected)
  }

  @Test func `all parts are looked at, in order`() {
    #expect(
      mistakes(subject: "{{a}}", text: "{{b}}", html: "{{c}}") == [
        "subject 1:1 unknown_name", "text 1:1 unknown_name", "html 1:1 unknown_name",
      ])
    #expect(mistakes(subject: "a\nb") == ["subject 1:1 line_break"])
  }

  @Test(
    arguments: [
      "<p>{{name}}</p>", #"<p class="{{name}}">"#, "<p class='a {{name}}'>",
      "<!doctype html><title>{{name}}</title>",
      "<!-- <script> -->{{name}}", "<style>p > a { color: red }</style>{{name}}", #"<a href="{{shop}}">"#,
      #"<a href="https://shop.example/{{name}}">"#, #"<a href=" {{shop}}/{{name}}">"#, "a < b {{name}}",
      "<br/>{{name}}",
      "<p>{{#lines}}<a href='{{page}}'>{{title}}</a>{{/lines}}</p>",
      #"<p {{#paid}}class="paid"{{/paid}}>{{name}}"#,
      #"<a href="https://shop.example:8443/o/{{name}}/x">"#, #"<a href="HTTPS://shop.example/{{name}}">"#,
      #"<a href="mailto:help@shop.example?subject={{name}}">"#, #"<td align="{{name}}" width="{{name}}">"#,
      #"<a href="{{shop}}/{{name}}">"#, #"<h1 title="{{name}}">{{name}}</h1>"#,
      #"<img alt="{{name}}" src="{{shop}}">"#, #"<p title = "{{name}}">"#, "<script>x</script>{{name}}",
      #"<meta http-equiv="refresh" content="1">{{name}}"#, #"<object data="x"></object>{{name}}"#,
      "<STYLE>a{}</STYLE >{{name}}", "<!-->{{name}}", "<!--->{{name}}", "<!-- a --!>{{name}}",
      "<!---->{{name}}", "</>{{name}}",
      "<é {{name}}", "<style>{{#paid}}p { color: red }{{/paid}}</style>{{name}}",
      "<a href='{{shop}}?a={{name}}#{{name}}'>", "<textarea><p onclick=\"{{name}}</textarea>",
      "<p\u{A0}>{{name}}",
    ])
  func `a value may stand where escaping makes it safe`(html: String) {
    #expect(mistakes(html: html) == [])
  }

  @Test(
    arguments: [
      ("<script>{{name}}</script>", "unsafe_place"), ("<style>{{name}}</style>", "unsafe_place"),
      ("<!-- {{name}} -->", "unsafe_place"), ("<p class={{name}}>", "unsafe_place"),
      ("<p {{name}}>", "unsafe_place"),
      ("<{{name}}>", "unsafe_place"), ("<p cl{{name}}=\"a\">", "unsafe_place"),
      ("</{{name}}>", "unsafe_place"),
      (#"<p onclick="{{name}}">"#, "unsafe_place"), (#"<p ONCLICK="{{name}}">"#, "unsafe_place"),
      (#"<p style="color: {{name}}">"#, "unsafe_place"), (#"<iframe srcdoc="{{name}}">"#, "unsafe_place"),
      (#"<a href="{{name}}">"#, "link_expected"), (#"<img src=' {{name}}'>"#, "link_expected"),
      (#"<a href="javascript:f('{{name}}')">"#, "unsafe_place"),
      (#"<a href="DATA:text/html,{{name}}">"#, "unsafe_place"),
      (#"<a href="x"="{{name}}">"#, "unsafe_place"), (#"<a class=a"{{name}}">"#, "unsafe_place"),
      ("<script>a</scrip>{{name}}", "unsafe_place"),
      ("<plaintext></plaintex>{{name}}", "unsafe_place"), ("<script src='x'>{{name}}", "unsafe_place"),
      (#"<a href="{{#paid}}{{shop}}{{/paid}}{{name}}">"#, "link_expected"),
      // What says more than it shows: only what is known to be text may be a value, and only behind a host an address goes on.
      (#"<meta http-equiv="refresh" content="{{name}}">"#, "unsafe_place"),
      (#"<meta name="x" content="{{name}}">"#, "unsafe_place"),
      (#"<link imagesrcset="{{name}}">"#, "unsafe_place"), (#"<link href="{{shop}}">"#, "unsafe_place"),
      (#"<object classid="{{name}}">"#, "unsafe_place"), (#"<object data="{{shop}}">"#, "unsafe_place"),
      (#"<base href="{{shop}}">"#, "unsafe_place"), (#"<form action="{{shop}}">"#, "unsafe_place"),
      (#"<input value="{{name}}">"#, "unsafe_place"), (#"<p id="{{name}}">"#, "unsafe_place"),
      (#"<x-y title="{{name}}">"#, "unsafe_place"), (#"<p data-x="{{name}}">"#, "unsafe_place"),
      (#"<a href="/{{name}}">"#, "unsafe_place"), (#"<a href="?a={{name}}">"#, "unsafe_place"),
      ("<a href='#{{name}}'>", "unsafe_place"), (#"<a href="https:{{name}}">"#, "unsafe_place"),
      (#"<a href="https://{{name}}">"#, "unsafe_place"),
      (#"<a href="https://shop.example{{name}}">"#, "unsafe_place"),
      (#"<a href="https://shop.example:{{name}}/">"#, "unsafe_place"),
      (#"<a href="https:///{{name}}">"#, "unsafe_place"), ("<a href='https://a\\{{name}}'>", "unsafe_place"),
      (#"<a href="mailto:{{name}}">"#, "unsafe_place"), (#"<a href="tel:{{name}}">"#, "unsafe_place"),
      (#"<a href="https://{{#paid}}a{{/paid}}/{{name}}">"#, "uneven_section"),
      // What browsers read in another way than it looks.
      ("<!--> <p onclick=\" --> {{name}}\">", "unsafe_place"),
      ("<! a=\"><p onclick=\" > {{name}}\">", "unsafe_place"),
      ("</ a=\"><p onclick=\" > {{name}}\">", "unsafe_place"), ("<script></scriptx>{{name}}", "unsafe_place"),
      ("<title><p a='</title><p onclick=\"{{name}}\">'>", "unsafe_place"),
      ("<title></titl{{name}} >", "unsafe_place"),
      ("<script><!--<script></script>{{name}}", "unsafe_place"),
      ("<svg><style></style>{{name}}", "unsafe_place"),
      ("<noscript></noscript>{{name}}", "unsafe_place"), ("<select><title></title>{{name}}", "unsafe_place"),
      ("<p a=\"\"onclick=\"{{name}}\">", "unsafe_place"), ("<p a/onclick=\"{{name}}\">", "unsafe_place"),
      ("<a href='{{shop}}{{name}}'>", "link_expected"),
      ("<a href='{{shop}}javascript:{{name}}'>", "unsafe_place"),
      ("<a href='java\tscript:{{name}}'>", "unsafe_place"),
      ("<a href='&#106;avascript:{{name}}'>", "unsafe_place"),
      ("<a href='{{#paid}}javascript:{{/paid}}{{shop}}'>", "uneven_section"),
      ("<style></sty{{#paid}}le>{{/paid}}{{name}}", "uneven_section"),
      ("{{#paid}}<p class=\"{{/paid}}{{name}}", "uneven_section"),
      ("<p class=\"{{#paid}}\">{{/paid}}", "uneven_section"),
      ("{{#paid}}<script>{{/paid}}{{name}}", "uneven_section"), ("{{#paid}}<!--{{/paid}}", "uneven_section"),
    ])
  func `a value may not stand where it could become a program, nor a section end elsewhere`(
    html: String, code: String
  ) {
    let found = mistakes(html: html).map { $0.split(separator: " ")[2] }
    #expect(found.first == Substring(code), "\(html): \(found)")
  }

  @Test func `what would become too long of the sample alone is not kept`() {
    let long: TemplateData = ["name": .text(String(repeating: "<", count: 1000))]
    let template = String(repeating: "{{name}}", count: 1000)
    let error = #expect(throws: TemplateMistakes.self) {
      try MailTemplate(subject: "", text: template + template, html: template, sample: long)
    }
    #expect(
      error?.mistakes.map { "\($0.part.rawValue) \($0.code.rawValue)" } == ["text too_long", "html too_long"])
  }

  @Test func `a long line of tags is read in one go`() {
    #expect(mistakes(text: String(repeating: "{{name}}", count: 8191) + "\n") == [])
  }

  @Test func `a mistake is told in a sentence that helps`() {
    let mistakes = #expect(throws: TemplateMistakes.self) {
      try MailTemplate(subject: "{{nam}}", text: "", html: nil, sample: Self.sample)
    }
    #expect(
      mistakes?.mistakes.first?.message == "Nothing is called nam here. There are: lines, name, paid, shop.")
  }
}
