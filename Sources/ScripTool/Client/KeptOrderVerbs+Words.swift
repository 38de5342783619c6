import CommandLineClient
import JSON

extension KeptOrderVerbs {
  /// An order in a few lines.
  static func words(order: JSONNode, _ console: Console) -> String {
    let state = order.shown("state")
    let isBad = state == "failed" || state == "cancelled"
    var lines = [
      "\(console.styled(order.shown("id"), .strong))  \(order.text("user_id") ?? "")",
      "state      \(console.styled(state, isBad ? .warning : .good))",
    ]
    lines += order["cart"]?["lines"]?.elements.map { words(line: $0, order.shown("currency")) } ?? []
    if let quote = order["quote"], quote.kind == .object {
      lines.append(OrderVerbs.words(quote: quote, console))
    }
    if let reference = order.text("payment_reference") { lines.append("payment    \(reference)") }
    if let refunded = order["refunded"]?.int64(), refunded > 0 {
      lines.append("given back \(money(order, "refunded"))")
    }
    lines += order["returned"].map { returned($0, order.shown("currency")) } ?? []
    return lines.joined(separator: "\n")
  }

  /// What a refund gives back, and what is left.
  static func words(refund: JSONNode) -> String {
    [
      "give back  \(money(refund, "amount"))", "by now     \(money(refund, "refunded"))",
      "left       \(money(refund, "left"))", "state      \(refund.shown("state"))",
    ].joined(separator: "\n")
  }

  /// What an amended order costs, and what is to be charged or given back.
  static func words(amendment: JSONNode) -> String {
    let difference = amendment["difference"]?.int64() ?? 0
    let size = shownMoney(abs(difference), amendment.shown("currency"))
    let what = difference > 0 ? "charge     \(size)" : difference < 0 ? "give back  \(size)" : "no difference"
    return "total      \(money(amendment, "total"))\n\(what)"
  }

  /// An amount of an object that says its currency.
  static func money(_ node: JSONNode, _ name: String) -> String {
    node.member(named: name)?.int64().map { shownMoney($0, node.shown("currency")) } ?? "-"
  }

  private static func words(line: JSONNode, _ currency: String) -> String {
    let price =
      line["unit_price"]?.int64().map { shownMoney($0, currency) }
      ?? "\(line.shown("unit_price_decimal")) minor units"
    return "line       \(line.shown("id"))  \(line.shown("quantity")) × \(price)  \(line.shown("product_id"))"
  }

  private static func returned(_ parts: JSONNode, _ currency: String) -> [String] {
    let units = (parts["lines"]?.elements ?? []).flatMap(RefundedUnits.words)
    let charges = (parts["shipping"]?.elements ?? []).map { charge in
      "\(charge.shown("shipping_id")) \(charge["amount"]?.int64().map { shownMoney($0, currency) } ?? "-")"
    }
    return (units.isEmpty ? [] : ["units      \(units.joined(separator: ", "))"])
      + (charges.isEmpty ? [] : ["shipping   \(charges.joined(separator: ", "))"])
  }
}
