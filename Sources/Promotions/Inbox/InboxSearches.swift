import Ledger
import Scrip

/// A message as it is kept, with its name.
public struct KeptMessage: Hashable, Sendable {
  /// Its name.
  public let id: Identifier<InboxMessage>
  /// What is kept of it.
  public let row: InboxMessageRow

  /// Names a row.
  public init(id: Identifier<InboxMessage>, row: InboxMessageRow) {
    self.id = id
    self.row = row
  }

  /// Its place in lists, which is by when it came.
  public var place: InboxPlace { InboxPlace(at: row.receivedAt, id: id) }
}

/// A message's place in lists.
public struct InboxPlace: Hashable, Comparable, Sendable {
  /// When it came.
  public let at: Instant
  /// Its name.
  public let id: Identifier<InboxMessage>

  /// Makes a place.
  public init(at: Instant, id: Identifier<InboxMessage>) {
    self.at = at
    self.id = id
  }

  /// By time, then by name.
  public static func < (left: Self, right: Self) -> Bool { (left.at, left.id) < (right.at, right.id) }
}

/// A page of a tenant's messages in one state, newest first.
public struct MessagesOfTenant: Search {
  /// The answer.
  public typealias Found = [KeptMessage]

  /// Whose.
  public let tenant: Tenant.ID
  /// In which state.
  public let state: InboxState
  /// Only those before this one.
  public let before: InboxPlace?
  /// How many are passed over.
  public let offset: Int
  /// How many at most.
  public let limit: Int

  /// Asks for a page.
  public init(
    of tenant: Tenant.ID, _ state: InboxState, before: InboxPlace? = nil, offset: Int = 0, limit: Int
  ) {
    self.tenant = tenant
    self.state = state
    self.before = before
    self.offset = offset
    self.limit = limit
  }
}

/// The names of a tenant's messages, and of orders that were told of, that have been kept for long enough.
public struct OldMessages: Search {
  /// The answer.
  public typealias Found = OldMessages.Names

  /// What is found.
  public struct Names: Hashable, Sendable {
    /// The messages.
    public var messages: [Identifier<InboxMessage>]
    /// The orders.
    public var orders: [Order.ID]

    /// Names some.
    public init(messages: [Identifier<InboxMessage>], orders: [Order.ID]) {
      self.messages = messages
      self.orders = orders
    }
  }

  /// Whose.
  public let tenant: Tenant.ID
  /// Last touched before this moment.
  public let before: Instant
  /// How many of each at most.
  public let limit: Int

  /// Asks for some.
  public init(of tenant: Tenant.ID, before: Instant, limit: Int) {
    self.tenant = tenant
    self.before = before
    self.limit = limit
  }
}
