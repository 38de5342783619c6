import JSON

/// Values at the ends of what requests may hold, and texts that look harmless and are not. All are JSON texts.
enum Extremes {
  static func json(_ text: String) -> String {
    String(decoding: JSONWriter.bytes { $0.string(text) }, as: UTF8.self)
  }

  static func list(_ values: [String]) -> String { "[" + values.joined(separator: ",") + "]" }

  static func object(_ members: [(String, String)]) -> String {
    "{" + members.map { json($0.0) + ":" + $0.1 }.joined(separator: ",") + "}"
  }

  /// Texts of up to so many characters (code points): what Unicode has in store, and the longest of each kind.
  static func texts(max: Int) -> [String] {
    let short = [
      "x", " ", "\u{E9}", "e\u{301}", "\u{1F3F7}\u{FE0F}", "\u{202E}abc", "\u{FEFF}", "\u{200B}",
      "\u{2028}\u{2029}",
      "\"\\/", "\u{8}\u{C}\n\r\t", "\u{1F}\u{7F}", "\u{FFFF}\u{10FFFF}", "\u{FB01}\u{DF}\u{130}", "a,b:c\n",
      "null",
      "2026-11-20T09:00:00+01:00", "i:u:42", "6:i:u:42", "%00", "'; --", "{}", "\u{0}", "a\u{0}b",
      "\u{AC00}\u{1100}\u{1161}",
    ]
    let units = ["x", "\u{E9}", "e\u{301}", "\u{1F3F7}", "\u{10FFFF}", "\"", "\u{1}"]
    let long = units.map { unit in
      String(String.UnicodeScalarView(repeating(unit, count: max)))
    }
    return short.filter { $0.unicodeScalars.count <= max } + long
  }

  private static func repeating(_ unit: String, count: Int) -> [Unicode.Scalar] {
    let scalars = Array(unit.unicodeScalars)
    return (0..<count).map { scalars[$0 % scalars.count] }
  }

  static func jsonTexts(max: Int) -> [String] { texts(max: max).map(json) }

  static let amountMax = "9007199254740991"

  static let amounts = [
    "{}", #"{"EUR":0}"#, #"{"EUR":1}"#, #"{"EUR":\#(amountMax)}"#,
    #"{"USD":\#(amountMax),"EUR":1,"JPY":1,"KWD":1}"#,
  ]

  static let percents = [#""0.0001""#, #""99.9999""#, #""100""#, #""7.50""#, #""00.5""#]

  /// Both ends of the calendar as days and moments, for a start or an end.
  static let dates = [
    "0000-01-01", "0000-01-02", "0000-12-31", "0001-01-01", "1969-12-31", "9999-12-29", "9999-12-30",
    "9999-12-31",
    "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+14:00", "0000-01-01T00:00:00-23:59",
    "0000-01-01T23:59:59.999999+23:59",
    "9999-12-31T00:00:00Z", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59+23:59", "1970-01-01T00:00:00.000001Z",
  ]

  static let zones = ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"]

  /// A rule as deep, as wide and as long as rules may be.
  static let rules: [String] = {
    let condition = #"{"user":{"not_in":["x"]}}"#
    let deep = (0..<9).reduce(condition) { rule, _ in #"{"not":\#(rule)}"# }
    let wide = #"{"any":\#(list(Array(repeating: condition, count: 200)))}"#
    let long = #"{"product":{"in":\#(list((0..<1000).map { json("p\($0)") }))}}"#
    let empty = [#"{"all":[]}"#, #"{"any":[]}"#, #"{"category":{"in":[]}}"#, #"{"country":{"not_in":[]}}"#]
    let odd = texts(max: 200).map { #"{"channel":{"in":[\#(json($0))]}}"# }
    let amounts = Extremes.amounts.map { #"{"amount":{"min":\#($0)}}"# }
    return [deep, wide, long] + empty + odd + amounts
      + [#"{"quantity":{"min":1}}"#, #"{"quantity":{"min":1000000000}}"#, #"{"first_order":false}"#]
  }()

  /// What an edit of a coupon may name, each at its ends; one edit a member and value.
  static var couponMembers: [(String, String)] {
    var members: [(String, String)] = jsonTexts(max: 200).flatMap { text in
      ["name", "owner", "seller_id"].map { ($0, text) }
    }
    members += jsonTexts(max: 2000).map { ("description", $0) } + [("description", "null")]
    for text in jsonTexts(max: 100) { members.append(("stacking", #"{"policy":"group","group":\#(text)}"#)) }
    members += amounts.map { ("minimum", $0) } + rules.map { ("rules", $0) }
    members.append(("eligible_lines", #"{"category":{"in":\#(list((0..<1000).map { json("c\($0)") }))}}"#))
    members += discounts.map { ("discount", $0) }
    // What invoices have no place for is taken away first.
    members += [("rules", "null"), ("seller_id", "null"), ("discount", decimals[0])]
    members += billings.map { ("billing", $0) } + limits.map { ("limits", $0) }
    members += ["-1000", "1000", "0"].map { ("priority", $0) }
    members += ["[]", #"["canceled","fully_refunded"]"#].map { ("restore_on", $0) }
    members += [
      ("stacking", #"{"policy":"exclusive","combines_with":[]}"#), ("stacking", #"{"policy":"open"}"#),
    ]
    members += metadata.map { ("metadata", $0) }
    return members
  }

  private static var discounts: [String] {
    let words = list(texts(max: 100).filter { !$0.contains("\u{0}") }.map(json))
    return percents.flatMap { percent in
      amounts.map { #"{"type":"percent","percent":\#(percent),"cap":\#($0)}"# }
    }
      + amounts.map { #"{"type":"fixed","amounts":\#($0)}"# } + decimals
      + [
        #"{"type":"shipping","percent":"0.0001","methods":\#(words),"countries":["DE","AT"]}"#,
        #"{"type":"shipping","methods":[],"countries":[],"cap":{"EUR":\#(amountMax)}}"#,
      ]
  }

  private static var decimals: [String] {
    let texts = ["0.00000001", "9007199254740990.99999999", amountMax, "7"].map { json($0) }
    return (texts + ["1", amountMax]).map {
      #"{"type":"decimal","amounts":{"USD":\#($0),"JPY":"0.5"}}"#
    }
  }

  private static var billings: [String] {
    let ends = #""redeem_after":"0000-01-01T00:00:00Z","redeem_before":"9999-12-31T23:59:59.999999Z""#
    let flags = #""on_excess":"skip","attach_again":true,"at_checkout":true"#
    return ["periods", "months"].flatMap { name in
      [1, 1200].map { #"{"cadence":"repeated","\#(name)":\#($0),\#(flags)}"# }
    } + [
      #"{"cadence":"once"}"#, #"{"cadence":"once",\#(ends),"on_excess":"cap"}"#,
      #"{"cadence":"forever",\#(flags)}"#, #"{"cadence":"once","carry_over":true}"#, "null",
    ]
  }

  private static var limits: [String] {
    ["1", "1000000000"].map { count in
      let periods = list(["day", "week", "month"].map { #"{"period":"\#($0)","total":\#(count)}"# })
      return #"{"total":\#(count),"per_user":\#(count),"per_code":\#(count),"on_budget_short":"clip","#
        + #""per_period":\#(periods)}"#
    } + amounts.map { #"{"budget":\#($0)}"# } + ["{}", #"{"per_period":[]}"#]
  }

  private static var metadata: [String] {
    let odd = texts(max: 40).filter { !$0.contains("\u{0}") }
    return [
      "{}",
      object(
        (0..<50).map {
          ("key\($0)" + String(repeating: "k", count: 34), json(String(repeating: "v", count: 500)))
        }),
    ]
      + odd.map { object([($0, json($0))]) } + [
        object([("\u{E9}", "\"1\""), ("e\u{301}", "\"2\"")]), object([("", "\"\"")]),
      ]
  }
}
