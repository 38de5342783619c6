import CPostgres
import Ledger
import Promotions

extension RoundTrip {
  /// Hands a statement to libpq, before it its preparation if the server does not keep it yet; says about how many
  /// bytes that is.
  mutating func send(_ index: Int, of pipeline: Pipeline) throws(StoreFailure) -> Int {
    precondition(pipeline.steps[index].values.count <= 65_535, "a statement takes 65 535 values at most")
    let isSent =
      if connection.preparesStatements {
        prepare(index, of: pipeline) && sendPrepared(index, of: pipeline)
      } else {
        sendUnnamed(index, of: pipeline)
      }
    guard isSent else { throw connection.handle.lost(statement: pipeline.steps[index].sql.description) }
    due.append(.rows(step: index))
    return pipeline.byteCount(ofStep: index)
  }

  private mutating func prepare(_ index: Int, of pipeline: Pipeline) -> Bool {
    let step = pipeline.steps[index]
    let types = pipeline.parameters.types[step.values]
    if let kept = connection.prepared[step.key] {
      precondition(kept.types.elementsEqual(types), "a statement takes values of the same types each time")
      return true
    }
    let name = connection.makeName()
    let isSent = unsafe step.withText(connection.substitutedText(of: step)) { text in
      unsafe types.withUnsafeBufferPointer { types in
        unsafe PQsendPrepare(connection.handle.raw, name, text, Int32(types.count), types.baseAddress) == 1
      }
    }
    // Kept from now on, so that the same round can use it again; taken back if the server refuses it.
    connection.prepared[step.key] = PostgresConnection.Prepared(name: name, types: Array(types))
    due.append(.preparation(step: index))
    return isSent
  }

  private func sendPrepared(_ index: Int, of pipeline: Pipeline) -> Bool {
    guard let kept = connection.prepared[pipeline.steps[index].key] else { return false }
    return unsafe pipeline.withValues(ofStep: index) { count, values, lengths, formats in
      unsafe PQsendQueryPrepared(connection.handle.raw, kept.name, count, values, lengths, formats, 1) == 1
    }
  }

  private func sendUnnamed(_ index: Int, of pipeline: Pipeline) -> Bool {
    let step = pipeline.steps[index]
    return unsafe pipeline.parameters.types[step.values].withUnsafeBufferPointer { types in
      unsafe step.withText(connection.substitutedText(of: step)) { text in
        unsafe pipeline.withValues(ofStep: index) { count, values, lengths, formats in
          unsafe PQsendQueryParams(
            connection.handle.raw, text, count, types.baseAddress, values, lengths, formats, 1) == 1
        }
      }
    }
  }
}

extension Pipeline.Step {
  /// Tells statements apart: no other text is where this one is for as long as the program runs.
  var key: Int {
    switch sql.source {
    case .literal(let text): unsafe Int(bitPattern: text.utf8Start)
    case .made(let made): Int(bitPattern: ObjectIdentifier(made))
    }
  }

  /// The statement's text, or another one in its place, as C reads it.
  fileprivate func withText<Result>(
    _ other: String?, _ body: (UnsafePointer<CChar>) -> Result
  ) -> Result {
    if let other { return unsafe other.withCString(body) }
    switch sql.source {
    case .literal(let text):
      return unsafe body(UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self))
    case .made(let made): return unsafe made.text.withCString(body)
    }
  }
}

extension Pipeline {
  fileprivate typealias ValuesBody<Result> = (
    _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
    _ formats: UnsafePointer<Int32>?
  ) -> Result

  fileprivate func byteCount(ofStep index: Int) -> Int {
    let end = steps.indices.contains(index + 1) ? steps[index + 1].firstByte : parameters.bytes.count
    return end - steps[index].firstByte + Pipeline.overheadBytes
  }

  /// About what a statement costs besides its values.
  private static let overheadBytes = 128

  /// Shows a step's values as libpq takes them, all of them in binary.
  fileprivate func withValues<Result>(ofStep index: Int, _ body: ValuesBody<Result>) -> Result {
    let range = steps[index].values
    return unsafe withUnsafeTemporaryAllocation(
      of: UnsafePointer<CChar>?.self, capacity: range.count
    ) { values in
      unsafe withUnsafeTemporaryAllocation(of: Int32.self, capacity: range.count) { formats in
        unsafe formats.initialize(repeating: 1)
        return unsafe parameters.bytes.withUnsafeBytes { bytes in
          unsafe parameters.lengths[range].withUnsafeBufferPointer { lengths in
            unsafe place(bytes, from: steps[index], lengths, into: values)
            return unsafe body(
              Int32(range.count), values.baseAddress, lengths.baseAddress, formats.baseAddress)
          }
        }
      }
    }
  }

  private static var anyAddress: UnsafeRawPointer {
    let text: StaticString = "empty"
    return unsafe UnsafeRawPointer(text.utf8Start)
  }

  private func place(
    _ bytes: UnsafeRawBufferPointer, from step: Step, _ lengths: UnsafeBufferPointer<Int32>,
    into values: UnsafeMutableBufferPointer<UnsafePointer<CChar>?>
  ) {
    // What is empty must have an address all the same: none is NULL.
    let start = unsafe bytes.baseAddress ?? Pipeline.anyAddress
    var offset = step.firstByte
    for position in lengths.indices {
      let length = unsafe lengths[position]
      let value = unsafe (start + offset).assumingMemoryBound(to: CChar.self)
      unsafe values.initializeElement(at: position, to: length == Parameters.nullLength ? nil : value)
      offset += Int(max(length, 0))
    }
  }
}
