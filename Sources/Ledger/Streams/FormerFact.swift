import struct Scrip.Tenant

/// Which forms facts are written in, as a step of the schema: those that every program can read which may be at work
/// while that step is the newest one that shuts older programs out.
public struct FormStep: Hashable, Comparable, Sendable {
  /// The step's number.
  public let number: Int64

  /// A step of the schema.
  public init(_ number: Int64) { self.number = number }

  /// No other program is at work: today's forms.
  public static let newest = FormStep(.max)

  /// Later steps are greater.
  public static func < (left: FormStep, right: FormStep) -> Bool { left.number < right.number }
}

/// The form that a fact, or several facts, had in the log before. It has a name of its own: the names of types are the
/// versions of forms, and none is ever given another meaning.
///
/// It is read for ever, and folded as what it says in today's facts. It is written as long as programs may be at work that
/// do not know today's.
///
/// Seats were once `SeatsBooked`, and are `SeatsTaken` and `SeatsHeld` now. While older programs are at work, a decision
/// that comes to `SeatsTaken` and `SeatsHeld` is written as one `SeatsBooked`; what is folded is what that says.
public protocol FormerFact<State>: Fact {
  /// The step of the schema that says that every program knows today's facts. From then on it is not written.
  static var replacedAt: FormStep { get }

  /// Says the first facts of a decision in this form; nil if it has no words for them. They are then written in today's
  /// form, which older programs show and do not understand.
  ///
  /// - Parameter facts: facts of one stream that follow each other; at least one.
  /// - Returns: the form, and how many facts it says.
  static func saying(_ facts: [any Fact<State>]) -> (form: any Fact<State>, count: Int)?

  /// What it says in today's facts.
  func upgraded() -> [any Fact<State>]
}

extension FormerFact {
  /// What today's facts change.
  public func addNeeds(to request: inout State.Request, of tenant: Tenant.ID) {
    for fact in upgraded() { fact.addNeeds(to: &request, of: tenant) }
  }

  /// Changes the state as today's facts do, all of them in one place.
  public func fold(into state: inout State, at place: EventPlace) {
    for fact in upgraded() { fact.fold(into: &state, at: place) }
  }
}
