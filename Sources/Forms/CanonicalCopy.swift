import JSON

extension ValueReader {
  /// The value as this service wrote it. Its own JSON holds no white space and no other numbers than 64-bit integers,
  /// so writing it again gives the same bytes; anything else is refused. `null` is no bytes.
  public func canonicalBytes() -> [UInt8]? {
    if kind == .null { return [] }
    var writer = JSONWriter(capacity: 1024)
    guard writer.copy(node) else {
      refuse(.invalidValue, "must hold no other numbers than 64-bit integers")
      return nil
    }
    return writer.finish()
  }
}

extension JSONNode {
  /// An object without those of its members whose names are left out; numbers that are no 64-bit integers become null.
  func canonicalBytes(leavingOut isLeftOut: (String) -> Bool) -> [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    forEachMember { name, value in
      let name = name.string()
      if isLeftOut(name) { return }
      writer.key(named: name)
      _ = writer.copy(value)
    }
    writer.endObject()
    return writer.finish()
  }
}

extension JSONNode {
  /// The value without white space, for what somebody else has written: other numbers than 64-bit integers in their
  /// shortest form.
  public func compactBytes() -> [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    _ = writer.copy(self) { Array("\($0)".utf8) }
    return writer.finish()
  }
}

extension JSONWriter {
  /// Writes a value that was read; false, and an incomplete text, if it holds a number that is no 64-bit integer and of
  /// which nobody has said how it is written.
  fileprivate mutating func copy(_ node: JSONNode, fraction: ((Double) -> [UInt8])? = nil) -> Bool {
    var isExact = true
    switch node.kind {
    case .object:
      beginObject()
      node.forEachMember { name, value in
        key(named: name.string())
        if !copy(value, fraction: fraction) { isExact = false }
      }
      endObject()
    case .array:
      beginArray()
      node.forEachElement { element in if !copy(element, fraction: fraction) { isExact = false } }
      endArray()
    case .string: string(node.string() ?? "")
    case .integer: int(node.int64() ?? 0)
    case .bool: bool(node.bool() ?? false)
    case .null: null()
    case .number:
      if let fraction, let number = node.double() {
        raw(fraction(number))
      } else {
        null()
        isExact = false
      }
    }
    return isExact
  }
}
