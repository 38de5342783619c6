import JSON
import Scrip

/// Where a form comes from, which decides how much of it is believed.
enum FormOrigin {
  /// A caller: days are resolved in their zone, and a day beside an instant must be that instant's.
  case request(any TimeZones)
  /// This service: each instant was resolved when the coupon was written and stays what it was.
  case stored

  /// Whether it is believed as it is.
  var isStored: Bool {
    switch self {
    case .request: false
    case .stored: true
    }
  }
}

/// The five members `starts_at`, `ends_at`, `start_day`, `end_day` and `time_zone`.
///
/// `starts_at` and `ends_at` are read as instants or dates; a date is the local midnight at which the day begins or
/// after which it is over, and needs `time_zone`.
struct ValidityMembers: MemberGroup {
  func read(_ reader: inout ObjectReader, updating old: Validity?) -> Validity? {
    var bounds = BoundReader(origin: reader.ignoresUnknownMembers ? .stored : .request(SystemTimeZones()))
    bounds.readZone(&reader, old: old?.timeZone)
    let starts = bounds.read(
      &reader, ("starts_at", "start_day"), old: (old?.startsAt, old?.startDay), daysLater: 0)
    let ends = bounds.read(&reader, ("ends_at", "end_day"), old: (old?.endsAt, old?.endDay), daysLater: 1)
    guard let starts, let ends, let zoneName = bounds.zoneName else { return nil }
    let window = Validity(
      startsAt: starts.moment, endsAt: ends.moment, startDay: starts.day, endDay: ends.day, timeZone: zoneName
    )
    if window == nil { reader.refuse("ends_at", .invalidValue, "must be after starts_at") }
    return window
  }

  func write(_ validity: Validity, to writer: inout JSONWriter) {
    writer.put("starts_at", validity.startsAt, .instant())
    writer.put("ends_at", validity.endsAt, .instant())
    writer.put("start_day", validity.startDay, .day())
    writer.put("end_day", validity.endDay, .day())
    writer.put("time_zone", validity.timeZone, .text())
  }

  func describe(to walk: inout SchemaWalk) {
    _ = walk.optional("starts_at", nil, MomentOrDayForm())
    _ = walk.optional("ends_at", nil, MomentOrDayForm())
    _ = walk.optional("start_day", nil, .day())
    _ = walk.optional("end_day", nil, .day())
    _ = walk.optional(
      "time_zone", nil, .text(1...TextLimit.identifier), "An IANA time zone; needed for dates.")
  }
}

/// What an end of a window may be given as; it is answered as an instant.
private struct MomentOrDayForm: ValueForm {
  func read(_ value: ValueReader) -> Instant? { value.instant() }

  func write(_ moment: Instant, to writer: inout JSONWriter) { InstantForm().write(moment, to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let moment = InstantForm().schema(&walk)
    if walk.direction == .output { return moment }
    return ["anyOf": [moment, DayForm().schema(&walk)]]
  }
}

/// One end of a window.
private struct Bound {
  var moment: Instant?
  var day: CalendarDay?
}

private struct BoundReader {
  let origin: FormOrigin
  /// Nil after an error, `.some(nil)` where no zone is named.
  private(set) var zoneName: String??
  private var zone: LocalTime?
  private var zoneChanged = false

  init(origin: FormOrigin) { self.origin = origin }

  mutating func readZone(_ reader: inout ObjectReader, old: String?) {
    let origin = origin
    zoneName = reader.member("time_zone", keeping: old, default: nil) { value in
      guard let name = value.string(minLength: 1, maxLength: TextLimit.identifier) else { return nil }
      guard case .request(let zones) = origin else { return .some(name) }
      if zones.localTime(in: name) != nil { return .some(name) }
      value.refuse(.invalidValue, "must be an IANA time zone such as \"Europe/Berlin\"")
      return nil
    }
    if case .request(let zones) = origin, case .some(.some(let name)) = zoneName {
      zone = zones.localTime(in: name)
    }
    zoneChanged = !(zoneName ?? nil).hasSameBytes(as: old)
  }

  /// - Parameter daysLater: 0 for a start, 1 for an end, which is the midnight after its day.
  func read(
    _ reader: inout ObjectReader, _ names: (moment: StaticString, day: StaticString),
    old: (moment: Instant?, day: CalendarDay?), daysLater: Int64
  ) -> Bound? {
    let given = reader.present(names.moment)
    guard let day = reader.member(names.day, { $0.calendarDay() }) else { return nil }
    guard let given, given.kind != .null else {
      if day != nil {
        reader.refuse(names.day, .invalidValue, "needs \(names.moment)")
        return nil
      }
      return given == nil ? keep(old, reader, names.moment, daysLater) : Bound()
    }
    if let text = given.node.string(), let written = CalendarDay(iso8601: text) {
      if day == nil || day == written { return resolve(written, reader, names.moment, daysLater) }
      reader.refuse(names.day, .invalidValue, "must be null or the date in \(names.moment)")
      return nil
    }
    guard let moment = given.instantOrDate() else { return nil }
    guard !origin.isStored else { return Bound(moment: moment, day: day) }
    guard let day else {
      if moment == old.moment || isWritable(moment, daysLater) { return Bound(moment: moment) }
      reader.refuse(names.moment, .outOfRange, "must be at most the end of 9999-12-30")
      return nil
    }
    guard let resolved = resolve(day, reader, names.day, daysLater) else { return nil }
    if resolved.moment == moment { return resolved }
    reader.refuse(names.day, .invalidValue, "must be null or the day that \(names.moment) stands for")
    return nil
  }

  /// Whether a moment lies before the end of the last day, or is that end: in the zone that is named, or in UTC.
  private func isWritable(_ moment: Instant, _ daysLater: Int64) -> Bool {
    let next = CalendarDay(daysSinceEpoch: CalendarDay.lastWritable.daysSinceEpoch + 1)
    let end = zone?.start(of: next) ?? Instant(exactly: next.daysSinceEpoch * 86_400_000_000) ?? .latest
    return daysLater == 0 ? moment < end : moment <= end
  }

  /// What an edit leaves alone; a day moves with its zone.
  private func keep(
    _ old: (moment: Instant?, day: CalendarDay?), _ reader: borrowing ObjectReader, _ name: StaticString,
    _ daysLater: Int64
  ) -> Bound? {
    if zoneChanged, !origin.isStored, let day = old.day { return resolve(day, reader, name, daysLater) }
    return Bound(moment: old.moment, day: old.day)
  }

  private func resolve(
    _ day: CalendarDay, _ reader: borrowing ObjectReader, _ name: StaticString, _ daysLater: Int64
  ) -> Bound? {
    if let zone {
      let first = CalendarDay(daysSinceEpoch: day.daysSinceEpoch + daysLater)
      if day <= .lastWritable, let moment = zone.start(of: first) { return Bound(moment: moment, day: day) }
      reader.refuse(
        name, .outOfRange,
        "must be at most 9999-12-30, and begin no earlier than the year 0000 in UTC (here in \(zone.name))")
      return nil
    }
    if zoneName != nil { reader.refuse("time_zone", .required, "is required for a date in \(name)") }
    return nil
  }
}

extension ValueReader {
  fileprivate func instantOrDate() -> Instant? {
    parsed(
      maxLength: TextLimit.short,
      as: "an RFC 3339 instant in the years 0000 to 9999 (UTC), or a date such as \"2026-11-20\""
    ) {
      Instant(rfc3339: $0)
    }
  }
}
