/// Who caused an event.
public enum Actor: Hashable, Sendable {
  /// The holder of a key.
  case key(AccessKey.ID)
  /// Somebody with access to the machine, through the command line.
  case commandLine
  /// The service itself: a lock ran out.
  case system

  /// `key_…`, `command_line` or `system`.
  public var stored: String {
    switch self {
    case .key(let id): id.description
    case .commandLine: "command_line"
    case .system: "system"
    }
  }

  /// Reads the stored form; nil if it is malformed.
  public init?(stored: String) {
    switch stored {
    case "command_line": self = .commandLine
    case "system": self = .system
    default:
      guard let id = AccessKey.ID(stored) else { return nil }
      self = .key(id)
    }
  }
}
