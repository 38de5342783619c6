import JSON
import Ledger
import Scrip

extension Coupon.State: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .draft: 0
    case .active: 1
    case .disabled: 2
    case .archived: 3
    }
  }
}

extension Usage.State: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .locked: 0
    case .redeemed: 1
    case .released: 2
    }
  }
}

extension ReleaseCause: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .requested: 0
    case .expired: 1
    case .revoked: 2
    case .canceled: 3
    case .fullyRefunded: 4
    case .noLongerApplies: 5
    }
  }
}

extension AccessKey.Role: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .admin: 0
    case .server: 1
    case .publishable: 2
    }
  }
}

/// A usage's counters as a JSON array of their stored forms; NULL for none.
public struct StoredCounters: ColumnValue {
  /// The counters.
  public let counters: [UsageCounter]

  /// Takes counters; nil for none.
  public init?(_ counters: [UsageCounter]) {
    if counters.isEmpty { return nil }
    self.counters = counters
  }

  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the array.
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    counters = try StoredCounters.decode(source.bytes())
  }

  /// Writes the array.
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) {
    let form = JSONWriter.bytes { writer in
      writer.array { writer in for counter in counters { writer.string(counter.stored) } }
    }
    assert(StoredCounters.readsBack(form, counters), "a usage's counters can be read back")
    sink.put(utf8: form)
  }

  /// Some user's.
  public static var sample: StoredCounters { StoredCounters(some: [.sample]) }

  private init(some counters: [UsageCounter]) { self.counters = counters }

  private static func readsBack(_ form: [UInt8], _ counters: [UsageCounter]) -> Bool {
    do throws(StoreFailure) { return try decode(form) == counters } catch { return false }
  }

  /// Reads the array.
  public static func decode(_ bytes: [UInt8]) throws(StoreFailure) -> [UsageCounter] {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: bytes) } catch {
      throw .corrupt("a usage's list of counters")
    }
    guard document.root.kind == .array else { throw .corrupt("a usage's list of counters") }
    var counters: [UsageCounter] = []
    try document.root.forEachElement { (element) throws(StoreFailure) in
      guard let text = element.string(), let counter = UsageCounter(stored: text) else {
        throw .corrupt("a usage's counter")
      }
      counters.append(counter)
    }
    return counters
  }
}
