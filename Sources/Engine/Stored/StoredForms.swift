import JSON
import Scrip

/// The small numbers that choices are stored as. They are part of every schema: none is ever given another meaning.
public protocol StoredChoice: CaseIterable, Equatable {
  /// The number.
  var stored: Int64 { get }
}

extension StoredChoice {
  /// Reads a stored number.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a number that no version of this program writes.
  public init(stored number: Int64) throws(StoreFailure) {
    guard let choice = Self.allCases.first(where: { $0.stored == number }) else {
      throw .corrupt("a \(Self.self) of \(number)")
    }
    self = choice
  }
}

/// Counts, amounts and numbers of versions and events, which every store keeps between zero and 2^53.
public enum StoredCount {
  /// Reads a stored number. One outside of that range would sooner or later break the arithmetic of whoever adds to it.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a number that no version of this program writes.
  public static func decode(_ number: Int64, _ what: StaticString) throws(StoreFailure) -> Int64 {
    guard (0...(1 << 53)).contains(number) else { throw .corrupt("\(what): a number out of range") }
    return number
  }
}

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

/// A usage's counters as a JSON array of their stored forms; nil for none.
public enum StoredCounters {
  /// Writes the array.
  public static func encode(_ counters: [UsageCounter]) -> [UInt8]? {
    guard !counters.isEmpty else { return nil }
    let form = JSONWriter.bytes { writer in
      writer.array { writer in for counter in counters { writer.string(counter.stored) } }
    }
    assert(readsBack(form, counters), "a usage's counters can be read back")
    return form
  }

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
