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
  mutating func visitKeys(_ visitor: inout some KeyVisitor, beside other: inout Self)

  /// Takes out what was seen before, which the working set holds or knows to be absent, and adds the rest to it.
  ///
  /// A requirement, so that each request's own is compiled: one for all of them asks for every type of keys at run time.
  mutating func keepNew(besides seen: inout Self) -> NewKeys
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
  mutating func visit<Key: TenantKey>(
    _ keys: inout Set<Key>, _ other: inout Set<Key>, _ meaning: KeyMeaning)
}

/// What of a request is new.
public struct NewKeys: Hashable, Sendable {
  /// Whether nothing is.
  public internal(set) var areNone = true
  /// Whether all that is leads to nothing further.
  public internal(set) var areLast = true

  @usableFromInline init() {}

  @usableFromInline
  mutating func add(_ meaning: KeyMeaning) {
    areNone = false
    if meaning == .leadsOn { areLast = false }
  }
}

extension KeyRequest {
  /// Whether nothing is asked for.
  public var isEmpty: Bool {
    var (keys, none, presence) = (self, Self(), KeyPresence())
    keys.visitKeys(&presence, beside: &none)
    return presence.isEmpty
  }

  /// Takes out what was seen before, and adds the rest to it: in one walk, since a request has many kinds of keys, most
  /// of which are rarely asked for.
  @inlinable
  public mutating func keepNew(besides seen: inout Self) -> NewKeys {
    var sifting = KeySifting()
    visitKeys(&sifting, beside: &seen)
    return sifting.new
  }

  /// Takes out what another request asks for.
  public mutating func subtract(_ other: Self) {
    var (other, subtraction) = (other, KeySubtraction())
    visitKeys(&subtraction, beside: &other)
  }

  /// Adds what another request asks for.
  public mutating func formUnion(_ other: Self) {
    var (other, union) = (other, KeyUnion())
    visitKeys(&union, beside: &other)
  }

  /// Every tenant of which something is asked for.
  public var mentionedTenants: Set<Tenant.ID> {
    var (keys, none, tenants) = (self, Self(), KeyTenants())
    keys.visitKeys(&tenants, beside: &none)
    return tenants.all
  }
}

private struct KeyPresence: KeyVisitor {
  var isEmpty = true

  mutating func visit<Key: TenantKey>(
    _ keys: inout Set<Key>, _ other: inout Set<Key>, _ meaning: KeyMeaning
  ) {
    if !keys.isEmpty { isEmpty = false }
  }
}

/// Inlinable, as few visitors need be: every request and every batch walks it over keys of many types.
@usableFromInline
struct KeySifting: KeyVisitor {
  @usableFromInline var new = NewKeys()

  @inlinable
  init() {}

  @inlinable
  mutating func visit<Key: TenantKey>(
    _ keys: inout Set<Key>, _ seen: inout Set<Key>, _ meaning: KeyMeaning
  ) {
    if keys.isEmpty { return }
    if seen.isEmpty {
      seen = keys
    } else {
      var unseen: Set<Key> = []
      for key in keys where seen.insert(key).inserted { unseen.insert(key) }
      keys = unseen
      if keys.isEmpty { return }
    }
    new.add(meaning)
  }
}

private struct KeySubtraction: KeyVisitor {
  func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: inout Set<Key>, _ meaning: KeyMeaning) {
    if !keys.isEmpty, !other.isEmpty { keys.subtract(other) }
  }
}

private struct KeyUnion: KeyVisitor {
  func visit<Key: TenantKey>(_ keys: inout Set<Key>, _ other: inout Set<Key>, _ meaning: KeyMeaning) {
    if keys.isEmpty { keys = other } else if !other.isEmpty { keys.formUnion(other) }
  }
}

private struct KeyTenants: KeyVisitor {
  var all: Set<Tenant.ID> = []

  mutating func visit<Key: TenantKey>(
    _ keys: inout Set<Key>, _ other: inout Set<Key>, _ meaning: KeyMeaning
  ) {
    for key in keys { all.insert(key.tenant) }
  }
}
