import CommandLineClient
import JSON

/// A day as it was read from its files, under the prefix of one run.
struct PlannedDay: Sendable {
  /// A coupon that the run makes.
  struct PlannedCoupon: Sendable {
    let state: String
    let body: JSONText
  }

  let coupons: [PlannedCoupon]
  let checkouts: [Checkout]

  /// Reads a folder that `shopday generate` wrote.
  init(folder: String, prefix: RunPrefix) throws(ToolError) {
    coupons = try PlannedDay.lines(of: "\(folder)/\(ShopDayVerbs.couponsFile)") {
      PlannedCoupon($0, prefix)
    }
    checkouts = try PlannedDay.lines(of: "\(folder)/\(ShopDayVerbs.checkoutsFile)") { Checkout($0, prefix) }
  }

  private static func lines<Value>(
    of path: String, _ read: (JSONNode) -> Value?
  ) throws(ToolError) -> [Value] {
    var values: [Value] = []
    for (number, line) in try contents(of: path).split(separator: UInt8(ascii: "\n")).enumerated() {
      let node = try? JSONDocument(parsing: Array(line)).root
      guard let value = node.flatMap(read) else {
        throw .usage("\(path):\(number + 1) is not a line that 'shopday generate' writes.")
      }
      values.append(value)
    }
    return values
  }
}

/// What makes a run's codes, orders and customers its own, so that a day can be played again and again.
struct RunPrefix: Sendable {
  let text: String

  /// A code of the run; white space around what was typed stays.
  func code(_ typed: String) -> String { "\(text)-\(typed)" }

  /// An order, a user or an idempotency key of the run.
  func name(_ name: String) -> String { "\(text.lowercased())-\(name)" }
}

extension PlannedDay.PlannedCoupon {
  fileprivate init?(_ line: JSONNode, _ prefix: RunPrefix) {
    guard let state = line.text("state"), let terms = line["coupon"], let codes = line["codes"] else {
      return nil
    }
    let grants = codes.elements.map { code in
      JSONText.object([
        ("code", .string(prefix.code(code.shown("code")))),
        ("owner", code.text("owner").map { .string(prefix.name($0)) } ?? .null),
      ])
    }
    self.state = state
    body = .object(terms.members.map { ($0.0, JSONText(bytes: $0.1.bytes)) } + [("codes", .array(grants))])
  }
}

extension Checkout {
  fileprivate init?(_ line: JSONNode, _ prefix: RunPrefix) {
    guard let order = line.text("order_id"), let moment = line["at_ms"]?.int64(), let cart = line["cart"],
      let customer = line["customer"], let tabs = line["tabs"]?.int64(),
      let resending = line.text("resend").flatMap(Checkout.Resending.init),
      let ending = line.text("ending").flatMap(Checkout.Ending.init), let asks = line["quote_first"]?.bool()
    else { return nil }
    self.init(
      atMilliseconds: Int(moment), orderID: prefix.name(order), customer: Checkout.own(customer, prefix),
      cart: JSONText(bytes: cart.bytes),
      codes: line["codes"]?.elements.compactMap { $0.string().map(prefix.code) } ?? [], asksFirst: asks,
      tabs: Int(tabs), resending: resending, ending: ending)
  }

  private static func own(_ customer: JSONNode, _ prefix: RunPrefix) -> JSONText {
    .object(
      customer.members.map { name, value in
        guard ["user_id", "email"].contains(name), let text = value.string() else {
          return (name, JSONText(bytes: value.bytes))
        }
        return (name, .string(prefix.name(text)))
      })
  }
}
