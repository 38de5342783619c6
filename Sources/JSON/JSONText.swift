/// One JSON value that is written already: what requests are put together from.
package struct JSONText: Hashable, Sendable {
  /// The value's bytes.
  package let bytes: [UInt8]

  /// A value of these bytes, which are one JSON value.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  package static func string(_ text: String) -> JSONText {
    JSONText(bytes: JSONWriter.bytes { $0.string(text) })
  }

  package static func integer(_ number: Int64) -> JSONText {
    JSONText(bytes: JSONWriter.bytes { $0.int(number) })
  }

  package static func bool(_ truth: Bool) -> JSONText { JSONText(bytes: JSONWriter.bytes { $0.bool(truth) }) }

  package static let null = JSONText(bytes: JSONWriter.bytes { $0.null() })

  package static func array(_ elements: [JSONText]) -> JSONText {
    JSONText(bytes: JSONWriter.bytes { $0.array { for element in elements { $0.raw(element.bytes) } } })
  }

  package static func object(_ members: [(String, JSONText)]) -> JSONText {
    JSONText(
      bytes: JSONWriter.bytes { writer in
        writer.object { writer in
          for (name, value) in members {
            writer.key(named: name)
            writer.raw(value.bytes)
          }
        }
      })
  }

  /// The value as text.
  package var text: String { String(decoding: bytes, as: UTF8.self) }
}
