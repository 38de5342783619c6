import JSON
import Scrip

extension JSONNode {
  /// A member's value as people read it; a dash where there is none.
  package func shown(_ name: String) -> String { member(named: name)?.shown ?? "-" }

  /// A member's text; nil for every other kind.
  package func text(_ name: String) -> String? { member(named: name)?.string() }

  /// The value in one line.
  package var shown: String {
    switch kind {
    case .null: "-"
    case .bool: bool() == true ? "yes" : "no"
    case .integer: int64().map(String.init) ?? "-"
    case .number: double().map { "\($0)" } ?? "-"
    case .string: string() ?? "-"
    case .array:
      elements.isEmpty ? "-" : elements.map(\.shown).joined(separator: ", ")
    case .object:
      members.isEmpty ? "-" : members.map { "\($0.0) \($0.1.shown)" }.joined(separator: ", ")
    }
  }

  /// The elements of an array; none for every other kind.
  package var elements: [JSONNode] {
    var elements: [JSONNode] = []
    forEachElement { elements.append($0) }
    return elements
  }

  /// The members of an object in order; none for every other kind.
  package var members: [(String, JSONNode)] {
    var members: [(String, JSONNode)] = []
    forEachMember { key, value in members.append((key.string(), value)) }
    return members
  }

  /// Amounts by currency as people write them: `5.00 USD, 4.50 EUR`.
  package var shownAmounts: String {
    let amounts = members.compactMap { code, amount in amount.int64().map { shownMoney($0, code) } }
    return amounts.isEmpty ? "-" : amounts.joined(separator: ", ")
  }

  /// Writes the value again, members in their order.
  ///
  /// - Parameter text: what becomes of each text, names included.
  package func write(to writer: inout JSONWriter, _ text: (String) -> String = { $0 }) {
    switch kind {
    case .null: writer.null()
    case .bool: writer.bool(bool() ?? false)
    case .integer: writer.int(int64() ?? 0)
    // No form of the API has fractions: amounts are integers, percents are strings.
    case .number: writer.raw(Array("\(double() ?? 0)".utf8))
    case .string: writer.string(text(string() ?? ""))
    case .array:
      writer.array { writer in forEachElement { $0.write(to: &writer, text) } }
    case .object:
      writer.object { writer in
        forEachMember { key, value in
          writer.key(named: text(key.string()))
          value.write(to: &writer, text)
        }
      }
    }
  }

  /// The value as bytes.
  package var bytes: [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

/// Minor units with their currency's own number of decimals: 1250 USD is `12.50 USD`, 1250 JPY is `1250 JPY`.
package func shownMoney(_ minorUnits: Int64, _ code: String) -> String {
  let exponent = Int(Currency(code: code)?.exponent ?? 0)
  guard exponent > 0 else { return "\(minorUnits) \(code)" }
  let digits = String(minorUnits.magnitude)
  let padded = String(repeating: "0", count: max(0, exponent + 1 - digits.count)) + digits
  let sign = minorUnits < 0 ? "-" : ""
  return "\(sign)\(padded.dropLast(exponent)).\(padded.suffix(exponent)) \(code)"
}
