import Engine
import Foundation
import JSON
import Scrip

/// Has commands of the command line decided by the same engine that the service uses.
struct CommandLineEngine: Sendable {
  /// The engine.
  let engine: Engine

  init(_ engine: Engine) { self.engine = engine }

  /// An engine over a store, for one verb.
  init(store: any Store) {
    engine = Engine(
      store: store, committer: Committer(store: store, identifiers: .random, observer: SilentObserver()))
  }

  /// Has a wish decided.
  ///
  /// - Throws: `ToolError.declined` if the answer is no.
  @discardableResult
  func submit(_ wish: any Decidable, tenant: Tenant.ID) async throws(ToolError) -> CommandOutcome {
    let outcome: CommandOutcome
    do throws(CommandFailure) {
      outcome = try await engine.submit(Command(tenant: tenant, actor: .commandLine, wish: wish))
    } catch {
      throw ToolError(error)
    }
    if case .refused(let code) = outcome.answer.kind {
      let detail = try? JSONDocument(parsing: outcome.answer.body).root["detail"]?.string()
      throw .declined(code: code.rawValue, detail: detail ?? "The command was refused.")
    }
    return outcome
  }

  /// Makes a key for a tenant and says its secret.
  func createKey(
    role: AccessKey.Role, name: String, chosen: AccessSecret? = nil, tenant: Tenant.ID
  ) async throws(ToolError) -> (outcome: CommandOutcome, secret: String) {
    let secret = chosen ?? AccessSecret(role: role)
    let outcome = try await submit(
      CreateKey(role: role, name: name, secretHash: secret.hash.bytes, secret: secret.text), tenant: tenant)
    return (outcome, secret.text)
  }

  /// Lets the committer end.
  func shutDown() async { await engine.committer.shutDown() }
}

/// A verb reports the failures of its commands by itself.
private struct SilentObserver: CommitObserver {
  func committed(commands: Int, seconds: Double) {}
  func failed(commands: Int, failure: StoreFailure) {}
}
