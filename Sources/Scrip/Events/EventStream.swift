/// Whose history an event belongs to. Each stream has its own sequence numbers and its own hash chain.
public enum EventStream: Hashable, Sendable {
  /// What concerns the tenant as a whole: settings, keys, codes that nobody knows.
  case tenant
  /// What concerns one coupon, each of its uses included.
  case coupon(Coupon.ID)
}

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
