/// When a coupon can be used: from the start on, up to but without the end.
///
/// Adjacent campaigns meet without gap or overlap. A bound that was written as a day in a time zone keeps that day
/// beside the moment it stood for, so that a changed zone rule can be resolved again.
public struct Validity: Hashable, Sendable {
  /// The first moment at which the coupon can be used; nil for "since ever".
  public let startsAt: Instant?
  /// The first moment at which it can no longer be used; nil for "for ever".
  public let endsAt: Instant?
  /// The local day that `startsAt` was written as.
  public let startDay: CalendarDay?
  /// The last local day that counts, if `endsAt` was written as a day: `endsAt` is the midnight after it.
  public let endDay: CalendarDay?
  /// The IANA name of the campaign's time zone, such as `Europe/Berlin`.
  @Exact public private(set) var timeZone: String?

  /// Makes a window; nil unless it has at least one moment.
  public init?(
    startsAt: Instant? = nil, endsAt: Instant? = nil, startDay: CalendarDay? = nil,
    endDay: CalendarDay? = nil,
    timeZone: String? = nil
  ) {
    if let startsAt, let endsAt, startsAt >= endsAt { return nil }
    self.startsAt = startsAt
    self.endsAt = endsAt
    self.startDay = startDay
    self.endDay = endDay
    self.timeZone = timeZone
  }

  /// A window without bounds.
  public static let always = Validity(unchecked: ())

  private init(unchecked: Void) {
    startsAt = nil
    endsAt = nil
    startDay = nil
    endDay = nil
    timeZone = nil
  }

  /// Whether the moment lies in `[startsAt, endsAt)`.
  public func contains(_ moment: Instant) -> Bool {
    if let startsAt, moment < startsAt { return false }
    if let endsAt, moment >= endsAt { return false }
    return true
  }
}
