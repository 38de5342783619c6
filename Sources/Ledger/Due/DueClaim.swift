import protocol Scrip.Identified
import struct Scrip.Identifier
import struct Scrip.Instant
import struct Scrip.Tenant

/// Who claims work: one process, by a number of its own that no other has.
public typealias DueHolder = Identifier<DueNode>

/// A process that does work.
public enum DueNode: Identified {
  /// `node`
  public static let prefix = "node"
}

extension DueHolder {
  /// A number that nobody else has.
  public static func random() -> DueHolder {
    DueHolder(UInt128.random(in: 1...UInt128.max))
  }
}

/// A piece of work that was claimed: until the lease runs out nobody else gets it.
public struct DueClaim: Hashable, Sendable {
  /// Which piece.
  public let key: Owned<DueKey>
  /// When it was due.
  public let dueAt: Instant
  /// What the handler has to know.
  public let payload: [UInt8]
  /// Whether a fact has scheduled it.
  public let isTold: Bool
  /// The how manieth try this is, from 1 on. With the holder it tells this claim from every other.
  public let attempt: Int64
  /// Who has claimed it.
  public let holder: DueHolder

  /// Makes a claim.
  public init(
    key: Owned<DueKey>, dueAt: Instant, payload: [UInt8], isTold: Bool, attempt: Int64, holder: DueHolder
  ) {
    self.key = key
    self.dueAt = dueAt
    self.payload = payload
    self.isTold = isTold
    self.attempt = attempt
    self.holder = holder
  }

  /// The order in which work is done.
  public static func inOrder(_ left: DueClaim, _ right: DueClaim) -> Bool {
    (left.dueAt, left.key) < (right.dueAt, right.key)
  }
}

/// What is to be claimed.
public struct DueClaiming: Sendable {
  /// The kinds of work that the claimer can do.
  public var kinds: [DueWork.Kind]
  /// How many pieces at most.
  public var limit: Int
  /// Who claims them.
  public var holder: DueHolder
  /// How long nobody else gets them, in seconds.
  public var leaseSeconds: Int64

  /// Describes what is to be claimed.
  public init(kinds: [DueWork.Kind], limit: Int, holder: DueHolder, leaseSeconds: Int64) {
    self.kinds = kinds
    self.limit = limit
    self.holder = holder
    self.leaseSeconds = leaseSeconds
  }
}

/// What became of a claim.
public enum DueSettlement: Sendable {
  /// It was done. Work of the house is gone with that; what a fact has scheduled is ended or moved on by another fact.
  case done
  /// It was done, and is to be done again at a moment. What a fact has scheduled stays due since its own moment, and rests
  /// until then.
  case again(Instant)
  /// It failed, and is tried again at a moment.
  case failed(String, retryAt: Instant)
  /// It failed, and is not tried again until somebody asks for that.
  case parked(String)
}

/// What came of hastening work.
public enum DueHastening: Sendable {
  /// It can be claimed at once.
  case hastened
  /// Somebody is at it, and may have looked too early.
  case isLeased
  /// There is none, or it is parked.
  case none
}

/// A claim on work that a command completes, and when the work is to be done again if no fact ends it.
public struct DueCompletion: Hashable, Sendable {
  /// The claim.
  public let claim: DueClaim
  /// The pause before it is done again, in seconds; nil if it is done.
  public let againAfterSeconds: Int64?

  /// Completes a claim.
  public init(_ claim: DueClaim, againAfterSeconds: Int64? = nil) {
    self.claim = claim
    self.againAfterSeconds = againAfterSeconds
  }

  /// What becomes of the claim at a moment.
  func settlement(at now: Instant) -> DueSettlement {
    againAfterSeconds.map { .again(now.adding(seconds: $0)) } ?? .done
  }
}

/// What a transaction does with due work besides folding. Each call is done at once, before what was gathered to be
/// written, and goes with the transaction: it is judged at the transaction's moment.
public protocol DueTransaction {
  /// Claims what is due, what was due first before others. What somebody else is just claiming is passed over.
  func claim(_ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim]

  /// Settles a claim; false if it was lost: the lease ran out and somebody else has claimed the work, or it is gone. Until
  /// the transaction ends nobody else can claim it.
  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws(StoreFailure) -> Bool

  /// Keeps a claim for longer, as long as it is not lost; false if it is.
  func prolong(_ claim: DueClaim, until moment: Instant) throws(StoreFailure) -> Bool

  /// Has work of the house done at a moment. Where the same is scheduled for later, and neither claimed nor parked, it is
  /// moved forward; otherwise it stays as it is. A lease or a pause that goes on for longer than ``dueSecondsAheadMax`` is of
  /// a time that never was, from before a clock was put right, and counts for nothing.
  func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant) throws(StoreFailure)

  /// Has work that a fact has scheduled done at once instead of after its pause: something has happened elsewhere.
  func hasten(_ key: Owned<DueKey>) throws(StoreFailure) -> DueHastening

  /// Has parked work tried again at once, as if it had never been tried, and work that a clock that was wrong has claimed or
  /// put off; false if there is no such.
  func retry(_ key: Owned<DueKey>) throws(StoreFailure) -> Bool
}

/// The longest lease, and the longest pause, in seconds.
public let dueSecondsAheadMax: Int64 = 86_400

extension StoreFailure {
  /// What a late completion is refused with: somebody else has taken over.
  public static let claimLost = StoreFailure(
    kind: .refusedByDatabase, code: "claim_lost", message: "the claim on a piece of work was lost")

  /// What becomes of work whose outcome is refused: it failed, and is tried again.
  public static let completionRefused = StoreFailure(
    kind: .refusedByDatabase, code: "completion_refused",
    message: "the command that tells of a piece of work was refused")
}
