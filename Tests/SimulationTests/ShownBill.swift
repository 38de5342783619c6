import JSON
import Scrip
import Testing

/// What is shown of an invoice, whoever says it.
struct ShownBill: Equatable {
  struct Applied: Equatable {
    var origin: String
    var coupon: String
    var original: Int
    var discount: Int
    var position: Int
    var of: Int?
    var balance: Int?
    var shares: [Ledger.BillShare]
  }

  var state: String
  var amounts: [Int] = []
  var discounts: [Int] = []
  var total: Int
  var applied: [Applied] = []
  var refused: [Ledger.Name: String] = [:]

  /// What the ledger knows.
  init(_ bill: Ledger.Bill, in ledger: Ledger) {
    func origin(_ origin: Ledger.Origin) -> String {
      switch origin {
      case .association(let index): ledger.billing.associations[index].id
      case .named(let place): "#\(place)"
      }
    }
    state = bill.state.rawValue
    amounts = bill.price.amounts
    discounts = bill.price.discounts
    total = bill.price.total
    applied = bill.price.applied.map { deduction in
      Applied(
        origin: origin(deduction.origin), coupon: ledger.coupons[deduction.coupon].id,
        original: deduction.original, discount: deduction.amount, position: deduction.position,
        of: deduction.most, balance: deduction.balance, shares: deduction.shares)
    }
    for (source, reason) in bill.price.refused { refused[Ledger.Name(origin(source))] = reason }
  }

  /// What an answer says.
  init(_ body: [UInt8]) throws {
    let bill = try JSONDocument(parsing: body).root
    func number(_ node: JSONNode?) throws -> Int { Int(try #require(node?.int64())) }
    func origin(_ node: JSONNode) throws -> String {
      try node["association_id"]?.string() ?? "#\(number(node["coupon"]))"
    }
    state = try #require(bill["state"]?.string())
    total = try number(bill["total"])
    for line in Self.list(bill["line_items"]) {
      amounts.append(try number(line["subtotal"]))
      discounts.append(try number(line["discount"]))
      #expect(try number(line["taxable"]) == amounts[amounts.count - 1] - discounts[discounts.count - 1])
    }
    for one in Self.list(bill["applied"]) {
      applied.append(
        Applied(
          origin: try origin(one), coupon: try #require(one["coupon_id"]?.string()),
          original: try number(one["original"]), discount: try number(one["discount"]),
          position: try number(one["position"]), of: one["of"]?.int64().map { Int($0) },
          balance: one["snapshot"]?["balance"]?.int64().map { Int($0) },
          shares: try Self.list(one["allocations"]).map {
            Ledger.BillShare(line: try number($0["index"]), amount: try number($0["amount"]))
          }))
    }
    for one in Self.list(bill["not_applied"]) {
      refused[Ledger.Name(try origin(one))] = try #require(one["code"]?.string())
    }
  }

  private static func list(_ node: JSONNode?) -> [JSONNode] {
    (0..<(node?.count ?? 0)).compactMap { node?[$0] }
  }

  /// What holds for any invoice; empty if it does.
  var faults: [String] {
    var faults: [String] = []
    let sum = applied.map(\.discount).reduce(0, +)
    if sum != discounts.reduce(0, +) { faults.append("\(sum) applied, \(discounts) off the lines") }
    if total != amounts.reduce(0, +) - sum { faults.append("the total \(total)") }
    for (amount, discount) in zip(amounts, discounts) where discount < 0 || discount > max(0, amount) {
      faults.append("\(discount) off \(amount)")
    }
    for one in applied where one.shares.map(\.amount).reduce(0, +) != one.discount || one.discount <= 0 {
      faults.append("shares of \(one)")
    }
    if sum > 0, total < 0 { faults.append("discounts below nothing") }
    return faults
  }
}
