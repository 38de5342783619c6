import Testing

@testable import Scrip

@Suite struct `Runs of units` {
  @Test func `that say the same are the same, however they were put together`() {
    let apart = UnitRuns([
      .init(count: 1, amount: 34), .init(count: 0, amount: 7), .init(count: 2, amount: 33),
    ])
    #expect(apart == UnitRuns(100, over: 3))
    #expect(Array(apart) == [.init(count: 1, amount: 34), .init(count: 2, amount: 33)])
    #expect(
      Array(UnitRuns([.init(count: 1, amount: 5), .init(count: 2, amount: 5)])) == [
        .init(count: 3, amount: 5)
      ])
    #expect(UnitRuns(9, over: 3).count == 1)
  }

  @Test func `know each unit, their number and their sum, however many runs they are`() {
    for seed in UInt64(0)..<500 {
      var random = SeededGenerator(seed: seed)
      let units = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        Int64.random(in: 0...2, using: &random)
      }
      let runs = UnitRuns(units.map { .init(count: 1, amount: $0) })
      #expect(runs.each == units, "seed \(seed)")
      #expect(runs.unitCount == Int64(units.count), "seed \(seed)")
      #expect(runs.total == units.reduce(0, +), "seed \(seed)")
      for (run, next) in zip(runs, runs.dropFirst()) { #expect(run.amount != next.amount, "seed \(seed)") }
    }
  }

  @Test func `get what their units get one by one`() {
    for seed in UInt64(0)..<2000 {
      var random = SeededGenerator(seed: seed)
      let runs = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        UnitRuns.Run(count: .random(in: 1...5, using: &random), amount: .random(in: 0...9, using: &random))
      }
      let weights = runs.flatMap { [Int64](repeating: $0.amount, count: Int($0.count)) }
      let total = weights.reduce(0, +)
      if total == 0 { continue }
      let amount = Int64.random(in: 0...total, using: &random)
      var split = Split(capacity: runs.count)
      for run in runs { split.add(run.amount, times: run.count) }
      split.divide(amount)
      let units = split.parts.flatMap { part in
        (0..<part.count).map { $0 < part.favoured ? part.share + 1 : part.share }
      }
      #expect(units == allocate(amount, over: weights), "seed \(seed)")
    }
  }

  @Test func `are walked through together in the longest runs in which neither changes`() {
    for seed in UInt64(0)..<500 {
      var random = SeededGenerator(seed: seed)
      let pairs = (0..<Int.random(in: 0...12, using: &random)).map { _ in
        (Int64.random(in: 0...2, using: &random), Int64.random(in: 0...2, using: &random))
      }
      var walked: [[Int64]] = []
      UnitRuns(pairs.map { .init(count: 1, amount: $0.0) })
        .together(with: UnitRuns(pairs.map { .init(count: 1, amount: $0.1) })) { count, own, other in
          for _ in 0..<count { walked.append([own, other]) }
        }
      #expect(walked == pairs.map { [$0.0, $0.1] }, "seed \(seed)")
    }
  }

  @Test func `of many parts get what few of them get: the largest remainders, ties to the first`() {
    for seed in UInt64(0)..<300 {
      var random = SeededGenerator(seed: seed)
      let weights = (0..<Int.random(in: 20...60, using: &random)).map { _ in
        Int64.random(in: 0...6, using: &random)
      }
      let total = weights.reduce(0, +)
      let amount = Int64.random(in: 0...total, using: &random)
      let shares = weights.map { amount * $0 / total }
      let favoured = weights.indices.sorted {
        let (one, other) = (amount * weights[$0] % total, amount * weights[$1] % total)
        return one != other ? one > other : $0 < $1
      }.prefix(Int(amount - shares.reduce(0, +)))
      let expected = weights.indices.map { shares[$0] + (favoured.contains($0) ? 1 : 0) }
      #expect(allocate(amount, over: weights) == expected, "seed \(seed)")
    }
  }

  @Test func `are few for ten thousand units with ten coupons`() throws {
    let goods = Cart(currency: eur, lines: [line(0, price: 977, quantity: 10_000)])
    let coupons = (0..<10).map { number in
      candidate(number, terms(number % 2 == 0 ? percent("7.77") : fixed(12_345 + Int64(number))))
    }
    let priced = try Pricing().quote(coupons, in: context(goods))
    #expect(priced.applied.count == 10)
    for (number, applied) in priced.applied.enumerated() {
      let units = applied.allocations[0].units
      #expect(units.count <= number + 2)
      #expect(units.unitCount == 10_000)
      #expect(units.total == applied.amount)
    }
  }
}
