/// Where a value stands in a JSON text: an RFC 6901 pointer such as `/data/lines/0/sku`. The empty one is the whole.
public struct JSONPointer: Hashable, Sendable {
  /// How many steps a pointer may have.
  public static let stepsMax = 16
  /// How many bytes a pointer may have.
  public static let bytesMax = 256

  /// The pointer as it was written, compared by its bytes.
  public let bytes: [UInt8]
  private let steps: [[UInt8]]

  /// Reads a pointer; nil for what is none, or is longer or deeper than pointers may be here.
  public init?(_ text: String) {
    bytes = Array(text.utf8)
    if bytes.count > JSONPointer.bytesMax { return nil }
    if bytes.isEmpty {
      steps = []
      return
    }
    guard bytes.first == UInt8(ascii: "/") else { return nil }
    var steps: [[UInt8]] = []
    for part in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let step = JSONPointer.unescaped(part) else { return nil }
      steps.append(step)
    }
    if steps.count > JSONPointer.stepsMax { return nil }
    self.steps = steps
  }

  /// The pointer as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The value that the pointer leads to; nil if there is none. Names are the same if their bytes are, and a name that
  /// stands twice in an object leads nowhere: nobody can say which of both is meant.
  public func find(in root: JSONNode) -> JSONNode? {
    var node = root
    for step in steps {
      guard let next = JSONPointer.step(step, from: node) else { return nil }
      node = next
    }
    return node
  }

  private static func step(_ name: [UInt8], from node: JSONNode) -> JSONNode? {
    switch node.kind {
    case .object:
      var found: [JSONNode] = []
      node.forEachMember { key, value in
        if key.string().utf8.elementsEqual(name) { found.append(value) }
      }
      return found.count == 1 ? found[0] : nil
    case .array:
      let isNumber = name.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard isNumber, name.first != UInt8(ascii: "0") || name.count == 1,
        let position = Int(String(decoding: name, as: UTF8.self))
      else { return nil }
      return node[position]
    case .null, .bool, .integer, .number, .string: return nil
    }
  }

  /// A step with `~1` and `~0` read as what they stand for; nil for any other use of the tilde.
  private static func unescaped(_ part: ArraySlice<UInt8>) -> [UInt8]? {
    var step: [UInt8] = []
    var rest = part
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "~") else {
        step.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "0"): step.append(UInt8(ascii: "~"))
      case UInt8(ascii: "1"): step.append(UInt8(ascii: "/"))
      default: return nil
      }
    }
    return step
  }
}
