import Digest
import Scrip
import Wire

/// Somebody's request to change something, as it waits for the committer.
public struct Command: Sendable {
  /// Whose data it is about.
  public var tenant: Tenant.ID
  /// Who asks for it.
  public var actor: Actor
  /// The request that it came with.
  public var requestID: String?
  /// The idempotency key it came with: a retry with the same key gets the same answer.
  public var idempotency: IdempotencyKey?
  /// Whom its request named. Their names are kept if it does something.
  public var persons: [NamedPerson]
  /// What is to be done.
  public var action: any Action

  /// Makes a command.
  public init(
    tenant: Tenant.ID, actor: Actor, requestID: String? = nil, idempotency: IdempotencyKey? = nil,
    persons: [NamedPerson] = [], action: any Action
  ) {
    self.tenant = tenant
    self.actor = actor
    self.requestID = requestID
    self.idempotency = idempotency
    self.persons = persons
    self.action = action
  }
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
  /// The one moment of the transaction.
  public let now: Instant
  /// Who asks for it.
  public let actor: Actor
  /// The request that it came with.
  public let requestID: String?
  /// Whose data it is about.
  public let tenant: Tenant.ID
  /// Where new identifiers come from.
  public let identifiers: IdentifierSource

  /// Makes a context.
  public init(
    now: Instant, actor: Actor, requestID: String?, tenant: Tenant.ID, identifiers: IdentifierSource
  ) {
    self.now = now
    self.actor = actor
    self.requestID = requestID
    self.tenant = tenant
    self.identifiers = identifiers
  }
}

/// One kind of action: what it needs to see, and the pure function that decides it.
public protocol Action: Sendable {
  /// Asks for what is known to be needed. Called again with what was loaded, until it asks for nothing new.
  func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant)

  /// Decides on the state: events and an answer. Has no other effect.
  ///
  /// - Throws: `Refusal` if the answer is no and nothing is to be recorded.
  func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision

  /// Hashes what it is about, as far as the action itself says: actions that hash alike are decided by the same lane.
  func hashSubject(into hasher: inout Hasher)
}

extension Action {
  /// About the tenant as a whole.
  public func hashSubject(into hasher: inout Hasher) {}
}

/// What was decided.
public struct Decision: Sendable {
  /// What happened, in order, each with the stream that it belongs to.
  public var facts: [(stream: EventStream, fact: any EventFact)]
  /// What to answer, once the facts are folded in.
  public var reply: ReplySubject

  /// Whether it would be better for whoever asked for it if others held less: a budget left only a part of the discount.
  public var isShort: Bool
  /// Whose name is to be erased, beside what happened; nil for nobody's.
  public var erased: UserID?

  /// Makes a decision.
  public init(
    _ facts: [(stream: EventStream, fact: any EventFact)] = [], reply: ReplySubject, isShort: Bool = false
  ) {
    self.facts = facts
    self.reply = reply
    self.isShort = isShort
  }
}

extension Decision {
  /// Whether something was done: what is only told of a refusal is not.
  var hasEffect: Bool {
    if case .refused = reply { return false }
    return !facts.isEmpty
  }
}

/// What a reply shows, by name: its values are read from the state after the command's events.
public enum ReplySubject: Sendable {
  /// The coupon as it is now.
  case coupon(Coupon.ID, isNew: Bool)
  /// The application as it is now.
  case application(DiscountApplication.ID, isNew: Bool)
  /// Codes that were added to a coupon.
  case codes(Coupon.ID, [CodeGrant])
  /// A key as it is now, with its secret if it is new.
  case accessKey(AccessKey.ID, secret: String?)
  /// The tenant as it is now.
  case tenant(Tenant.ID, isNew: Bool)
  /// What is known of a person.
  case person(UserID)
  /// No; the facts record that it was asked.
  case refused(Refusal)
}

extension WorkingSet {
  /// The answer to a command, once its facts are folded in.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the store lacks what the reply is about.
  func answer(_ subject: ReplySubject, of tenant: Tenant.ID) throws(StoreFailure) -> Answer {
    switch subject {
    case .coupon(let id, let isNew):
      if let row = coupons[Owned(tenant, id)]?.withoutVoidLocks, row.coupon == nil {
        Answer(.termlessCoupon(row.withoutTerms), isNew: isNew)
      } else {
        Answer(.coupon(try shown(coupons[Owned(tenant, id)]?.withoutVoidLocks.coupon)), isNew: isNew)
      }
    case .application(let id, let isNew):
      Answer(.application(try shown(applications[Owned(tenant, id)]?.application)), isNew: isNew)
    case .codes(let id, let grants): .created(.codes(AddedCodes(couponID: id, codes: grants)))
    case .accessKey(let id, let secret):
      Answer(
        .accessKey(try shown(accessKeys[Owned(tenant, id)]), secret: secret), isNew: secret != nil)
    case .tenant(let id, let isNew): Answer(.tenant(try shown(tenants[id]?.tenant)), isNew: isNew)
    case .person(let pseudonym):
      .ok(
        .person(
          ShownPerson(pseudonym: pseudonym, userID: persons[Owned(tenant, pseudonym)]?.userID)))
    case .refused(let refusal): .refused(refusal)
    }
  }

  private func shown<Value>(_ value: Value?) throws(StoreFailure) -> Value {
    guard let value else { throw .missingSubject }
    return value
  }
}

extension StoreFailure {
  /// What a command was about is not there after it.
  static var missingSubject: StoreFailure { .corrupt("what a reply is about is missing: it") }
}
