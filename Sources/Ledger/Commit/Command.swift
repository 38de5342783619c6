import Digest

import enum Scrip.Actor
import struct Scrip.ExactText
import struct Scrip.Identifier
import struct Scrip.IdentifierSource
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// Somebody's request to change something, as it waits for the committer.
public struct Command<State: LedgerState>: Sendable {
  /// Whose data it is about.
  public var tenant: Tenant.ID
  /// Who asks for it.
  public var actor: Actor
  /// The request that it came with.
  public var requestID: String?
  /// The idempotency key it came with: a retry with the same key gets the same answer.
  public var idempotency: IdempotencyKey?
  /// What its request told besides, which is kept beside the log if the command does something.
  public var brought: State.Brought
  /// What is to be done.
  public var action: any Action<State>

  /// The work that it completes: a command whose claim was lost is not decided, and fails with
  /// ``StoreFailure/claimLost``.
  public var completion: DueCompletion?

  /// Makes a command.
  public init(
    tenant: Tenant.ID, actor: Actor, requestID: String? = nil, idempotency: IdempotencyKey? = nil,
    brought: State.Brought, action: any Action<State>
  ) {
    self.tenant = tenant
    self.actor = actor
    self.requestID = requestID
    self.idempotency = idempotency
    self.brought = brought
    self.action = action
  }
}

/// What requests of a domain bring that keeps nothing beside its log.
public struct NothingBrought: Sendable {
  /// Nothing.
  public init() {}
}

extension Command where State.Brought == NothingBrought {
  /// Makes a command.
  public init(
    tenant: Tenant.ID, actor: Actor, requestID: String? = nil, idempotency: IdempotencyKey? = nil,
    action: any Action<State>
  ) {
    self.init(
      tenant: tenant, actor: actor, requestID: requestID, idempotency: idempotency, brought: NothingBrought(),
      action: action)
  }
}

extension LedgerState where Brought == NothingBrought {
  /// Asks for nothing.
  public static func ask(for brought: NothingBrought, of tenant: Tenant.ID, in request: inout Request) {}

  /// Keeps nothing.
  public mutating func keep(_ brought: NothingBrought, with decision: Decision<Self>, of tenant: Tenant.ID) {}
}

/// The key under which an answer is kept, with what it answers.
public struct IdempotencyKey: Hashable, Sendable {
  /// The caller's text.
  public typealias Name = ExactText<IdempotencyKey>

  /// The caller's key, 1 to 255 characters.
  public var key: Name
  /// SHA-256 over method, path and body of the request.
  public var fingerprint: Hash256

  /// Makes a key.
  public init(key: Name, fingerprint: Hash256) {
    self.key = key
    self.fingerprint = fingerprint
  }
}

/// What a decision may know besides the state: nothing else, so that it can be replayed.
public struct DecisionContext: Sendable {
  /// The one moment of the transaction for this tenant.
  public let now: Instant
  /// Who asks for it.
  public let actor: Actor
  /// The request that it came with.
  public let requestID: String?
  /// Whose data it is about.
  public let tenant: Tenant.ID
  /// The moment of the transaction in real time, which new identifiers are sorted by.
  public let moment: Instant
  private let identifiers: IdentifierSource

  /// Makes a context.
  ///
  /// - Parameters:
  ///   - now: the moment for the tenant.
  ///   - moment: the transaction's.
  ///   - identifiers: where new identifiers come from.
  public init(
    now: Instant, moment: Instant, actor: Actor, requestID: String?, tenant: Tenant.ID,
    identifiers: IdentifierSource
  ) {
    self.now = now
    self.moment = moment
    self.actor = actor
    self.requestID = requestID
    self.tenant = tenant
    self.identifiers = identifiers
  }

  /// A new identifier.
  public func newID<Subject>() -> Identifier<Subject> { identifiers.next(at: moment) }
}

/// One kind of action: what it needs to see, and the pure function that decides it.
public protocol Action<State>: Sendable {
  /// What it looks at and changes.
  associatedtype State: LedgerState

  /// Asks for what is known to be needed. Called again with what was loaded, until it asks for nothing new.
  func ask(for request: inout State.Request, of tenant: Tenant.ID, given state: State, now: Instant)

  /// Decides on the state: events and an answer, or an answer alone. Has no other effect.
  func verdict(_ state: State, _ context: DecisionContext) -> Verdict<State>

  /// Hashes what it is about, as far as the action itself says: actions that hash alike are decided by the same lane.
  func hashSubject(into hasher: inout Hasher)
}

extension Action {
  /// About the tenant as a whole.
  public func hashSubject(into hasher: inout Hasher) {}
}

/// What a command came to, before anything is changed.
public enum Verdict<State: LedgerState>: Sendable {
  /// It was decided.
  case decision(Decision<State>)
  /// The answer is no, and nothing is to be recorded.
  case refused(State.Answer)
}

/// What was decided.
public struct Decision<State: LedgerState>: Sendable {
  /// What happened, in order, each with the stream that it belongs to.
  public var facts: [(stream: StreamID, fact: any Fact<State>)]
  /// What to answer, once the facts are folded in.
  public var reply: State.Reply

  /// Whether it would be better for whoever asked for it if others held less: a budget left only a part of the discount.
  public var isShort: Bool

  /// Makes a decision.
  public init(
    _ facts: [(stream: StreamID, fact: any Fact<State>)] = [], reply: State.Reply, isShort: Bool = false
  ) {
    self.facts = facts
    self.reply = reply
    self.isShort = isShort
  }
}

/// How the committer settled a command.
public enum Settlement<State: LedgerState>: Sendable {
  /// It was decided.
  case answered(State.Answer)
  /// The answer was given before, under the same idempotency key. It is read where somebody waits for it, not where
  /// everybody does.
  case replayed(KeptForm)
}
