import Foundation
import Scrip

/// A time zone by its IANA name. The only file that asks Foundation, which knows the zones' rules.
struct LocalTime {
  /// The IANA name.
  let name: String
  private let zone: TimeZone

  /// Finds a zone; nil for a name that the system does not know and for abbreviations such as `PST`.
  init?(zoneNamed name: String) {
    guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
    self.name = name
    self.zone = zone
  }

  /// The first moment of a local day: midnight, or the moment after a gap where clocks are put forward over midnight;
  /// nil if it lies before the year 0000 or after 9999 in UTC.
  func start(of day: CalendarDay) -> Instant? {
    Instant(exactly: secondsAtStart(of: day) * 1_000_000)
  }

  private func secondsAtStart(of day: CalendarDay) -> Int64 {
    let midnight = day.daysSinceEpoch * 86_400
    let offsets = [offset(at: midnight - 86_400), offset(at: midnight + 86_400)]
    let earliest = midnight - (offsets.max() ?? 0)
    let latest = midnight - (offsets.min() ?? 0)
    for moment in [earliest, latest] where moment + offset(at: moment) == midnight {
      return moment
    }
    var low = earliest
    var high = latest
    while low < high {
      let middle = low + (high - low) / 2
      if middle + offset(at: middle) >= midnight { high = middle } else { low = middle + 1 }
    }
    return high
  }

  private func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
  }
}
