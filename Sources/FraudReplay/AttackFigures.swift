import SampleShop
import Scrip

/// What an attack wanted, and what it got.
package struct AttackFigures: Hashable, Sendable {
  /// How many attempts it made, and how many of them were blocked.
  package internal(set) var attempts = 0, blocked = 0
  /// The discounts that it would have got, and those that it got, in minor units.
  package internal(set) var wanted: Int64 = 0, got: Int64 = 0
  /// The same of what came later than a minute after its first attempt.
  package internal(set) var wantedLater: Int64 = 0, gotLater: Int64 = 0
  /// The seconds from its first attempt to the first that was flagged, challenged or blocked, to the first alert, and to
  /// the end of its coupon; nil if that never came.
  package internal(set) var flaggedAfter, challengedAfter, blockedAfter, alertedAfter, disabledAfter: Int64?

  /// How many hundredths of a per cent of the money were stopped; all of it if there was none.
  package var stopped: Int64 { AttackFigures.share(of: wanted - got, in: wanted) }

  /// The same of what came after the first minute.
  package var stoppedLater: Int64 { AttackFigures.share(of: wantedLater - gotLater, in: wantedLater) }

  /// When something followed first that stopped it: a block, or the end of its coupon.
  package var stoppedAfter: Int64? { [blockedAfter, disabledAfter].compactMap { $0 }.min() }

  static func share(of part: Int64, in whole: Int64) -> Int64 { whole == 0 ? 10_000 : part * 10_000 / whole }

  /// Adds what another one got; of moments, the earliest stay.
  mutating func add(_ other: AttackFigures) {
    attempts += other.attempts
    blocked += other.blocked
    wanted += other.wanted
    got += other.got
    wantedLater += other.wantedLater
    gotLater += other.gotLater
  }
}

/// What happened to an honest crowd.
package struct CrowdFigures: Hashable, Sendable {
  /// Its checkouts with a code that opens something.
  package internal(set) var checkouts = 0
  /// How many of them were flagged, challenged and blocked.
  package internal(set) var flagged = 0, challenged = 0, blocked = 0
  /// How many came for a coupon that had been disabled because it leaked.
  package internal(set) var withoutCoupon = 0

  /// How many of a hundred thousand checkouts were blocked.
  package var blockedShare: Int64 { checkouts == 0 ? 0 : Int64(blocked) * 100_000 / Int64(checkouts) }

  mutating func add(_ other: CrowdFigures) {
    checkouts += other.checkouts
    flagged += other.flagged
    challenged += other.challenged
    blocked += other.blocked
    withoutCoupon += other.withoutCoupon
  }
}
