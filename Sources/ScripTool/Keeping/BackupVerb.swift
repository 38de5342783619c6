import Engine
import Foundation
import SQLiteStore

/// What `scrip backup` does.
enum BackupVerb {
  @Sendable static func backup(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    throw .failure("placeholder")
  }
}
