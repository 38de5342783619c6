/// The prepared statements of one connection by a number that tells their texts apart. A lock takes some twenty of them, and
/// a dictionary would hash the number each time with a function that is made for what strangers choose.
///
/// Used by one thread at a time, as the connection is.
@safe final class StatementTable {
  private typealias Place = (key: Int, statement: Statement?)

  /// Many more than there are texts; what finds no place is kept in a dictionary.
  private static let placesMax = 1024
  /// How far from where it belongs a statement may stand.
  private static let distanceMax = 16

  private let places: UnsafeMutablePointer<Place>
  private var others: [Int: Statement] = [:]

  init() {
    unsafe places = .allocate(capacity: StatementTable.placesMax)
    unsafe places.initialize(repeating: (0, nil), count: StatementTable.placesMax)
  }

  deinit {
    unsafe places.deinitialize(count: StatementTable.placesMax)
    unsafe places.deallocate()
  }

  /// A statement; nil if there is none under the number.
  func find(_ key: Int) -> Statement? {
    for distance in 0..<StatementTable.distanceMax {
      let index = StatementTable.place(of: key, distance)
      if unsafe places[index].key == key { return unsafe places[index].statement }
      if unsafe places[index].statement == nil { return nil }
    }
    return others[key]
  }

  /// Keeps a statement under a number that is not taken.
  func insert(_ statement: Statement, for key: Int) {
    for distance in 0..<StatementTable.distanceMax {
      let index = StatementTable.place(of: key, distance)
      if unsafe places[index].statement == nil {
        unsafe places[index] = (key, statement)
        return
      }
    }
    others[key] = statement
  }

  /// Forgets all statements.
  func removeAll() {
    for index in 0..<StatementTable.placesMax { unsafe places[index] = (0, nil) }
    others = [:]
  }

  /// All statements, in no order.
  var all: [Statement] {
    (0..<StatementTable.placesMax).compactMap { unsafe places[$0].statement } + others.values
  }

  /// Multiplying by an odd number that is far from any pattern spreads addresses, which are multiples of eight or sixteen.
  private static func place(of key: Int, _ distance: Int) -> Int {
    let spread = UInt(bitPattern: key) &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: (spread >> 48) &+ UInt(distance)) & (placesMax - 1)
  }
}
