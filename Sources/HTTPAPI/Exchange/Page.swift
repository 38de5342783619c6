import JSON

/// A page of a list: one entry more than shown was asked for, to know whether there are more.
struct Page<Entry> {
  let entries: ArraySlice<Entry>
  let hasMore: Bool

  /// - Parameter isCut: whether fewer were found because they are large.
  init(_ found: [Entry], limit: Int64, isCut: Bool = false) {
    entries = found.prefix(Int(limit))
    hasMore = isCut || found.count > Int(limit)
  }

  /// `{"data":[…],"has_more":…,"next_cursor":…}`.
  func json(
    cursor: (Entry) -> String, _ write: (Entry, inout JSONWriter) -> Void
  ) -> [UInt8] {
    JSONWriter.bytes(capacity: 4096) { writer in
      writer.object { writer in
        writer.key("data")
        writer.array { writer in for entry in entries { write(entry, &writer) } }
        writer.key("has_more")
        writer.bool(hasMore)
        writer.key("next_cursor")
        if hasMore, let last = entries.last {
          writer.string(Cursor.encode(cursor(last)))
        } else {
          writer.null()
        }
      }
    }
  }
}
