import JSON

/// One coupon of the example shop, with the codes that open it.
package struct ShopCoupon: Sendable {
  /// The state that the day begins with.
  package enum State: String, Sendable {
    case draft, active, disabled
    /// In use until its window ended, long before the day.
    case over
  }

  /// A code, perhaps of one customer alone.
  package struct Code: Hashable, Sendable {
    package let code: String
    package let owner: String?

    /// A code, and whose it is.
    package init(code: String, owner: String?) {
      self.code = code
      self.owner = owner
    }
  }

  /// What people call it.
  package let name: String
  /// The body of the request that makes it, without codes.
  package let terms: JSONText
  /// What opens it.
  package var codes: [Code]
  /// How the day begins for it.
  package let state: State

  /// A coupon that stacks with others unless its terms say otherwise.
  package init(_ name: String, codes: [String], state: State = .active, _ terms: [(String, JSONText)]) {
    self.name = name
    self.codes = codes.map { Code(code: $0, owner: nil) }
    self.state = state
    let usual: [(String, JSONText)] = [("stacking", ShopCoupon.open)]
    self.terms = .object(
      [("name", .string(name))] + terms
        + usual.filter { usual in !terms.contains { $0.0 == usual.0 } })
  }

  private static let open = JSONText.object([("policy", .string("open"))])

  /// The coupon with its codes and its state as a line of a file.
  package var json: JSONText {
    .object([
      ("state", .string(state.rawValue)), ("coupon", terms),
      (
        "codes",
        .array(
          codes.map { code in
            .object([("code", .string(code.code)), ("owner", code.owner.map(JSONText.string) ?? .null)])
          })
      ),
    ])
  }
}

extension ShopCoupon {
  /// A discount of so much of a hundred, with what it takes at most by currency.
  package static func percent(_ percent: String, cap: [(String, Int64)] = []) -> JSONText {
    .object(
      [("type", .string("percent")), ("percent", .string(percent))]
        + (cap.isEmpty ? [] : [("cap", amounts(cap))]))
  }

  /// A discount of an amount by currency.
  package static func fixed(_ amounts: [(String, Int64)]) -> JSONText {
    .object([("type", .string("fixed")), ("amounts", self.amounts(amounts))])
  }

  /// Minor units by currency.
  package static func amounts(_ amounts: [(String, Int64)]) -> JSONText {
    .object(amounts.map { ($0.0, .integer($0.1)) })
  }

  /// That a value is one of these words.
  package static func membership(_ name: String, _ words: [String]) -> JSONText {
    .object([(name, .object([("in", .array(words.map(JSONText.string)))]))])
  }

  /// One coupon of a group at most.
  package static func group(_ name: String) -> JSONText {
    .object([("policy", .string("group")), ("group", .string(name))])
  }
}
