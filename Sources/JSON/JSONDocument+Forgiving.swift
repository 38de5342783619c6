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
    var mended = bytes
    for range in finder.forgiven {
      // The text keeps its length, so that whatever else is wrong is named where it stands.
      let null = Array("null".utf8)
      mended.replaceSubrange(range, with: null + Array(repeating: 0x20, count: range.count - null.count))
    }
    try self.init(parsing: mended)
  }
}
