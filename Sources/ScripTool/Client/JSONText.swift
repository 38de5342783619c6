import JSON

/// One JSON value that is written already: what requests are put together from.
struct JSONText: Hashable, Sendable {
  /// The value's bytes.
  let bytes: [UInt8]

  static func string(_ text: String) -> JSONText { JSONText(bytes: JSONWriter.bytes { $0.string(text) }) }

  static func integer(_ number: Int64) -> JSONText { JSONText(bytes: JSONWriter.bytes { $0.int(number) }) }

  static func bool(_ truth: Bool) -> JSONText { JSONText(bytes: JSONWriter.bytes { $0.bool(truth) }) }

  static let null = JSONText(bytes: JSONWriter.bytes { $0.null() })

  static func array(_ elements: [JSONText]) -> JSONText {
    JSONText(bytes: JSONWriter.bytes { $0.array { for element in elements { $0.raw(element.bytes) } } })
  }

  static func object(_ members: [(String, JSONText)]) -> JSONText {
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
  var text: String { String(decoding: bytes, as: UTF8.self) }
}
