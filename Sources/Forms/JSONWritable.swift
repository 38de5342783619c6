import JSON
import Scrip

/// What has one JSON form, the same for the API, the stores and the event log. Equal values give equal bytes.
public protocol JSONWritable {
  /// Writes the form as the next value.
  func write(to writer: inout JSONWriter)
}

extension JSONWritable {
  /// The form as bytes.
  public var json: [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

extension AmountsByCurrency: JSONWritable {
  /// `{"EUR":450,"USD":500}`, sorted by currency.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for amount in entries {
        writer.key(named: amount.currency.code)
        writer.int(amount.minorUnits)
      }
    }
  }
}
