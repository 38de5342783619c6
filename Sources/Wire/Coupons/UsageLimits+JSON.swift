import JSON
import Scrip

extension UsageLimits: JSONWritable {
  /// `{"total":1000,"per_user":1,"per_code":null,"budget":{},"on_budget_short":"refuse","per_period":[]}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("total", total)
      writer.member("per_user", perUser)
      writer.member("per_code", perCode)
      writer.member("budget", budget)
      writer.member("on_budget_short", onBudgetShort)
      writer.member("per_period", perPeriod)
    }
  }

  static let usesRange: ClosedRange<Int64> = 1...1_000_000_000

  init?(reading value: ValueReader) {
    let limits = value.object { (object: inout ObjectReader) -> UsageLimits? in
      let total = object.member("total") { $0.int64(in: Self.usesRange) }
      let perUser = object.member("per_user") { $0.int64(in: Self.usesRange) }
      let perCode = object.member("per_code") { $0.int64(in: Self.usesRange) }
      let budget = object.member("budget", else: AmountsByCurrency([])) { $0.amounts(in: 0...amountMax) }
      let onBudgetShort = object.member("on_budget_short", else: .refuse) {
        $0.enumeration(BudgetShortage.self)
      }
      let perPeriod = object.member("per_period", else: []) { $0.periodLimits() }
      guard let total, let perUser, let perCode, let budget, let onBudgetShort, let perPeriod else {
        return nil
      }
      return UsageLimits(
        total: total, perUser: perUser, perCode: perCode, budget: budget, onBudgetShort: onBudgetShort,
        perPeriod: perPeriod)
    }
    guard let limits else { return nil }
    self = limits
  }
}

extension UsageLimits.PeriodLimit: JSONWritable {
  /// `{"period":"day","total":100}`.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("period", period)
      writer.member("total", total)
    }
  }
}

extension ValueReader {
  fileprivate func periodLimits() -> [UsageLimits.PeriodLimit]? {
    var seen: Set<UsageLimits.Period> = []
    return array(max: 3) { value in
      value.object { (object: inout ObjectReader) -> UsageLimits.PeriodLimit? in
        let period = object.required("period") { $0.enumeration(UsageLimits.Period.self) }
        let total = object.required("total") { $0.int64(in: UsageLimits.usesRange) }
        guard let period, let total else { return nil }
        if seen.insert(period).inserted { return UsageLimits.PeriodLimit(period: period, total: total) }
        object.refuse("period", .invalidValue, "has a limit already")
        return nil
      }
    }
  }
}
