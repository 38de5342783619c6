import Glibc

import struct Scrip.Instant

/// The computer's clock in UTC.
@Sendable public func systemClock() -> Instant {
  var time = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &time)
  return Instant(clamping: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
}
