import CommandLineClient
import JSON
import Scrip

/// The flags that say what a coupon is, and the JSON that they come to.
enum CouponForm {
  static let flags: [Flag] = [
    .value("file", "FILE", "The coupon as JSON, - for standard input; flags beside it win."),
    .value("name", "NAME", "What people call it."),
    .value("description", "TEXT", "What the offer is, for pages and for the shop's staff."),
    .value("percent", "PERCENT", "Take off a percentage, such as 12.5."),
    .value("amount", "CUR=UNITS", repeats: true, "Take off an amount in minor units, such as USD=500."),
    .option("free-shipping", "Take off the shipping charge; with --percent a part of it."),
    .value("cap", "CUR=UNITS", repeats: true, "Take off at most so much."),
    .value("scope", "SCOPE", "What one amount is taken off: order, line or unit."),
    .value("minimum", "CUR=UNITS", repeats: true, "What the eligible lines must amount to."),
    .value("starts", "WHEN", "First moment, RFC 3339, or a date with --time-zone."),
    .value("ends", "WHEN", "First moment at which it is over, or its last day with --time-zone."),
    .value("time-zone", "ZONE", "IANA zone of dates, such as Europe/Berlin."),
    .value("total", "N", "How often it may be used at all."),
    .value("per-user", "N", "How often one person may use it."),
    .value("per-code", "N", "How often one code may be used."),
    .value("budget", "CUR=UNITS", repeats: true, "How much discount it may give at all."),
    .value("country", "COUNTRY", repeats: true, "Only for orders from these countries."),
    .value("category", "CATEGORY", repeats: true, "Only off lines of these categories."),
    .option("first-order", "Only for a customer's first order."),
    .value(
      "stacking", "POLICY",
      "Beside which others it applies: open (any that consent), exclusive (none), or group:NAME (one of its group)."
    ),
    .value("priority", "N", "Lower numbers apply first."),
    .value("owner", "USER", "Only this user may use it."),
    .value("campaign", "CAMPAIGN_ID", "The campaign that it belongs to."),
    .value("cadence", "CADENCE", "For subscriptions and invoices: once, repeated or forever."),
    .value("periods", "N", "On how many invoices that get something off it repeats."),
    .value("months", "N", "For how many calendar months it repeats."),
    .value("redeem-after", "WHEN", "It can be attached, or named on an invoice, from then on, RFC 3339."),
    .value("redeem-before", "WHEN", "First moment at which it can't any more."),
    .value("on-excess", "RULE", "If it is more than there is to take it from: cap (the usual), or skip it."),
    .option("carry-over", "What exceeds an invoice is taken off later ones."),
    .option("attach-again", "A subscription may have it more than once."),
    .option("at-checkout", "Checkouts may use it, too."),
    .value("metadata", "NAME=VALUE", repeats: true, "A fact of your own."),
  ]

  /// The body of the request that makes a coupon.
  ///
  /// - Throws: `ToolError.usage` if nothing says how the coupon stacks: a default would give money away unseen.
  static func newCoupon(_ invocation: Invocation, extra: [(String, JSONText)]) throws(ToolError) -> [UInt8] {
    let members = try members(invocation, extra)
    guard members.contains(where: { $0.0 == "stacking" }) else {
      throw .usage(
        """
        --stacking is required. Say whether the coupon applies beside others: open (beside any that consent), \
        exclusive (beside none), or group:NAME (only one of that group).
        """)
    }
    return JSONText.object(members).bytes
  }

  /// The body of the request that changes a coupon.
  static func body(_ invocation: Invocation) throws(ToolError) -> [UInt8] {
    JSONText.object(try members(invocation, [])).bytes
  }

  private static func members(
    _ invocation: Invocation, _ extra: [(String, JSONText)]
  ) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    if let path = invocation["file"] {
      members = try jsonObject(in: path).members.map { ($0.0, JSONText(bytes: $0.1.bytes)) }
    }
    for (name, value) in try terms(invocation) + extra {
      members.removeAll { $0.0 == name }
      members.append((name, value))
    }
    return members
  }

  private static func terms(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    func add(_ name: String, _ value: JSONText?) { if let value { members.append((name, value)) } }
    add("name", invocation["name"].map(JSONText.string))
    add("description", invocation["description"].map(JSONText.string))
    add("discount", try discount(invocation))
    add("scope", invocation["scope"].map(JSONText.string))
    add("minimum", try amounts("minimum", invocation))
    add("starts_at", invocation["starts"].map(JSONText.string))
    add("ends_at", invocation["ends"].map(JSONText.string))
    add("time_zone", invocation["time-zone"].map(JSONText.string))
    add("limits", try limits(invocation))
    add("rules", try rules(invocation))
    add("eligible_lines", lines(invocation))
    add("stacking", invocation["stacking"].map(stacking))
    add(
      "priority",
      try invocation.integer("priority", in: -1_000_000...1_000_000).map { JSONText.integer(Int64($0)) })
    add("owner", invocation["owner"].map(JSONText.string))
    add("campaign_id", invocation["campaign"].map(JSONText.string))
    add("billing", try billing(invocation))
    add("metadata", try metadata(invocation))
    return members
  }

  private static func discount(_ invocation: Invocation) throws(ToolError) -> JSONText? {
    let amounts = try amounts("amount", invocation)
    let cap = try self.amounts("cap", invocation).map { [("cap", $0)] } ?? []
    let percent = invocation["percent"].map { [("percent", JSONText.string($0))] }
    let isShipping = try invocation.isOn("free-shipping")
    switch (percent, amounts, isShipping) {
    case (nil, nil, false): return nil
    case (let percent, nil, true): return .object([("type", .string("shipping"))] + (percent ?? []) + cap)
    case (.some(let percent), nil, false): return .object([("type", .string("percent"))] + percent + cap)
    case (nil, .some(let amounts), false): return .object([("type", .string("fixed")), ("amounts", amounts)])
    default: throw .usage("A coupon takes off either --percent or --amount, and --amount no shipping.")
    }
  }

  private static func limits(_ invocation: Invocation) throws(ToolError) -> JSONText? {
    var members: [(String, JSONText)] = []
    for (flag, name) in [("total", "total"), ("per-user", "per_user"), ("per-code", "per_code")] {
      if let limit = try invocation.integer(flag, in: 1...1_000_000_000) {
        members.append((name, .integer(Int64(limit))))
      }
    }
    if let budget = try amounts("budget", invocation) { members.append(("budget", budget)) }
    return members.isEmpty ? nil : .object(members)
  }

  private static let billingTexts = [
    ("redeem-after", "redeem_after"), ("redeem-before", "redeem_before"), ("on-excess", "on_excess"),
  ]
  private static let billingOptions = [
    ("carry-over", "carry_over"), ("attach-again", "attach_again"), ("at-checkout", "at_checkout"),
  ]

  private static func billing(_ invocation: Invocation) throws(ToolError) -> JSONText? {
    guard let cadence = invocation["cadence"] else {
      for flag in ["periods", "months"] + billingTexts.map(\.0) + billingOptions.map(\.0)
      where invocation.isGiven(flag) {
        throw .usage("--\(flag) needs --cadence.")
      }
      return nil
    }
    var members: [(String, JSONText)] = [("cadence", .string(cadence))]
    for name in ["periods", "months"] {
      if let count = try invocation.integer(name, in: 1...1200) {
        members.append((name, .integer(Int64(count))))
      }
    }
    for (flag, name) in billingTexts {
      if let text = invocation[flag] { members.append((name, .string(text))) }
    }
    for (flag, name) in billingOptions where try invocation.isOn(flag) { members.append((name, .bool(true))) }
    return .object(members)
  }

  private static func rules(_ invocation: Invocation) throws(ToolError) -> JSONText? {
    var rules: [JSONText] = []
    let countries = invocation.all("country")
    if !countries.isEmpty { rules.append(membership("country", countries)) }
    if try invocation.isOn("first-order") { rules.append(.object([("first_order", .bool(true))])) }
    return rules.isEmpty ? nil : .object([("all", .array(rules))])
  }

  private static func lines(_ invocation: Invocation) -> JSONText? {
    let categories = invocation.all("category")
    return categories.isEmpty ? nil : membership("category", categories)
  }

  private static func membership(_ name: String, _ words: [String]) -> JSONText {
    .object([(name, .object([("in", .array(words.map(JSONText.string)))]))])
  }

  private static func stacking(_ text: String) -> JSONText {
    guard text.hasPrefix("group:") else { return .object([("policy", .string(text))]) }
    return .object([("policy", .string("group")), ("group", .string(String(text.dropFirst(6))))])
  }

  private static func metadata(_ invocation: Invocation) throws(ToolError) -> JSONText? {
    var members: [(String, JSONText)] = []
    for text in invocation.all("metadata") {
      let (name, value) = try pair(text, of: "metadata")
      members.append((name, .string(value)))
    }
    return members.isEmpty ? nil : .object(members)
  }

  static func amounts(_ flag: String, _ invocation: Invocation) throws(ToolError) -> JSONText? {
    var members: [(String, JSONText)] = []
    for text in invocation.all(flag) {
      let (code, value) = try pair(text, of: flag)
      guard let currency = Currency(anyCase: code), let units = Int64(value), units >= 0 else {
        throw .usage("--\(flag) must be a currency and minor units, such as USD=500, not '\(text)'.")
      }
      members.append((currency.code, .integer(units)))
    }
    return members.isEmpty ? nil : .object(members)
  }

  /// `NAME=VALUE` as its two parts.
  static func pair(_ text: String, of flag: String) throws(ToolError) -> (String, String) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { throw .usage("--\(flag) must be like NAME=VALUE, not '\(text)'.") }
    return (parts[0], parts[1])
  }
}
