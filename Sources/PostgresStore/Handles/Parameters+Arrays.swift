import Digest
import Scrip

extension Parameters {
  mutating func bind(_ values: [Int64]) {
    bindArray(values, TypeID.int8Array, of: TypeID.int8, hasNull: false) { parameters, value in
      parameters.write(8 as Int32)
      parameters.write(value)
    }
  }

  mutating func bind(_ values: [Int64?]) {
    bindOptionals(values, TypeID.int8Array, of: TypeID.int8) { parameters, value in
      parameters.write(8 as Int32)
      parameters.write(value)
    }
  }

  mutating func bind(_ values: [Bool]) {
    bindArray(values, TypeID.boolArray, of: TypeID.bool, hasNull: false) { parameters, value in
      parameters.write(1 as Int32)
      parameters.write(value ? 1 : 0 as UInt8)
    }
  }

  mutating func bind(_ values: [String]) {
    bindArray(values, TypeID.textArray, of: TypeID.text, hasNull: false) { parameters, value in
      parameters.write(Int32(value.utf8.count))
      _ = parameters.write(value)
    }
  }

  mutating func bind(_ values: [String?]) {
    bindOptionals(values, TypeID.textArray, of: TypeID.text) { parameters, value in
      parameters.write(Int32(value.utf8.count))
      _ = parameters.write(value)
    }
  }

  mutating func bindBytes(_ values: [[UInt8]]) {
    bindArray(values, TypeID.byteaArray, of: TypeID.bytea, hasNull: false) { parameters, value in
      parameters.write(Int32(value.count))
      parameters.writeBytes(value)
    }
  }

  /// Binds UTF-8 as texts.
  mutating func bindTexts(_ values: [[UInt8]?]) {
    bindOptionals(values, TypeID.textArray, of: TypeID.text) { parameters, value in
      parameters.write(Int32(value.count))
      _ = parameters.writeText(value)
    }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>]) {
    bindArray(values, TypeID.uuidArray, of: TypeID.uuid, hasNull: false) { parameters, value in
      parameters.write(16 as Int32)
      parameters.write(value.value)
    }
  }

  mutating func bind<Subject>(_ values: [Identifier<Subject>?]) {
    bindOptionals(values, TypeID.uuidArray, of: TypeID.uuid) { parameters, value in
      parameters.write(16 as Int32)
      parameters.write(value.value)
    }
  }

  mutating func bind(_ values: [EventStream]) {
    bindArray(values, TypeID.uuidArray, of: TypeID.uuid, hasNull: false) { parameters, value in
      parameters.write(16 as Int32)
      parameters.write(value.uuid)
    }
  }

  mutating func bind(_ values: [Tenant.ID]) { bind(values.map(\.number)) }

  mutating func bind(_ values: [Instant]) { bind(values.map(\.microseconds)) }

  mutating func bind(_ values: [Instant?]) { bind(values.map { $0?.microseconds }) }

  mutating func bind(_ values: [Hash256]) { bindBytes(values.map(\.bytes)) }
}

extension Parameters {
  private mutating func bindOptionals<Value>(
    _ values: [Value?], _ type: UInt32, of element: UInt32, write: (inout Parameters, Value) -> Void
  ) {
    bindArray(values, type, of: element, hasNull: values.contains { $0 == nil }) { parameters, value in
      if let value { write(&parameters, value) } else { parameters.write(Parameters.nullLength) }
    }
  }

  /// Binds a one-dimensional array that counts from 1; an empty one has no dimension at all.
  private mutating func bindArray<Value>(
    _ values: [Value], _ type: UInt32, of element: UInt32, hasNull: Bool,
    write: (inout Parameters, Value) -> Void
  ) {
    let start = bytes.count
    self.write(Int32(values.isEmpty ? 0 : 1))
    self.write(Int32(hasNull ? 1 : 0))
    self.write(element)
    if !values.isEmpty {
      self.write(Int32(values.count))
      self.write(1 as Int32)
    }
    for value in values { write(&self, value) }
    noteValue(type, from: start)
  }
}
