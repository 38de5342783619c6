/// Numbers that look random and are the same for the same seed, on every computer and in every release.
///
/// SplitMix64 with integer arithmetic alone: floating point may differ in its last digit between C libraries.
package struct SeededRandom: Sendable {
  private var state: UInt64

  /// Begins where the seed says.
  package init(seed: UInt64) { state = seed }

  /// 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number from zero up to but not including a bound.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "No number lies below zero.")
    return Int(next() % UInt64(bound))
  }

  /// Whether something happens that does in so many cases of a thousand.
  package mutating func happens(perMille chance: Int) -> Bool { below(1000) < chance }

  /// One of several, all equally likely.
  package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

  /// One of several, each as likely as its weight.
  package mutating func pick<Element>(weighted elements: [(Element, Int)]) -> Element {
    var rest = below(elements.reduce(0) { $0 + $1.1 })
    for (element, weight) in elements {
      if rest < weight { return element }
      rest -= weight
    }
    return elements[elements.count - 1].0
  }

  /// An index below a bound, where low ones are much more likely: half of all draws fall on the first fifth or so,
  /// as they do on a shop's best sellers and its most faithful customers.
  package mutating func popular(below bound: Int) -> Int {
    min(below(bound), min(below(bound), below(bound)))
  }

  /// A number within a range, all equally likely.
  package mutating func within(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }
}
