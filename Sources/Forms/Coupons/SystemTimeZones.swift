import Foundation
import Scrip

/// The time zones that the system knows. The only file that asks Foundation for them.
public struct SystemTimeZones: TimeZones {
  /// Makes the port's adapter; it keeps nothing.
  public init() {}

  /// The time in a zone by its IANA name; `UTC` is one as well.
  public func localTime(in name: String) -> LocalTime? {
    guard name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else { return nil }
    return LocalTime(name: name) { seconds in
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }
  }
}
