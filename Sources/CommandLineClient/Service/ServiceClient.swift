import Foundation
import FoundationNetworking
import JSON

/// Speaks to a running service over HTTP.
package struct ServiceClient: Sendable {
  /// How the service answered.
  package struct Reply: Sendable {
    /// The HTTP status.
    package let status: Int
    /// By their names in lower case.
    package let headers: [String: String]
    /// What came behind them.
    package let body: [UInt8]

    /// An answer of these parts.
    package init(status: Int, headers: [String: String], body: [UInt8]) {
      self.status = status
      self.headers = headers
      self.body = body
    }

    /// The body as JSON.
    package func document() throws(ToolError) -> JSONNode {
      do throws(JSONSyntaxError) {
        return try JSONDocument(parsing: body).root
      } catch {
        throw .failure("The service's answer is not JSON (\(error)). Is it Scrip that listens there?")
      }
    }

    /// The body as JSON whose texts can be shown on a terminal.
    package func printable() throws(ToolError) -> JSONNode {
      let document = try document()
      let body = JSONWriter.bytes { document.write(to: &$0) { $0.printable } }
      return try Reply(status: status, headers: headers, body: body).document()
    }

    /// A header's value, whatever the case of its name.
    package func header(_ name: String) -> String? { headers[name.lowercased()] }
  }

  private let base: String
  private let key: String
  private let session: URLSession

  package init(url: String, key: String, timeout: Duration, connectionsMax: Int = 6) throws(ToolError) {
    guard let parsed = URL(string: url), ["http", "https"].contains(parsed.scheme), parsed.host != nil else {
      throw .usage("The service's URL must be like http://127.0.0.1:8080, not '\(url)'.")
    }
    base = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.key = key
    let configuration = URLSessionConfiguration.ephemeral
    configuration.timeoutIntervalForRequest = timeout / .seconds(1)
    configuration.httpMaximumConnectionsPerHost = connectionsMax
    configuration.httpShouldSetCookies = false
    session = URLSession(configuration: configuration)
  }

  /// Sends a request and gives back whatever the service answers, also a refusal.
  ///
  /// - Throws: `ToolError.unreachable` if there is no answer.
  package func exchange(
    _ method: String, _ path: String, query: [(String, String?)] = [], body: [UInt8]? = nil,
    headers: [String: String] = [:]
  ) async throws(ToolError) -> Reply {
    let items = query.compactMap { name, value in value.map { "\(name)=\(escaped($0))" } }
    let target = base + path + (items.isEmpty ? "" : "?" + items.joined(separator: "&"))
    guard let url = URL(string: target) else { throw .usage("'\(target)' is no URL.") }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
    if let body {
      request.httpBody = Data(body)
      request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    }
    for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
    do {
      let (data, response) = try await session.data(for: request)
      guard let response = response as? HTTPURLResponse else { throw URLError(.badServerResponse) }
      return Reply(
        status: response.statusCode, headers: response.lowercasedHeaders, body: [UInt8](data))
    } catch {
      throw .unreachable(
        "\(base) does not answer: \(reason(error)). Start it with 'scrip serve', or name it with --url (or SCRIP_URL)."
      )
    }
  }

  /// Sends a request and gives back a success.
  ///
  /// - Throws: `ToolError.refused` with the service's problem document for any other answer.
  package func call(
    _ method: String, _ path: String, query: [(String, String?)] = [], body: [UInt8]? = nil,
    headers: [String: String] = [:]
  ) async throws(ToolError) -> Reply {
    let reply = try await exchange(method, path, query: query, body: body, headers: headers)
    guard (200..<300).contains(reply.status) else { throw .refused(ReceivedProblem(reply)) }
    return reply
  }

  /// Sends a command under an idempotency key, so that a network that loses the answer can't do it twice.
  package func command(
    _ path: String, body: [UInt8], idempotencyKey: String? = nil
  ) async throws(ToolError) -> Reply {
    try await call(
      "POST", path, body: body, headers: ["Idempotency-Key": idempotencyKey ?? UUID().uuidString])
  }

  private func reason(_ error: any Error) -> String {
    guard let error = error as? URLError else { return "\(error)" }
    return switch error.code {
    case .timedOut: "it took too long"
    case .cannotConnectToHost, .networkConnectionLost: "nothing listens there, or it went away"
    case .cannotFindHost, .dnsLookupFailed: "the host is unknown"
    default: error.localizedDescription
    }
  }
}

extension HTTPURLResponse {
  fileprivate var lowercasedHeaders: [String: String] {
    var headers: [String: String] = [:]
    for (name, value) in allHeaderFields { headers["\(name)".lowercased()] = "\(value)" }
    return headers
  }
}

/// Text as one segment of a path, or one value of a query.
package func escaped(_ text: String) -> String {
  var escaped = ""
  for byte in text.utf8 {
    let scalar = Unicode.Scalar(byte)
    if scalar.isASCII, scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar) {
      escaped.unicodeScalars.append(scalar)
    } else {
      escaped += "%" + String(byte >> 4, radix: 16, uppercase: true)
      escaped += String(byte & 15, radix: 16, uppercase: true)
    }
  }
  return escaped
}
