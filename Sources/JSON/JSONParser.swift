import CSimdJSON
import Synchronization

/// The deepest nesting of arrays and objects that is read.
let depthMax = 64

/// One simdjson parser: the class is its only owner, because the pool and documents hand it to each other.
///
/// `@unchecked Sendable`: only the one document that took it from the pool parses, and after that it is read only.
@safe final class JSONParser: @unchecked Sendable {
  private let raw: OpaquePointer

  init() {
    // simdjson counts the level of the bare root value as well.
    guard let raw = unsafe csimdjson_create(depthMax + 1) else {
      preconditionFailure("No memory is left for a JSON parser.")
    }
    unsafe self.raw = raw
  }

  deinit { unsafe csimdjson_destroy(raw) }

  /// The longest input in bytes that fits the memory already held.
  var capacity: Int { unsafe csimdjson_capacity(raw) }

  /// Parses a copy of the bytes and returns where the tape lies, or nil with the code of what was wrong.
  func parse(_ bytes: Span<UInt8>) -> (tape: csimdjson_tape, code: Int32) {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      var tape = unsafe csimdjson_tape()
      let code = unsafe csimdjson_parse(raw, bytes.baseAddress, bytes.count, &tape)
      return unsafe (tape, code)
    }
  }
}

/// Parsers that wait for their next document, most recently used first.
///
/// A parser holds about fifteen times its capacity, so the pool is bounded by capacity as well as by number.
final class JSONParserPool: Sendable {
  static let shared = JSONParserPool()

  /// A parser that grew past this many bytes of capacity is dropped after use.
  static let parserCapacityMax = 1 << 20
  /// All waiting parsers together have at most this many bytes of capacity.
  static let totalCapacityMax = 2 << 20
  static let parsersMax = 32

  private struct Waiting {
    var parsers: [JSONParser] = []
    var capacity = 0
  }

  private let waiting = Mutex(Waiting())

  var count: Int { waiting.withLock { $0.parsers.count } }

  func take() -> JSONParser {
    let reused = waiting.withLock { waiting -> JSONParser? in
      guard let parser = waiting.parsers.popLast() else { return nil }
      waiting.capacity -= parser.capacity
      return parser
    }
    return reused ?? JSONParser()
  }

  func giveBack(_ parser: JSONParser) {
    let capacity = parser.capacity
    guard capacity <= Self.parserCapacityMax else { return }
    waiting.withLock { waiting in
      guard waiting.parsers.count < Self.parsersMax, waiting.capacity + capacity <= Self.totalCapacityMax
      else { return }
      waiting.parsers.append(parser)
      waiting.capacity += capacity
    }
  }
}
