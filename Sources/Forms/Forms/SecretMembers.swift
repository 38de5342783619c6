/// Members that open doors. All of them, also those of forms to come, have a name that begins so.
enum SecretMembers {
  private static let prefix = "secret_".utf8

  /// Whether a member of this name is one of them: callers never get it.
  static func include(_ name: String) -> Bool { name.utf8.starts(with: prefix) }
}
