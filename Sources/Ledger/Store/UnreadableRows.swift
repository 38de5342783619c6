import Synchronization

import struct Scrip.Exact
import struct Scrip.Tenant

/// A row that can't be read, and so is left out of lists and prices; an event is shown there as far as it can be read.
public struct UnreadableRow: Hashable, Sendable {
  /// Whose it is.
  public var tenant: Tenant.ID
  /// What it is, such as `coupon`.
  @Exact public var kind: String
  /// Its identifier, or `-` if that is what can't be read.
  @Exact public var id: String
  /// What is wrong, without any bound value.
  @Exact public var reason: String

  /// Makes a row.
  public init(tenant: Tenant.ID, kind: String, id: String, reason: String) {
    self.tenant = tenant
    self.kind = kind
    self.id = id
    self.reason = reason
  }
}

/// The rows that lists and prices had to leave out, or to show in part: a damaged one must not be the end for all others.
public final class UnreadableRows: Sendable {
  private struct State {
    var known: Set<UnreadableRow> = []
    var report: (@Sendable (UnreadableRow) -> Void)?
  }

  /// How many are remembered. What comes beyond that is left out as well, and told of no more.
  public static let rememberedMax = 1000

  private let state = Mutex(State())

  /// None yet.
  public init() {}

  /// How many different ones were met.
  public var count: Int { state.withLock { $0.known.count } }

  /// Says who is told of each one once, also of those that were met before.
  public func observe(_ report: @escaping @Sendable (UnreadableRow) -> Void) {
    let known = state.withLock { state in
      state.report = report
      return state.known
    }
    for row in known { report(row) }
  }

  /// Reads one row of a list; nil if it is damaged, which is noted.
  public func read<Row>(
    _ kind: String, _ id: @autoclosure () -> String?, of tenant: Tenant.ID,
    _ read: () throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> Row? {
    do throws(StoreFailure) {
      return try read()
    } catch {
      guard error.kind == .corrupt else { throw error }
      note(UnreadableRow(tenant: tenant, kind: kind, id: id() ?? "-", reason: error.message))
      return nil
    }
  }

  /// Fills a page with the rows that can be read: behind those that can't, it reads on until the page is full or the
  /// list is over.
  ///
  /// - Parameter rows: so many rows behind an entry of the page, or from the page's beginning; nil for each that can't be
  ///   read.
  public func page<Entry>(
    _ limit: Int, _ rows: (Entry?, Int) throws(StoreFailure) -> [Entry?]
  ) throws(StoreFailure) -> [Entry] {
    var found: [Entry] = []
    var skipped = 0
    while found.count < limit {
      let (sum, isTooMany) = (limit - found.count).addingReportingOverflow(skipped)
      let asked = isTooMany ? Int.max : sum
      let page = try rows(found.last, asked)
      found += page.compactMap { $0 }
      if page.count < asked { return found }
      skipped = page.reversed().prefix { $0 == nil }.count
    }
    return found
  }

  /// Notes what can't be read of what was loaded.
  public func note<State: LedgerState>(_ state: State) {
    var noting = DamageNoting(rows: self)
    state.visitTables(&noting)
    state.noteDamage(in: self)
  }

  /// Notes one row.
  public func note(_ kind: String, _ id: String, _ tenant: Tenant.ID, _ failure: StoreFailure) {
    note(UnreadableRow(tenant: tenant, kind: kind, id: id, reason: failure.message))
  }

  private func note(_ row: UnreadableRow) {
    let report = state.withLock { state -> (@Sendable (UnreadableRow) -> Void)? in
      guard state.known.count < UnreadableRows.rememberedMax, state.known.insert(row).inserted else {
        return nil
      }
      return state.report
    }
    report?(row)
  }
}

/// Inlinable, as few visitors need be: every read and every batch walks it over tables that are nearly always in order.
@usableFromInline
struct DamageNoting: RowVisitor {
  let rows: UnreadableRows

  @inlinable
  func visit<Row: StoredRow>(_ table: Rows<Row>) {
    if !table.areReadable { note(Row.shape.noun, table) }
  }

  @inlinable
  func visit<Group: RowGroup>(groups: Rows<Group>) {
    if !groups.areReadable { note(Group.noun, groups) }
  }

  @usableFromInline
  func note<Row: StoredRecord>(_ noun: String, _ table: Rows<Row>) {
    for (key, failure) in table.unreadable { rows.note(noun, Row.label(of: key), key.tenant, failure) }
  }
}
