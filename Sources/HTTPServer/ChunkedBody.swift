/// Takes the chunks of a request body apart as they arrive.
///
/// As strict as heads are: lines end in CRLF, a size is one to sixteen hexadecimal digits with nothing around them
/// but an extension, and trailers are fields.
struct ChunkedBody {
  private enum Expectation {
    case size, sizeDigits, sizeBlank, sizeExtension, sizeEnd
    case data
    case dataReturn, dataEnd
    case trailerStart, trailerName, trailer, trailerEnd, lastEnd
    case nothing
  }

  private var expectation = Expectation.size
  private static let sizeDigitsMax = 16

  private var remaining = 0
  private var sizeDigits = 0
  private var overhead = 0
  private(set) var bytes: [UInt8] = []

  var isComplete: Bool { expectation == .nothing }

  /// Takes as much of `input` as belongs to this body and returns how much that was.
  ///
  /// Extensions and trailers are read over; together they may take `overheadMax` bytes per body.
  mutating func consume(
    _ input: Span<UInt8>, bytesMax: Int, overheadMax: Int
  ) throws(ProtocolError) -> Int {
    var index = 0
    while index < input.count, expectation != .nothing {
      if expectation == .data {
        let count = min(remaining, input.count - index)
        unsafe input.extracting(index..<(index + count)).withUnsafeBufferPointer {
          unsafe bytes.append(contentsOf: $0)
        }
        remaining -= count
        index += count
        if remaining == 0 { expectation = .dataReturn }
      } else {
        try step(input[index], bytesMax: bytesMax, overheadMax: overheadMax)
        index += 1
      }
    }
    return index
  }

  private mutating func step(
    _ byte: UInt8, bytesMax: Int, overheadMax: Int
  ) throws(ProtocolError) {
    switch expectation {
    case .size, .sizeDigits:
      try stepSize(byte, bytesMax: bytesMax)
    case .sizeBlank:
      try countOverhead(overheadMax)
      if byte == .semicolon { expectation = .sizeExtension } else { try require(byte.isBlank) }
    case .sizeExtension:
      try countOverhead(overheadMax)
      if byte == .carriageReturn { expectation = .sizeEnd } else { try require(byte.isFieldContent) }
    case .sizeEnd:
      try require(byte == .lineFeed)
      expectation = remaining == 0 ? .trailerStart : .data
    case .dataReturn:
      try require(byte == .carriageReturn)
      expectation = .dataEnd
    case .dataEnd:
      try require(byte == .lineFeed)
      expectation = .size
    case .trailerStart:
      try countOverhead(overheadMax)
      if byte == .carriageReturn {
        expectation = .lastEnd
      } else {
        try require(byte.isToken)
        expectation = .trailerName
      }
    case .trailerName:
      try countOverhead(overheadMax)
      if byte == .colon { expectation = .trailer } else { try require(byte.isToken) }
    case .trailer:
      try countOverhead(overheadMax)
      if byte == .carriageReturn { expectation = .trailerEnd } else { try require(byte.isFieldContent) }
    case .trailerEnd:
      try require(byte == .lineFeed)
      expectation = .trailerStart
    case .lastEnd:
      try require(byte == .lineFeed)
      expectation = .nothing
    case .data, .nothing:
      preconditionFailure("chunk data is not stepped through byte by byte")
    }
  }

  private mutating func stepSize(_ byte: UInt8, bytesMax: Int) throws(ProtocolError) {
    if let digit = byte.hexadecimalValue {
      if expectation == .size { (remaining, sizeDigits) = (0, 0) }
      remaining = remaining * 16 + digit
      sizeDigits += 1
      if remaining > bytesMax - bytes.count { throw .bodyTooLarge }
      try require(sizeDigits <= ChunkedBody.sizeDigitsMax)
      expectation = .sizeDigits
      return
    }
    try require(expectation == .sizeDigits)
    switch byte {
    case .carriageReturn: expectation = .sizeEnd
    case .semicolon: expectation = .sizeExtension
    // A blank before an extension is bad, and read over (RFC 9112, section 7.1.1).
    case .space, .tab: expectation = .sizeBlank
    default: throw .malformedRequest
    }
  }

  private mutating func countOverhead(_ overheadMax: Int) throws(ProtocolError) {
    overhead += 1
    if overhead > overheadMax { throw .headerTooLarge }
  }

  private func require(_ holds: Bool) throws(ProtocolError) {
    if !holds { throw .malformedRequest }
  }
}
