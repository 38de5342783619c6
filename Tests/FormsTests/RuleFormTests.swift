import Forms
import JSON
import Scrip
import Testing

@Suite struct `Rules in JSON` {
  @Test(arguments: [3, 8, 9, 300])
  func `keep their lists as they were written, repetitions too`(count: Int) throws {
    let names = ((0..<count - 1).reversed() + [1]).map { "\"u\($0)\"" }.joined(separator: ",")
    for rule in [#"{"user":{"in":[\#(names)]}}"#, #"{"user":{"not_in":[\#(names)]}}"#] {
      let read = try terms(object(plainCoupon, replacing: ["rules": rule]))
      #expect(text(read.json).contains(#""rules":\#(rule),"#))
      #expect(try CouponTerms(stored: read.json) == read)
    }
  }

  @Test func `have schemas that name every condition, and say what it looks at`() throws {
    var components = SchemaComponents()
    components.add(CouponTerms.self, .input)
    let json = JSONWriter.bytes { writer in
      writer.object { writer in
        for (name, schema) in components.schemas {
          writer.key(named: name)
          schema.write(to: &writer)
        }
      }
    }
    let schemas = try JSONDocument(parsing: json).root
    func names(_ schema: String) -> [String] {
      var names: [String] = []
      schemas.member(named: schema)?["properties"]?.forEachMember { key, _ in names.append(key.string()) }
      return names
    }
    let joined = ["all", "any", "not"]
    #expect(names("Rule") == joined + RuledOrder.kinds.map(\.name))
    #expect(names("LineRule") == joined + RuledLine.kinds.map(\.name))
  }
}
