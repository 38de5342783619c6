/// How often, and for how much money, a coupon may be used. LOCKED and REDEEMED usages both count.
public struct UsageLimits: Hashable, Sendable {
  /// A calendar period in UTC.
  public enum Period: String, CaseIterable, Sendable {
    /// From midnight to midnight.
    case day
    /// From Monday on (ISO 8601).
    case week
    /// From the first of the month on.
    case month

    /// The first day of the period that holds the moment; of the calendar's first week, the calendar's first day.
    public func firstDay(containing moment: Instant) -> CalendarDay {
      let day = moment.day
      switch self {
      case .day: return day
      case .week:
        let monday = CalendarDay(daysSinceEpoch: day.daysSinceEpoch - day.isoWeekday + 1)
        return max(monday, Instant.earliest.day)
      case .month: return CalendarDay(daysSinceEpoch: day.daysSinceEpoch - day.components.day + 1)
      }
    }
  }

  /// How many uses fit into one period.
  public struct PeriodLimit: Hashable, Sendable {
    /// The period.
    public var period: Period
    /// How many uses fit into it.
    public var total: Int64

    /// Makes a limit.
    public init(period: Period, total: Int64) {
      self.period = period
      self.total = total
    }
  }

  /// What happens when the money budget has less left than the discount.
  public enum BudgetShortage: String, CaseIterable, Sendable {
    /// The coupon is refused. The default.
    case refuse
    /// The discount is cut to what is left.
    case clip
  }

  /// Uses of the coupon over all of its codes; nil for no limit.
  public var total: Int64?
  /// Uses for each identity key; nil for no limit.
  public var perUser: Int64?
  /// Uses for each code; nil for no limit.
  public var perCode: Int64?
  /// Discount money to give away, by currency; a currency without an entry is refused if there is any entry.
  public var budget: AmountsByCurrency
  /// What happens when the budget runs short.
  public var onBudgetShort: BudgetShortage
  /// Uses for each calendar period.
  public var perPeriod: [PeriodLimit]

  /// Makes limits; without arguments there are none.
  public init(
    total: Int64? = nil, perUser: Int64? = nil, perCode: Int64? = nil,
    budget: AmountsByCurrency = AmountsByCurrency([]), onBudgetShort: BudgetShortage = .refuse,
    perPeriod: [PeriodLimit] = []
  ) {
    self.total = total
    self.perUser = perUser
    self.perCode = perCode
    self.budget = budget
    self.onBudgetShort = onBudgetShort
    self.perPeriod = perPeriod
  }
}
