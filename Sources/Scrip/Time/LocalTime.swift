/// The port through which days become moments: whoever knows the rules of the world's time zones stands behind it.
public protocol TimeZones: Sendable {
  /// The time in a zone by its IANA name, such as `Europe/Berlin`; nil for a name that is not known and for
  /// abbreviations such as `PST`, of which nobody knows which zone they mean.
  func localTime(in name: String) -> LocalTime?
}

/// The clocks of one time zone.
public struct LocalTime: Sendable {
  /// The zone's name.
  public let name: String
  private let offset: @Sendable (_ secondsSinceEpoch: Int64) -> Int64

  /// Makes a zone's clocks.
  ///
  /// - Parameter offset: by how many seconds they are ahead of UTC at a moment.
  public init(name: String, offset: @escaping @Sendable (_ secondsSinceEpoch: Int64) -> Int64) {
    self.name = name
    self.offset = offset
  }

  /// The first moment of a local day: midnight, or the moment after a gap where clocks are put forward over midnight;
  /// nil if it lies before the year 0000 or after 9999 in UTC.
  public func start(of day: CalendarDay) -> Instant? {
    Instant(exactly: secondsAtStart(of: day) * 1_000_000)
  }

  private func secondsAtStart(of day: CalendarDay) -> Int64 {
    let midnight = day.daysSinceEpoch * 86_400
    let offsets = [offset(midnight - 86_400), offset(midnight + 86_400)]
    let earliest = midnight - (offsets.max() ?? 0)
    let latest = midnight - (offsets.min() ?? 0)
    for moment in [earliest, latest] where moment + offset(moment) == midnight {
      return moment
    }
    var low = earliest
    var high = latest
    while low < high {
      let middle = low + (high - low) / 2
      if middle + offset(middle) >= midnight { high = middle } else { low = middle + 1 }
    }
    return high
  }
}
