import Digest
import Scrip

extension Parameters {
  mutating func bind(_ values: [Int64]) { bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0 } }

  mutating func bind(_ values: [Int64?]) { bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { $0 } }

  mutating func bind(_ values: [Bool]) {
    bindNumbers(values, TypeID.boolArray, of: TypeID.bool) { $0 ? 1 : 0 as UInt8 }
  }

  mutating func bind(_ values: [String]) {
    bindTexts(values) { $0.utf8 }
  }

  mutating func bind(_ values: [String?]) {
    bindTexts(values) { $0?.utf8 }
  }

  mutating func bind<Subject>(_ values: [ExactText<Subject>]) {
    bindTexts(values) { $0.text.utf8 }
  }

  mutating func bind<Subject>(_ values: [ExactText<Subject>?]) {
    bindTexts(values) { $0?.text.utf8 }
  }

  mutating func bindBytes(_ values: [[UInt8]]) { bindBytes(values, count: \.count) { $0 } }

  /// Binds UTF-8 as texts.
  mutating func bindTexts(_ values: [[UInt8]?]) {
    bindTexts(values) { $0 }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0.value }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>?]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0?.value }
  }

  mutating func bind(_ values: [StreamID]) {
    bindNumbers(values, TypeID.uuidArray, of: TypeID.uuid) { $0.id }
  }

  mutating func bind(_ values: [StreamKind]) {
    bindNumbers(values, TypeID.int8Array, of: TypeID.int8) { Int64($0.number) }
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
    bindBytes(values, count: { _ in Hash256.byteCount }) { $0.bytes }
  }
}

extension Parameters {
  /// Binds an array whose elements are numbers of one width, or NULL.
  private mutating func bindNumbers<Value, Number: FixedWidthInteger & BitwiseCopyable>(
    _ values: [Value], _ type: UInt32, of element: UInt32, _ number: (Value) -> Number?
  ) {
    let width = MemoryLayout<Number>.size
    unsafe bindElements(values, type, of: element, count: { number($0).map { _ in width } }) {
      value, target in
      guard let number = number(value) else { return }
      unsafe target.storeBytes(of: number.bigEndian, as: Number.self)
    }
  }

  /// Binds an array whose elements are bytes of any length, or NULL.
  private mutating func bindBytes<Value>(
    _ values: [Value], count: (Value) -> Int?, _ bytes: (Value) -> some Collection<UInt8>
  ) {
    unsafe bindElements(values, TypeID.byteaArray, of: TypeID.bytea, count: count) { value, target in
      unsafe target.copyBytes(from: bytes(value))
    }
  }

  private mutating func bindTexts<Value>(_ values: [Value], _ text: (Value) -> (some Collection<UInt8>)?) {
    var hasNUL = false
    unsafe bindElements(values, TypeID.textArray, of: TypeID.text, count: { text($0)?.count }) {
      value, target in
      guard let text = text(value) else { return }
      unsafe target.copyBytes(from: text)
      if !hasNUL { hasNUL = unsafe Parameters.holdsNUL(UnsafeRawBufferPointer(target)) }
    }
    if hasNUL { noteNUL() }
  }

  /// Binds an array whose elements have so many bytes each, which a body writes; NULL where there is no count.
  private mutating func bindElements<Value>(
    _ values: [Value], _ type: UInt32, of element: UInt32, count: (Value) -> Int?,
    _ write: (Value, UnsafeMutableRawBufferPointer) -> Void
  ) {
    let total = values.reduce(0) { $0 + 4 + (count($1) ?? 0) }
    var hasNull = false
    let start = beginArray(count: values.count, of: element)
    unsafe appendInPlace(count: total) { bytes in
      var rest = unsafe bytes
      for value in values {
        let length = count(value)
        if length == nil { hasNull = true }
        let lengthBytes = length.map { Int32($0) } ?? Parameters.nullLength
        unsafe rest.storeBytes(of: lengthBytes.bigEndian, as: Int32.self)
        let end = 4 + (length ?? 0)
        if length != nil { unsafe write(value, UnsafeMutableRawBufferPointer(rebasing: rest[4..<end])) }
        unsafe rest = UnsafeMutableRawBufferPointer(rebasing: rest[end...])
      }
    }
    endArray(type, start: start, hasNull: hasNull)
  }
}
