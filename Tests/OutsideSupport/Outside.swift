import Foundation
import JSON
import Outgoing
import Testing

/// The servers of others that `SCRIP_TEST_OUTSIDE` names; `make test` starts them with `scripts/outside`.
public struct Outside: Sendable {
  /// Nil where tests are run without them, which is said by `none`; see ``isDecided``.
  public static let servers: Outside? = choice.flatMap { $0 == "none" ? nil : Outside(control: $0) }

  /// Whether somebody has said where the servers are, or that there are none.
  public static let isDecided = choice != nil

  private static let choice = ProcessInfo.processInfo.environment["SCRIP_TEST_OUTSIDE"].flatMap {
    $0.isEmpty ? nil : $0
  }

  private let control: String
  private let addresses: [String: String]

  private init(control: String) {
    self.control = control
    var addresses: [String: String] = [:]
    if let answer = try? HTTPCaller().send(HTTPCall(.get, control + "/addresses", isRepeatable: true)),
      let document = try? JSONDocument(parsing: answer.body)
    {
      document.root.forEachMember { addresses[$0.string()] = $1.string() }
    }
    self.addresses = addresses
  }

  /// Where something is; records an issue if the servers don't know it.
  public subscript(name: String) -> String {
    if let address = addresses[name] { return address }
    Issue.record("the servers at \(control) have no \(name)")
    return "none"
  }

  /// Asks the servers about what came to them.
  public func ask(_ path: String) throws -> JSONNode {
    let answer = try HTTPCaller().send(HTTPCall(.get, control + path, isRepeatable: true))
    try #require(
      answer.status == 200, "\(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
    return try JSONDocument(parsing: answer.body).root
  }

  /// Tells the servers something, and gives what they say to it.
  public func ask(_ path: String, _ json: [UInt8]) throws -> JSONNode {
    try JSONDocument(parsing: post(path, json)).root
  }

  /// Tells the servers what to do.
  public func tell(_ path: String, _ json: String) throws { _ = try post(path, Array(json.utf8)) }

  private func post(_ path: String, _ json: [UInt8]) throws -> [UInt8] {
    let body = HTTPCall.Body(contentType: "application/json", bytes: json)
    let answer = try HTTPCaller().send(HTTPCall(.post, control + path, body: body, isRepeatable: false))
    try #require(
      answer.status == 200, "\(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
    return answer.body
  }

  /// How often a name was asked for.
  public func timesSeen(_ name: String) throws -> Int64? { try ask("/seen/\(name)").int64() }
}

extension Trait where Self == ConditionTrait {
  /// For suites that need the servers.
  public static var needsOutside: Self {
    .enabled(if: Outside.servers != nil, "SCRIP_TEST_OUTSIDE names no servers")
  }
}
