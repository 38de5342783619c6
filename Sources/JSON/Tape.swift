import CSimdJSON
import Glibc

/// The tape: one word per value, its kind in the top byte; a number's bits are in the word after it, a string's
/// word has its offset among the strings, and an opening bracket has the index after its closing one.
///
/// It is borrowed: whoever holds it also holds the document, as the pool reuses the memory once that is gone.
@safe struct Tape {
  private let words: UnsafePointer<UInt64>
  private let strings: UnsafePointer<UInt8>
  /// Only a string written with an escape can hold U+0000.
  private let hasEscapes: Bool

  init?(_ parsed: csimdjson_tape) {
    guard let words = unsafe parsed.tape, let strings = unsafe parsed.strings else { return nil }
    unsafe self.words = words
    unsafe self.strings = strings
    unsafe hasEscapes = parsed.has_escapes
  }

  private func word(at index: Int) -> UInt64 { unsafe words[index] }

  func tag(at index: Int) -> UInt8 { UInt8(truncatingIfNeeded: word(at: index) >> 56) }

  /// The index of the value after the one at the index.
  func index(after index: Int) -> Int {
    let word = word(at: index)
    switch UInt8(truncatingIfNeeded: word >> 56) {
    case Tag.beginObject, Tag.beginArray: return Int(truncatingIfNeeded: word & 0xffff_ffff)
    case Tag.integer, Tag.unsigned, Tag.double: return index + 2
    default: return index + 1
    }
  }

  /// The index of the closing bracket of the container at the index.
  func end(ofContainerAt index: Int) -> Int { self.index(after: index) - 1 }

  /// The number of elements or members of the container at the index.
  func count(ofContainerAt index: Int) -> Int {
    let counted = Int(truncatingIfNeeded: word(at: index) >> 32 & 0xff_ffff)
    // The tape's count has 24 bits and stays at its maximum.
    return counted < 0xff_ffff ? counted : countByWalking(containerAt: index)
  }

  private func countByWalking(containerAt index: Int) -> Int {
    let valuesEach = tag(at: index) == Tag.beginObject ? 2 : 1
    let end = end(ofContainerAt: index)
    var values = 0
    var cursor = index + 1
    while cursor < end {
      cursor = self.index(after: cursor)
      values += 1
    }
    return values / valuesEach
  }

  /// The bits of the number at the index.
  func numberBits(at index: Int) -> UInt64 { word(at: index + 1) }
}

/// The strings: each is its length in four bytes, then its UTF-8.
extension Tape {
  private func withText<Result>(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    let start = unsafe strings + Int(truncatingIfNeeded: word(at: index) & 0xff_ffff_ffff_ffff)
    let count = unsafe UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
    return unsafe body(UnsafeBufferPointer(start: start + 4, count: Int(count)))
  }

  /// The string or key at the index.
  func text(at index: Int) -> String {
    // The parser has validated all text, so it is not validated again.
    unsafe withText(at: index) { text in unsafe String(copying: UTF8Span(unchecked: text.span)) }
  }

  /// Whether the string or key at the index has these bytes.
  func isText(at index: Int, _ expected: StaticString) -> Bool {
    unsafe withText(at: index) { text in
      guard text.count == expected.utf8CodeUnitCount, let start = text.baseAddress else { return false }
      return unsafe haveSameBytes(start, expected.utf8Start, text.count)
    }
  }

  func isSameText(at index: Int, as other: Int) -> Bool {
    unsafe withText(at: index) { text in
      unsafe withText(at: other) { other in unsafe text.elementsEqual(other) }
    }
  }

  /// Whether the string or key at the index has more than this many Unicode code points.
  func isText(at index: Int, longerThan lengthMax: Int) -> Bool {
    unsafe withText(at: index) { text in
      unsafe text.count > lengthMax && countCodePoints(text, upTo: lengthMax + 1) > lengthMax
    }
  }

  /// Whether the string or key at the index has fewer than this many Unicode code points.
  func isText(at index: Int, shorterThan lengthMin: Int) -> Bool {
    unsafe withText(at: index) { text in unsafe countCodePoints(text, upTo: lengthMin) < lengthMin }
  }

  func hasNullCharacter(at index: Int) -> Bool {
    guard hasEscapes else { return false }
    return unsafe withText(at: index) { text in unsafe text.contains(0) }
  }
}

/// Whether two texts of one length have the same bytes: names are so short that a call costs more than comparing them.
@inline(__always)
private func haveSameBytes(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool
{
  if count > 16 { return unsafe memcmp(left, right, count) == 0 }
  let (left, right) = unsafe (UnsafeRawPointer(left), UnsafeRawPointer(right))
  if count >= 8 {
    // The last eight bytes may lie over the first ones.
    return unsafe left.loadUnaligned(as: UInt64.self) == right.loadUnaligned(as: UInt64.self)
      && (left + (count - 8)).loadUnaligned(as: UInt64.self)
        == (right + (count - 8)).loadUnaligned(as: UInt64.self)
  }
  if count >= 4 {
    return unsafe left.loadUnaligned(as: UInt32.self) == right.loadUnaligned(as: UInt32.self)
      && (left + (count - 4)).loadUnaligned(as: UInt32.self)
        == (right + (count - 4)).loadUnaligned(as: UInt32.self)
  }
  for offset in 0..<count
  where unsafe left.load(fromByteOffset: offset, as: UInt8.self)
    != right.load(fromByteOffset: offset, as: UInt8.self)
  { return false }
  return true
}

/// Counts no further than it needs to, so that the length of a text does not matter.
private func countCodePoints(_ text: UnsafeBufferPointer<UInt8>, upTo countMax: Int) -> Int {
  var count = 0
  for position in text.indices where unsafe !UTF8.isContinuation(text[position]) {
    if count == countMax { break }
    count += 1
  }
  return count
}

/// The kinds of words on the tape, as simdjson marks them.
enum Tag {
  static let beginObject = UInt8(ascii: "{")
  static let beginArray = UInt8(ascii: "[")
  static let string = UInt8(ascii: "\"")
  static let integer = UInt8(ascii: "l")
  static let unsigned = UInt8(ascii: "u")
  static let double = UInt8(ascii: "d")
  static let yes = UInt8(ascii: "t")
  static let no = UInt8(ascii: "f")
  static let null = UInt8(ascii: "n")
}
