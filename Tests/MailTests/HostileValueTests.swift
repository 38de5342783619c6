import JSON
import OutsideSupport
import Testing

@testable import Mail

/// Random templates: those that are kept stay what they are, as a browser's reader sees them, whatever they are filled with.
@Suite(.needsOutside) struct HostileValueTests {
  private static let pieces = [
    "{{name}}", "{{name}}", "{{name}}", "{{link}}", "{{#paid}}", "{{/paid}}", "{{#lines}}", "{{/lines}}",
    "{{^paid}}",
    "<", ">", "\"", "'", "=", " ", "/", "a", "&", "\n", "-", "!", "é", "<p>", "</p>", "<p ", "<a href=",
    "<a href=\"",
    "<a href='", " title=\"", " title='", " title=", " onclick=\"", " onclick='", " style=\"", " src=\"",
    "\">", "'>", "/>",
    "<script>", "</script>", "<script ", "<style>", "</style>", "<!--", "-->", "--!>", "<!-->", "<!", "<?",
    "<![CDATA[",
    "]]>", "<title>", "</title>", "<textarea>", "</textarea>", "<svg>", "</svg>", "<xmp>", "</xmp>",
    "<noscript>",
    "</noscript>", "<iframe srcdoc=\"", "<table>", "<select>", "<option>", "javascript:", "JavaScript:",
    "data:", "</",
    "<SCRIPT>", "</SCRIPT", "<scr", "ipt>", "\t", "\u{C}", "\0",
  ]

  private func data(_ name: String, _ link: String) -> TemplateData {
    [
      "name": .text(name), "link": .link(link), "paid": .flag(true),
      "lines": .list([["title": .text(name)], ["title": .text(name)]]),
    ]
  }

  /// Templates that are kept, filled with harmless and with hostile values.
  private func pairs(of count: Int, _ random: inout SeededGenerator) throws -> [(
    source: String, harmless: String, hostile: String
  )] {
    let hostile =
      #"javascript:MARK"'><script>MARK</script><img src=x onerror=MARK> onx=MARK --> </title></textarea>/"#
    let harmless = data("x", "https://x")
    let evil = data(hostile, "https://x/" + hostile)
    var pairs: [(source: String, harmless: String, hostile: String)] = []
    for _ in 0..<count {
      let source = random.text(of: Self.pieces, count: 2...12)
      guard source.contains("{{name}}") || source.contains("{{link}}"),
        let template = try? MailTemplate(subject: "", text: "", html: source, sample: harmless)
      else { continue }
      pairs.append((source, template.preview.html ?? "", try template.render(evil).html ?? ""))
    }
    return pairs
  }

  @Test func `what a template is filled with stays text`() throws {
    let outside = try #require(Outside.servers)
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    let pairs = try pairs(of: 20_000, &random)
    #expect(pairs.count > 1000, "most are refused, but not nearly all")
    let body = JSONWriter.bytes { json in
      json.object { json in
        json.key("pairs")
        json.array { json in
          for pair in pairs {
            json.array { json in
              json.string(pair.harmless)
              json.string(pair.hostile)
            }
          }
        }
      }
    }
    let verdicts = try outside.ask("/html", body)
    #expect(verdicts.count == pairs.count)
    var index = 0
    verdicts.forEachElement { verdict in
      #expect(verdict.string() == "", "seed \(seed): \(pairs[index].source) gives \(pairs[index].hostile)")
      index += 1
    }
  }
}
