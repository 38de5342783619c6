import JSON
import Scrip

/// What a shop's message says was given back.
extension InboxDraft {
  /// An amount, units of lines, or everything.
  ///
  /// - Throws: a fault where the message does not say what the mapping says that it does: nobody is to take that for everything.
  func refund() throws(InboxFault) -> InboxRefund {
    if let node = present(mapping.refund.amount) { return .amount(try refundedAmount(node)) }
    if let lines = present(mapping.refund.lines) { return .lines(try refundedLines(lines)) }
    if let required = mapping.refund.required {
      throw InboxFault(.required, at: required.text, "is required by the mapping")
    }
    return .everything
  }

  private func refundedAmount(_ node: JSONNode) throws(InboxFault) -> Int64 {
    let (refund, place) = (mapping.refund, mapping.refund.amount.text)
    guard node.kind == .array else { return try amount(node, at: place, in: refund.currency) }
    guard node.count <= 500 else { throw InboxFault(.tooMany, at: place, "must have at most 500 entries") }
    var sum: Int64 = 0
    for (index, element) in node.elements.enumerated() {
      if try !counts(element, at: "\(place)/\(index)") { continue }
      let member = refund.amountMember
      let there = "\(place)/\(index)\(member?.text ?? "")"
      guard let found = member.map({ $0.find(in: element) }) ?? element, !found.isNull else {
        throw InboxFault(.required, at: there, "is required")
      }
      sum += try amount(found, at: there, in: refund.currency)
      guard sum <= amountMax else { throw InboxFault(.outOfRange, at: place, "comes to too much") }
    }
    return sum
  }

  /// Whether an entry of a list of amounts went well, as far as that is to be looked at.
  private func counts(_ element: JSONNode, at place: String) throws(InboxFault) -> Bool {
    guard let member = mapping.refund.statusMember else { return true }
    guard let status = member.find(in: element)?.string() else {
      throw InboxFault(.required, at: place + member.text, "must be a text")
    }
    return status.hasSameBytes(as: mapping.refund.status?.text ?? "success")
  }

  private func refundedLines(_ lines: JSONNode) throws(InboxFault) -> [InboxRefundLine] {
    let place = mapping.refund.lines.text
    guard lines.kind == .array else { throw InboxFault(.wrongType, at: place, "must be an array") }
    guard lines.count <= 500 else { throw InboxFault(.tooMany, at: place, "must have at most 500 entries") }
    var units: [InboxRefundLine] = []
    for (index, line) in lines.elements.enumerated() {
      let id = mapping.refund.lineID
      guard let name = id.find(in: line)?.textual, (1...200).contains(name.unicodeScalars.count) else {
        throw InboxFault(.required, at: "\(place)/\(index)\(id.text)", "must be a text or a whole number")
      }
      let quantity = mapping.refund.quantity
      guard let count = quantity.find(in: line)?.int64(), (1...10_000).contains(count) else {
        throw InboxFault(
          .outOfRange, at: "\(place)/\(index)\(quantity.text)", "must be a whole number from 1 to 10000")
      }
      units.append(InboxRefundLine(id: LineID(name), quantity: count))
    }
    return units
  }
}
