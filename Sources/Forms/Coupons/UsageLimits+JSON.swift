import JSON
import Scrip

extension UsageLimits: ObjectForm, JSONWritable {
  /// `Limits`
  public static let formName = "Limits"

  static let usesRange: ClosedRange<Int64> = 1...1_000_000_000

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ limits: UsageLimits?
  ) -> UsageLimits? {
    let total = walk.optional("total", limits?.total, .uses())
    let perUser = walk.optional("per_user", limits?.perUser, .uses())
    let perCode = walk.optional("per_code", limits?.perCode, .uses())
    let budget = walk.member("budget", limits?.budget, else: AmountsByCurrency([]), .amounts(from: 0))
    let onBudgetShort = walk.member("on_budget_short", limits?.onBudgetShort, else: .refuse, .choice())
    let perPeriod = walk.member(
      "per_period", limits?.perPeriod, else: [],
      .distinct(
        .objects(PeriodLimit.self, 0...3), by: { $0.period }, at: "period", "has a limit already"))
    guard let total, let perUser, let perCode, let budget, let onBudgetShort, let perPeriod else {
      return nil
    }
    return UsageLimits(
      total: total, perUser: perUser, perCode: perCode, budget: budget, onBudgetShort: onBudgetShort,
      perPeriod: perPeriod)
  }
}

extension UsageLimits.PeriodLimit: ObjectForm {
  /// `PeriodLimit`
  public static let formName = "PeriodLimit"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ limit: UsageLimits.PeriodLimit?
  ) -> UsageLimits.PeriodLimit? {
    let period = walk.required("period", limit?.period, .choice())
    let total = walk.required("total", limit?.total, .uses())
    guard let period, let total else { return nil }
    return UsageLimits.PeriodLimit(period: period, total: total)
  }
}

/// A number of uses.
public struct UsesForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Int64? { value.int64(in: UsageLimits.usesRange) }

  /// Writes one.
  public func write(_ uses: Int64, to writer: inout JSONWriter) { writer.int(uses) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Uses") {
      integerSchema(UsageLimits.usesRange).noted("A number of uses, up to a thousand million.")
    }
  }
}

extension ValueForm where Self == UsesForm {
  /// A number of uses.
  public static func uses() -> Self { UsesForm() }
}
