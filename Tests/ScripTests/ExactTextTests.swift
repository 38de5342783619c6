import Testing

@testable import Scrip

private typealias Text = ExactText<Named.Order>

@Suite struct `Exact texts` {
  /// Texts that differ late, early, in length, or in how they spell one character.
  static let samples: [String] = {
    let parts = [
      "", "a", "b", "é", "e\u{301}", "Å", "\u{212B}", "K", "\u{212A}", "日", "😀", "\u{FFFD}", "\u{10FFFF}",
    ]
    let stems = ["", "order-", "order-7", "order-77", String(repeating: "x", count: 40)]
    return stems.flatMap { stem in parts.map { stem + $0 } + parts.map { $0 + stem } }
  }()

  @Test func `compare as their bytes do`() {
    for left in Self.samples {
      for right in Self.samples {
        let (one, other) = (Array(left.utf8), Array(right.utf8))
        #expect((Text(left) == Text(right)) == (one == other), "\(left) and \(right)")
        #expect(left.hasSameBytes(as: right) == (one == other), "\(left) and \(right)")
        #expect((Text(left) < Text(right)) == one.lexicographicallyPrecedes(other), "\(left) and \(right)")
      }
    }
  }

  @Test func `are as many keys as they have bytes`() {
    #expect(Set(Self.samples.map { Text($0) }).count == Set(Self.samples.map { Array($0.utf8) }).count)
    #expect(Set(Self.samples).count < Set(Self.samples.map { Text($0) }).count)
  }

  @Test func `are the same however the string holds them`() {
    for text in Self.samples {
      let parts = text.unicodeScalars.map { String($0) }
      let built = parts.reduce(into: "") { $0 += $1 }
      let cut = String(("<" + text + ">").unicodeScalars.dropFirst().dropLast())
      for other in [built, cut, String(decoding: Array(text.utf8), as: UTF8.self)] {
        #expect(Text(text) == Text(other))
        #expect(Text(text).hashValue == Text(other).hashValue)
        #expect(!(Text(text) < Text(other)))
      }
    }
  }

  @Test func `keep carts, customers and terms apart that only look alike`() {
    let spellings = ["caf\u{E9}", "cafe\u{301}"]
    let carts = spellings.map { text in
      var cart = cart(1000)
      cart.lines[0].id = LineID(text)
      return cart
    }
    #expect(carts[0] != carts[1])
    #expect(Customer(userID: UserID(spellings[0])) != Customer(userID: UserID(spellings[1])))
    let named = spellings.map { text in terms(fixed(1)) { $0.name = text } }
    #expect(named[0] != named[1])
    #expect(IdentityKey(UserID(spellings[0])) != IdentityKey(UserID(spellings[1])))
    #expect(Set(spellings.map { TypedCode($0) }).count == 2)
  }

  @Test func `of one customer are one key each, in the order of their bytes`() {
    let keys = ["z", "\u{E9}", "e\u{301}", "\u{E9}"].map { IdentityKey(UserID($0)) }
    #expect(Customer(identityKeys: keys).identityKeys.map(\.value) == ["e\u{301}", "z", "\u{E9}"])
  }

  @Test func `decide by their bytes which lines, segments and groups a coupon looks at`() throws {
    var goods = cart(1000)
    goods.lines[0].categories = ["caf\u{E9}"]
    let customer = Customer(userID: "ann", segments: ["caf\u{E9}"])
    for (spelling, applies) in [("caf\u{E9}", true), ("cafe\u{301}", false)] {
      let conditions: [CouponTerms] = [
        terms(fixed(1)) { $0.eligibleLines = .condition(.category(.isIn([Category(spelling)]))) },
        terms(fixed(1)) { $0.rules = .condition(.segment(.isIn([Segment(spelling)]))) },
        terms(fixed(1)) { $0.rules = .condition(.category(.isIn([Category(spelling)]))) },
      ]
      for terms in conditions {
        let quote = try Pricing().quote([candidate(0, terms)], in: context(goods, customer: customer))
        #expect(quote.applied.isEmpty != applies)
      }
    }
    let grouped = ["caf\u{E9}", "cafe\u{301}"].enumerated().map { number, group in
      candidate(number, terms(fixed(1), stacking: Stacking(policy: .group(StackingGroup(group)))))
    }
    #expect(try Pricing().quote(grouped, in: context(goods)).applied.count == 2)
  }
}
