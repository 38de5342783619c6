import Ledger
import Scrip

extension Parameters {
  /// Binds what a column holds.
  mutating func bind(value: any ColumnValue) {
    var sink = ParameterSink(parameters: self)
    value.write(to: &sink)
    self = sink.parameters
  }
}

private struct ParameterSink: ColumnSink {
  var parameters: Parameters

  mutating func put(_ integer: Int64) { parameters.bind(integer) }
  mutating func put(_ flag: Bool) { parameters.bind(flag) }
  mutating func put(_ text: String) { parameters.bind(text) }
  mutating func put(utf8: [UInt8]) { parameters.bindText(utf8) }
  mutating func put(_ bytes: [UInt8]) { parameters.bind(bytes) }
  mutating func put(_ uuid: UInt128) { parameters.bind(Identifier<AnySubject>(uuid)) }
  mutating func putNull(_ type: ColumnType) { parameters.bind(nil as String?) }
}

private enum AnySubject: Identified {
  static var prefix: String { "any" }
}
