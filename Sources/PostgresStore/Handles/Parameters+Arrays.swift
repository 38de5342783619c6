import Digest
import Scrip

extension Parameters {
  mutating func bind(_ values: [Int64]) { bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0 } }

  mutating func bind(_ values: [Int64?]) { bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0 } }

  mutating func bind(_ values: [Bool]) {
    bindNumbers(values, TypeID.boolArray, of: TypeID.bool) { $0 ? 1 : 0 as UInt8 }
  }

  mutating func bind(_ values: [String]) {
    bindVaried(values, TypeID.textArray, of: TypeID.text) { $0.utf8 }
  }

  mutating func bind(_ values: [String?]) {
    bindVaried(values, TypeID.textArray, of: TypeID.text) { $0?.utf8 }
  }

  mutating func bindBytes(_ values: [[UInt8]]) {
    bindVaried(values, TypeID.byteaArray, of: TypeID.bytea) { $0 }
  }

  /// Binds UTF-8 as texts.
  mutating func bindTexts(_ values: [[UInt8]?]) {
    bindVaried(values, TypeID.textArray, of: TypeID.text) { $0 }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0.value }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>?]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0?.value }
  }

  mutating func bind(_ values: [EventStream]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0.uuid }
  }

  mutating func bind(_ values: [Tenant.ID]) {
    bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0.number }
  }

  mutating func bind(_ values: [Instant]) {
    bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0.microseconds }
  }

  mutating func bind(_ values: [Instant?]) {
    bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0?.microseconds }
  }

  mutating func bind(_ values: [Hash256]) {
    bindVaried(values, TypeID.byteaArray, of: TypeID.bytea) { $0.bytes }
  }
}

extension Parameters {
  /// Binds an array whose elements are numbers of one width, or NULL.
  private mutating func bindNumbers<Value, Number: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Value], _ type: UInt32, of element: UInt32, _ number: (Value) -> Number?
  ) {
    let width = MemoryLayout<Number>.size
    var hasNull = false
    let start = beginArray(count: values.count, of: element)
    unsafe appendInPlace(max: values.count * (4 + width)) { bytes in
      var offset = 0
      for value in values {
        let number = number(value)
        let length = number == nil ? Parameters.nullLength : Int32(width)
        unsafe bytes.storeBytes(of: length.bigEndian, toByteOffset: offset, as: Int32.self)
        offset += 4
        guard let number else {
          hasNull = true
          continue
        }
        unsafe bytes.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Number.self)
        offset += width
      }
      return offset
    }
    endArray(type, start: start, hasNull: hasNull)
  }

  /// Binds an array whose elements are bytes of any length, or NULL.
  private mutating func bindVaried<Value, Bytes: Collection<UInt8>>(
    _ values: [Value], _ type: UInt32, of element: UInt32, _ bytes: (Value) -> Bytes?
  ) {
    var hasNull = false
    let start = beginArray(count: values.count, of: element)
    for value in values {
      guard let bytes = bytes(value) else {
        append(Parameters.nullLength)
        hasNull = true
        continue
      }
      append(Int32(bytes.count))
      if element == TypeID.text { append(text: bytes) } else { append(bytes) }
    }
    endArray(type, start: start, hasNull: hasNull)
  }
}
