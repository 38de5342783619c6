/// Bytes that are not one well-formed JSON text, and where the first fault lies.
public struct JSONSyntaxError: Error, Equatable, Sendable {
  /// What was expected or found, as a sentence without its full stop.
  public let message: String
  /// The position of the fault in bytes, from zero; the number of bytes if the text ends too early.
  public let byteOffset: Int
  /// The line of the fault, from one; lines end with a line feed.
  public let line: Int
  /// The column of the fault in characters (Unicode code points) of its line, from one.
  public let column: Int

  init(message: String, byteOffset: Int, in bytes: Span<UInt8>) {
    self.message = message
    self.byteOffset = byteOffset
    var line = 1
    var column = 1
    for index in 0..<min(byteOffset, bytes.count) {
      if bytes[index] == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if !UTF8.isContinuation(bytes[index]) {
        column += 1
      }
    }
    self.line = line
    self.column = column
  }

  /// The fault in bytes that the parser refused; its own reason counts only if no fault is found again.
  init(in bytes: Span<UInt8>, reason: String) {
    var finder = SyntaxFaultFinder(bytes)
    if let fault = finder.firstFault() {
      self.init(message: fault.message, byteOffset: fault.offset, in: bytes)
    } else {
      self.init(message: reason, byteOffset: 0, in: bytes)
    }
  }
}

extension JSONSyntaxError: CustomStringConvertible {
  /// The message with its position, for people.
  public var description: String { "line \(line), column \(column): \(message)" }
}
