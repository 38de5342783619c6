import Digest
import Testing

@Suite("Secure randomness") struct SecureRandomTests {
  @Test func `gives as many bytes as asked for and never the same`() {
    #expect(SecureRandom.bytes(0) == [])
    #expect(SecureRandom.bytes(7).count == 7)
    #expect(Set((0..<1_000).map { _ in SecureRandom.bytes(16) }).count == 1_000)
  }

  @Test func `one source never repeats a block`() {
    var random = SecureRandom()
    #expect(Set((0..<1_000).map { _ in random.next() }).count == 1_000)
  }

  @Test func `stays below the bound and reaches every value`() {
    var random = SecureRandom()
    for bound in [1, 2, 3, 10, 32] as [UInt64] {
      let values = Set((0..<2_000).map { _ in random.integer(below: bound) })
      #expect(values == Set(0..<bound))
    }
    #expect(SecureRandom.integer(below: 1) == 0)
  }

  /// With 30 degrees of freedom, chi-squared exceeds 150 about once in 10^17 runs.
  @Test func `is uniform for a bound that is no power of two`() {
    var random = SecureRandom()
    var counts = [Int](repeating: 0, count: 31)
    for _ in 0..<31_000 { counts[Int(random.integer(below: 31))] += 1 }
    let chiSquared = counts.reduce(0.0) { $0 + Double(($1 - 1_000) * ($1 - 1_000)) / 1_000 }
    #expect(chiSquared < 150)
  }

  /// Taking a remainder of 64 bits would hit the lower third of this range twice as often as the rest.
  @Test func `has no modulo bias`() {
    var random = SecureRandom()
    let bound = UInt64.max / 4 * 3
    let low = (0..<30_000).count { _ in random.integer(below: bound) < bound / 3 }
    #expect((9_000...11_000).contains(low))
  }
}
