/// A window as bytes, so that nodes can share it: a letter for the form, then integers of seven bits a byte, the lowest
/// first. They are span, grain, whether something has happened, the latest moment, the number of entries, and of each
/// entry how many pieces it lies before the one behind it (the newest before the latest moment's) and its weight, newest
/// first. Windows that are equal have the same bytes.
extension SlidingWindow {
  private static let form = UInt8(ascii: "1")

  /// The window as bytes. Ten entries of a window of minutes take some 30 bytes.
  public var stored: [UInt8] {
    var bytes = [SlidingWindow.form]
    bytes.append(number: UInt64(shape.spanMicroseconds))
    bytes.append(number: UInt64(shape.grainMicroseconds))
    bytes.append(number: latest == nil ? 0 : 1)
    guard let latest else { return bytes }
    bytes.append(number: UInt64(latest.microseconds - Instant.earliest.microseconds))
    bytes.append(number: UInt64(entries.count))
    var next = shape.piece(of: latest)
    for entry in entries.reversed() {
      bytes.append(number: UInt64(next - entry.piece))
      bytes.append(number: UInt64(entry.weight))
      next = entry.piece
    }
    return bytes
  }

  /// Reads what `stored` gave; nil for anything else, such as a form that a later version writes.
  public init?(stored bytes: [UInt8]) {
    var rest = bytes[...]
    guard rest.popFirst() == SlidingWindow.form, let span = rest.popNumber(), let grain = rest.popNumber(),
      Shape.isShape(span, grain), let hasHappened = rest.popNumber(), hasHappened <= 1
    else { return nil }
    let shape = Shape(spanMicroseconds: span, grainMicroseconds: grain)
    var latest: Instant?
    var entries: [Entry] = []
    if hasHappened == 1 {
      guard let moment = rest.popMoment(), let count = rest.popNumber(), count <= rest.count / 2 else {
        return nil
      }
      latest = moment
      var next = shape.piece(of: moment)
      for _ in 0..<count {
        guard let distance = rest.popNumber(), let weight = rest.popNumber() else { return nil }
        let (piece, isTooSmall) = next.subtractingReportingOverflow(distance)
        // A piece before the calendar has none of its moments, and its end could not be computed.
        if isTooSmall || piece < shape.piece(of: .earliest) { return nil }
        entries.append(Entry(piece: piece, weight: weight))
        next = piece
      }
    }
    guard rest.isEmpty else { return nil }
    self.init(shape, latest: latest, entries: entries.reversed())
    // One window has one form: longer spellings of its numbers are none.
    if stored != bytes { return nil }
  }
}

extension [UInt8] {
  fileprivate mutating func append(number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }
}

extension ArraySlice<UInt8> {
  /// A number that is not negative; nil if there is none, or it is too large.
  fileprivate mutating func popNumber() -> Int64? {
    var number: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      guard let byte = popFirst() else { return nil }
      number |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return Int64(number) }
    }
    return nil
  }

  fileprivate mutating func popMoment() -> Instant? {
    guard let sinceEarliest = popNumber() else { return nil }
    let (microseconds, isTooLarge) = sinceEarliest.addingReportingOverflow(Instant.earliest.microseconds)
    return isTooLarge ? nil : Instant(exactly: microseconds)
  }
}
