/// How much is written only to see whether writing works.
public enum ProbeSize: Sendable {
  /// One row: what a service that has nothing to write can write again and again.
  case row
  /// More than an ordinary command, in room that has to be found for it. After the disk was full, a row may fit where no
  /// command does.
  case room

  /// How many bytes the row holds.
  public var bytes: Int {
    switch self {
    case .row: 16
    case .room: 65_536
    }
  }
}
