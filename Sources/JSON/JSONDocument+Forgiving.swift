extension JSONDocument {
  /// Reads one JSON text in which the elements of one list may be JSON in form and say nothing: numbers beyond every type,
  /// surrogates without a pair. Such an element is read as `null`, and spoils neither its neighbours nor the text.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - member: the list, a member of the outermost object.
  /// - Throws: where and why the bytes are not JSON.
  public convenience init(parsing bytes: [UInt8], forgiving member: StaticString) throws(JSONSyntaxError) {
    var finder: SyntaxFaultFinder
    do throws(JSONSyntaxError) {
      try self.init(parsing: bytes)
      return
    } catch {
      finder = SyntaxFaultFinder(bytes.span, forgiving: member)
      _ = finder.firstFault()
      if finder.forgiven.isEmpty { throw error }
    }
    try self.init(parsing: JSONDocument.nulling(finder.forgiven, in: bytes))
  }

  /// Reads one JSON text, a list or a single value, in which the elements may be JSON in form and say nothing.
  ///
  /// - Returns: the elements, in their order; those that say nothing as their bytes.
  /// - Throws: where and why the bytes are not JSON.
  public static func elements(parsing bytes: [UInt8]) throws(JSONSyntaxError) -> [ElementOrText] {
    let document: JSONDocument
    var spoilt: [Int: Range<Int>] = [:]
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: bytes) } catch {
      var finder = SyntaxFaultFinder(forgivingElementsOf: bytes.span)
      if finder.firstFault() != nil || finder.forgiven.isEmpty { throw error }
      for (place, range) in zip(finder.forgivenPlaces, finder.forgiven) { spoilt[place] = range }
      document = try JSONDocument(parsing: nulling(finder.forgiven, in: bytes))
    }
    var elements: [JSONNode] = []
    if document.root.kind == .array {
      document.root.forEachElement { elements.append($0) }
    } else {
      elements.append(document.root)
    }
    return elements.enumerated().map { place, node in
      spoilt[place].map { .text(Array(bytes[$0])) } ?? .node(node)
    }
  }

  /// An element of a list.
  public enum ElementOrText {
    /// As it was read.
    case node(JSONNode)
    /// The bytes of one that is JSON in form and says nothing.
    case text([UInt8])
  }

  /// The text keeps its length, so that whatever else is wrong is named where it stands.
  private static func nulling(_ ranges: [Range<Int>], in bytes: [UInt8]) -> [UInt8] {
    var mended = bytes
    for range in ranges {
      let null = Array("null".utf8.prefix(range.count))
      mended.replaceSubrange(range, with: null + Array(repeating: 0x20, count: range.count - null.count))
    }
    return mended
  }
}
