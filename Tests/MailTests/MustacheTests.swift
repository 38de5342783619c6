import JSON
import OutsideSupport
import Testing

@testable import Mail

/// Random templates: those that are kept are Mustache's, and say what another reader of Mustache says.
@Suite(.needsOutside) struct MustacheTests {
  private static let pieces = [
    "{{name}}", "{{ name }}", "{{empty}}", "{{#yes}}", "{{/yes}}", "{{^yes}}", "{{/yes}}", "{{#no}}",
    "{{/no}}",
    "{{^no}}", "{{/no}}", "{{#lines}}", "{{/lines}}", "{{title}}", "{{#sizes}}", "{{/sizes}}", "{{size}}",
    "{{^none}}",
    "{{/none}}", "{{#none}}", "{{/none}}", "{{#empty}}", "{{/empty}}", "{{^empty}}", "{{/empty}}",
    "{{! said by\nnobody }}",
    "{{!}}", "{{#yes}}a{{/yes}}", "{{^no}}b{{/no}}", "{{#lines}}{{title}}{{/lines}}", "\n", "\n", "\n",
    "\r\n", " ", "  ", "word", "}}", "{", "é",
  ]

  private static let sample: TemplateData = [
    "name": .text("Ann"), "empty": .text(""), "yes": .flag(true), "no": .flag(false),
    "none": .list([["size": .text("0")]]),
    "lines": .list([
      ["title": .text("Shoes"), "sizes": .list([["size": .text("41")], ["size": .text("42")]])],
      ["title": .text("Hat "), "sizes": .list([["size": .text("")]])],
    ]),
  ]

  private static let json = """
    {"name": "Ann", "empty": "", "yes": true, "no": false, "none": [{"size": "0"}], "lines": [
      {"title": "Shoes", "sizes": [{"size": "41"}, {"size": "42"}]}, {"title": "Hat ", "sizes": [{"size": ""}]}]}
    """

  @Test func `a template that is kept says what Mustache says`() throws {
    let outside = try #require(Outside.servers)
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    var kept: [(source: String, text: String)] = []
    for _ in 0..<10_000 {
      // The other reader does not know a tag alone in a last line that has no end, nor beside a tab.
      let source = random.text(of: Self.pieces, count: 2...12) + "\nend"
      guard let template = try? MailTemplate(subject: "", text: source, html: nil, sample: Self.sample) else {
        continue
      }
      kept.append((source, template.preview.text))
    }
    #expect(kept.count > 250)
    let body = JSONWriter.bytes { json in
      json.object { json in
        json.key("data")
        json.raw(Array(Self.json.utf8))
        json.key("templates")
        json.array { json in for template in kept { json.string(template.source) } }
      }
    }
    var index = 0
    try outside.ask("/mustache", body).forEachElement { text in
      #expect(text.string() == kept[index].text, "seed \(seed): \(kept[index].source.debugDescription)")
      index += 1
    }
    #expect(index == kept.count)
  }
}
