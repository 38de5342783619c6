import CommandLineClient
import Foundation
import Ledger
import Promotions
import Scrip

/// Has commands of the command line decided by the same engine that the service uses.
struct CommandLineEngine: Sendable {
  /// The engine.
  let engine: Engine

  init(_ engine: Engine) { self.engine = engine }

  /// An engine over a store, for one verb.
  init(store: any PromotionStore) {
    engine = Engine(
      store: store, committer: Committer(store: store, identifiers: .random, observer: SilentObserver()))
  }

  /// Has an action decided.
  ///
  /// - Throws: `ToolError.declined` if the answer is no.
  @discardableResult
  func submit(
    _ action: any Action<WorkingSet>, naming persons: [NamedPerson] = [], tenant: Tenant.ID
  ) async throws(ToolError) -> Answer.Reply {
    let outcome: CommandOutcome
    do throws(CommandFailure) {
      outcome = try await engine.submit(
        PromotionCommand(tenant: tenant, actor: .commandLine, persons: persons, action: action))
    } catch {
      throw ToolError(error)
    }
    switch outcome.answer {
    case .created(let reply), .ok(let reply): return reply
    case .refused(let refusal): throw .declined(code: refusal.code.rawValue, detail: refusal.detail)
    }
  }

  /// Makes a key for a tenant and says its secret.
  func createKey(
    role: AccessKey.Role, name: String, chosen: AccessSecret? = nil, tenant: Tenant.ID
  ) async throws(ToolError) -> (key: AccessKey, secret: String) {
    let secret = chosen ?? AccessSecret(role: role)
    let reply = try await submit(
      CreateKey(role: role, name: name, secretHash: secret.hash.bytes, secret: secret.text), tenant: tenant)
    guard case .accessKey(let key, _) = reply else {
      preconditionFailure("who makes a key is answered with a key")
    }
    return (key, secret.text)
  }

  /// Lets the committer end.
  func shutDown() async { await engine.committer.shutDown() }
}

/// A verb reports the failures of its commands by itself.
private struct SilentObserver: CommitObserver, TidyingObserver {
  func committed(commands: Int, seconds: Double) {}
  func failed(commands: Int, failure: StoreFailure) {}
}
