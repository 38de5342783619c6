import CommandLineClient
import JSON

/// The members of a request, as a file and the flags beside it say them.
struct RequestMembers {
  private var members: [(String, JSONText)] = []
  /// The file, if it holds a whole request.
  private var request: JSONNode?

  /// None.
  init() {}

  /// Those of a file with a cart, or with a whole request. A request is sent as it stands there, so that the service
  /// refuses what it does not know.
  init(inFile path: String) throws(ToolError) {
    let file = try jsonObject(in: path)
    if file.isCart {
      set("cart", JSONText(bytes: file.bytes))
    } else {
      request = file
      members = file.members.map { ($0.0, JSONText(bytes: $0.1.bytes)) }
    }
  }

  /// Those of a file with a whole request.
  init(objectIn path: String) throws(ToolError) {
    let file = try jsonObject(in: path)
    request = file
    members = file.members.map { ($0.0, JSONText(bytes: $0.1.bytes)) }
  }

  /// Whether there are none.
  var isEmpty: Bool { members.isEmpty }

  /// The request's body.
  var body: [UInt8] { JSONText.object(members).bytes }

  /// Gives a member a value, whatever the file says; nil leaves it as it is.
  mutating func set(_ name: String, _ value: JSONText?) {
    guard let value else { return }
    members.removeAll { $0.0 == name }
    members.append((name, value))
  }

  /// Gives members to a member that is an object, beside those that the file gives it.
  mutating func set(_ name: String, members added: [(String, JSONText)]) throws(ToolError) {
    if added.isEmpty { return }
    var object: [(String, JSONText)] = []
    if let given = request?.member(named: name), !given.isNull {
      guard given.kind == .object else {
        throw .usage("'\(name)' must be a JSON object where flags add to it.")
      }
      object = given.members.map { ($0.0, JSONText(bytes: $0.1.bytes)) }
    }
    object.removeAll { member in added.contains { $0.0 == member.0 } }
    set(name, .object(object + added))
  }

  /// Takes codes and customer from the flags for them.
  mutating func setBuyer(_ invocation: Invocation) throws(ToolError) {
    let codes = invocation.all("code")
    if !codes.isEmpty { set("codes", .array(codes.map(JSONText.string))) }
    let flags = [
      ("user", "user_id"), ("email", "email"), ("name", "name"), ("country", "country"),
      ("device", "device_id"),
      ("payment", "payment_fingerprint"), ("ip", "ip"),
    ]
    let customer = flags.compactMap { flag, name in invocation[flag].map { (name, JSONText.string($0)) } }
    try set("customer", members: customer)
  }

  /// Takes an amount in minor units from its flag.
  mutating func setAmount(_ name: String, _ flag: String, _ invocation: Invocation) throws(ToolError) {
    set(name, try invocation.integer(flag, in: 0...Int.max).map { .integer(Int64($0)) })
  }

  /// Takes from `--ttl` how long codes are held.
  mutating func setSeconds(_ invocation: Invocation) throws(ToolError) {
    set("ttl_seconds", try invocation.integer("ttl", in: 1...Int.max).map { .integer(Int64($0)) })
  }
}

extension JSONNode {
  /// A misspelt `cart` makes no cart of a request: a cart has what only carts have.
  fileprivate var isCart: Bool { self["cart"] == nil && (self["lines"] != nil || self["currency"] != nil) }
}
