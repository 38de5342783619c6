import Digest
import Engine
import HTTPServer
import Scrip

/// Checks who is calling. The key is looked up for each request; how long a revoked one is still known depends on the
/// store: not at all where reads are local.
struct Doorkeeper: Sendable {
  let engine: Engine

  private static let challenge = [("WWW-Authenticate", "Bearer realm=\"scrip\"")]

  /// The caller's key, if it may use the route.
  func admit(_ request: HTTPRequest, to roles: Set<AccessKey.Role>) async throws(Problem) -> AccessKey {
    let key = try await authenticate(request)
    if roles.contains(key.role) { return key }
    throw Problem(.forbidden, "A key with the role \(key.role.rawValue) may not do this.")
  }

  /// The caller's key.
  func authenticate(_ request: HTTPRequest) async throws(Problem) -> AccessKey {
    guard let header = request.header("Authorization") else {
      throw refusal("A key is needed: Authorization: Bearer <key>.")
    }
    guard let secret = bearer(header) else {
      throw refusal("Authorization must be Bearer, a space and a key.")
    }
    let hash = SHA256.hash(Array(secret))
    guard let key = try await find(hash), constantTimeEquals(key.secretHash, hash.bytes) else {
      throw refusal("This key is not known.")
    }
    if key.revokedAt != nil { throw refusal("This key was revoked.") }
    return key
  }

  private func bearer(_ header: String) -> Substring.UTF8View? {
    let scheme = header.utf8.prefix(7)
    guard scheme.count == 7, scheme.last == 0x20,
      scheme.dropLast().elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
    else { return nil }
    let secret = header.utf8.dropFirst(7)
    return secret.isEmpty || secret.count > 400 ? nil : secret
  }

  private func find(_ hash: Hash256) async throws(Problem) -> AccessKey? {
    do throws(StoreFailure) {
      return try await engine.accessKey(secretHash: hash)
    } catch {
      throw Problem(error)
    }
  }

  private func refusal(_ detail: String) -> Problem {
    Problem(.unauthenticated, detail, headers: Doorkeeper.challenge)
  }
}
