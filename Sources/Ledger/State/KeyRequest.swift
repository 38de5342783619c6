import struct Scrip.StreamID
import struct Scrip.Tenant

/// What a batch of commands, or a query, needs to see. A store answers it in a constant number of statements.
public protocol KeyRequest: Sendable {
  /// Nothing.
  init()

  /// Nothing, with room for what so many commands ask for.
  init(count: Int)

  /// Tenants with their settings and heads.
  var tenants: Set<Tenant.ID> { get set }

  /// Answers given under idempotency keys.
  var answers: Set<Owned<IdempotencyKey.Name>> { get set }

  /// Cursors of projections. A transaction that loads one has it until it ends: nobody else moves it.
  var cursors: Set<Owned<ProjectionName>> { get set }

  /// Asks for the owner of a stream.
  mutating func addOwner(of stream: StreamID, _ tenant: Tenant.ID)

  /// The one list of everything that can be asked for by key.
  mutating func visitKeys(_ visitor: inout some KeyVisitor, beside other: Self)
}

/// Whether what is found may lead to something else that has to be asked for.
public enum KeyMeaning: Sendable {
  /// It may.
  case leadsOn
  /// Nothing further.
  case ends
}

/// What is done with all keys of a request in turn.
public protocol KeyVisitor {
  /// Called for each kind of keys, with those of another request.
  mutating func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: Set<Key>, _ meaning: KeyMeaning)
}

extension KeyRequest {
  /// Whether nothing is asked for.
  public var isEmpty: Bool { count.all == 0 }

  /// Whether everything that is asked for leads to nothing further.
  public var isLast: Bool { count.leadingOn == 0 }

  private var count: KeyCount {
    var (count, copy) = (KeyCount(), self)
    copy.visitKeys(&count, beside: self)
    return count
  }

  /// Takes out what the working set holds already, or knows to be absent.
  public mutating func subtract(_ seen: Self) {
    var subtraction = KeySubtraction()
    visitKeys(&subtraction, beside: seen)
  }

  /// Adds what another request asks for.
  public mutating func formUnion(_ other: Self) {
    var union = KeyUnion()
    visitKeys(&union, beside: other)
  }

  /// Every tenant of which something is asked for.
  public var mentionedTenants: Set<Tenant.ID> {
    var (tenants, copy) = (KeyTenants(), self)
    copy.visitKeys(&tenants, beside: self)
    return tenants.all
  }
}

private struct KeyCount: KeyVisitor {
  var all = 0
  var leadingOn = 0

  mutating func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: Set<Key>, _ meaning: KeyMeaning) {
    all += other.count
    if meaning == .leadsOn { leadingOn += other.count }
  }
}

private struct KeySubtraction: KeyVisitor {
  func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: Set<Key>, _ meaning: KeyMeaning) {
    if !keys.isEmpty, !other.isEmpty { keys.subtract(other) }
  }
}

private struct KeyUnion: KeyVisitor {
  func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: Set<Key>, _ meaning: KeyMeaning) {
    if keys.isEmpty { keys = other } else if !other.isEmpty { keys.formUnion(other) }
  }
}

private struct KeyTenants: KeyVisitor {
  var all: Set<Tenant.ID> = []

  mutating func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: Set<Key>, _ meaning: KeyMeaning) {
    for key in other { all.insert(key.tenant) }
  }
}
