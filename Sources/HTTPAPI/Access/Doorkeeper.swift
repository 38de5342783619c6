import Digest
import HTTPServer
import Ledger
import Promotions
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
    guard let hash = secretHash(header) else {
      throw refusal("Authorization must be Bearer, a space and a key.")
    }
    guard let key = try await find(hash), constantTimeEquals(key.secretHash, hash.bytes) else {
      throw refusal("This key is not known.")
    }
    if key.revokedAt != nil { throw refusal("This key was revoked.") }
    return key
  }

  /// The hash of the key after `Bearer` and a space, the word in any case; nil if it is not there or too long to be one.
  private func secretHash(_ header: String) -> Hash256? {
    let header = header.utf8.span
    let scheme = "bearer".utf8.span
    let start = scheme.count + 1
    guard header.count > start, header.count <= start + 400, header[scheme.count] == 0x20 else { return nil }
    for index in scheme.indices where header[index] | 0x20 != scheme[index] { return nil }
    return SHA256.hash(header.extracting(start...))
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
