import Scrip
import Testing

@Suite struct CodePatternTests {
  @Test(arguments: [
    ("GOLD10-######", "G01D10######", 729_000_000), ("-##", "##", 900), ("WZ#", "WZ#", 30),
    ("a_#-#", "A_##", 900), ("#", "#", 30),
  ])
  func `have a skeleton and a keyspace`(text: String, skeleton: String, keyspace: Int) throws {
    let pattern = try #require(CodePattern(text))
    #expect(pattern.skeleton.text == skeleton)
    #expect(pattern.keyspace == keyspace)
    #expect(pattern.skeleton.codesMax == keyspace / 2)
  }

  @Test(arguments: [
    "", "ABC", "A%#", "Ä#", "A#\n", "\tA#", "A\u{0}#", "A\u{7F}#", String(repeating: "#", count: 65),
  ])
  func `without a random character, with others than generated codes have or too long are none`(text: String)
  {
    #expect(CodePattern(text) == nil)
  }

  @Test func `match the skeletons of their codes and no others`() throws {
    let pattern = try #require(CodePattern("GO-##")).skeleton
    for (text, matches) in [
      ("GO23", true), ("G0ZZ", true), ("g-o-2-3", true), ("GO2", false), ("GO234", false), ("GO20", false),
      ("GO2U", false), ("GA23", false), ("GO2_", false),
    ] {
      #expect(pattern.matches(try #require(CouponCode(text)).skeleton) == matches, "\(text)")
    }
  }

  @Test func `draw spares by how many of their codes may be taken`() throws {
    #expect(try #require(CodePattern("WZ#")).draws(for: 15) == 30)
    #expect(try #require(CodePattern("########")).draws(for: 10_000) == 10_100)
    #expect(try #require(CodePattern("#####")).draws(for: 1) == 400)
    #expect(try #require(CodePattern("#####")).draws(for: 10_000) > 20_000)
  }
}
