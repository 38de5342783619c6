import Ledger
import Scrip

/// How a coupon was used.
public struct CouponStatistics: Hashable, Sendable {
  /// What usages of one currency came to.
  public struct PerCurrency: Hashable, Sendable {
    /// The discount money of live usages.
    public var discount: Money
    /// Whether the discount money is more than the largest amount, which `discount` then is.
    public var isSaturated: Bool
    /// How many live usages.
    public var uses: Int64

    /// Makes an entry.
    public init(discount: Money, isSaturated: Bool = false, uses: Int64) {
      self.discount = discount
      self.isSaturated = isSaturated
      self.uses = uses
    }
  }

  /// One day's uses (UTC, by the moment of locking).
  public struct PerDay: Hashable, Sendable {
    /// The day.
    public var day: CalendarDay
    /// Live usages that were locked on it.
    public var uses: Int64
    /// Their discount money in minor units, by currency.
    public var discount: AmountsByCurrency
    /// Whether some currency's discount money is more than the largest amount, which it is shown as.
    public var isSaturated: Bool

    /// Makes an entry.
    public init(day: CalendarDay, uses: Int64, discount: AmountsByCurrency, isSaturated: Bool = false) {
      self.day = day
      self.uses = uses
      self.discount = discount
      self.isSaturated = isSaturated
    }
  }

  /// Usages by state.
  public var uses: [Usage.State: Int64]
  /// How many of the redeemed ones are outside of all counts.
  public var overLimit: Int64
  /// How many different users have live usages, as far as orders named one.
  public var uniqueUsers: Int64
  /// By currency.
  public var perCurrency: [PerCurrency]
  /// By day, oldest first, the last 90 days that have uses.
  public var perDay: [PerDay]
  /// The moment from which on what happened is not all in: much is not added up yet. Nil if everything is in.
  public var asOf: Instant?

  /// Makes statistics.
  public init(
    uses: [Usage.State: Int64], overLimit: Int64 = 0, uniqueUsers: Int64, perCurrency: [PerCurrency],
    perDay: [PerDay], asOf: Instant? = nil
  ) {
    self.asOf = asOf
    self.uses = uses
    self.overLimit = overLimit
    self.uniqueUsers = uniqueUsers
    self.perCurrency = perCurrency
    self.perDay = perDay
  }
}

extension CouponStatistics {
  /// How many days are shown.
  private static let daysMax = 90

  /// Live usages of one day in one currency, as a store has added them up.
  public struct DailyUses: Hashable, Sendable {
    /// The day on which they were locked.
    public var day: CalendarDay
    /// Their currency.
    public var currency: Currency
    /// How many.
    public var uses: Int64
    /// Their discount money.
    public var discount: BoundedSum

    /// Makes an entry.
    public init(day: CalendarDay, currency: Currency, uses: Int64, discount: BoundedSum) {
      self.day = day
      self.currency = currency
      self.uses = uses
      self.discount = discount
    }
  }

  /// Adds up what stands for each day and currency, in any order and any number of times.
  public init(
    uses: [Usage.State: Int64], overLimit: Int64 = 0, uniqueUsers: Int64, daily: [DailyUses]
  ) {
    let currencies = Dictionary(grouping: daily, by: \.currency).sorted { $0.key < $1.key }
    let days = Dictionary(grouping: daily, by: \.day).sorted { $0.key < $1.key }
    self.init(
      uses: uses, overLimit: overLimit, uniqueUsers: uniqueUsers,
      perCurrency: currencies.map { currency, entries in
        let total = entries.totalDiscount
        return PerCurrency(
          discount: Money(minorUnits: total.minorUnits, currency: currency), isSaturated: total.isSaturated,
          uses: entries.totalUses)
      },
      perDay: days.suffix(CouponStatistics.daysMax).map { day, entries in
        let totals = Dictionary(grouping: entries, by: \.currency).mapValues(\.totalDiscount)
        return PerDay(
          day: day, uses: entries.totalUses,
          discount: AmountsByCurrency(
            totals.map { Money(minorUnits: $0.value.minorUnits, currency: $0.key) }),
          isSaturated: totals.values.contains(where: \.isSaturated))
      })
  }
}

extension [CouponStatistics.DailyUses] {
  fileprivate var totalUses: Int64 { reduce(0) { $0 + $1.uses } }

  fileprivate var totalDiscount: BoundedSum { reduce(into: BoundedSum()) { $0 += $1.discount } }
}
