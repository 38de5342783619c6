import Foundation

/// Where people, or other programs, read what is going on: answers go to standard output, everything else to
/// standard error.
struct Console: Sendable {
  /// A colour that means something, used on terminals alone.
  enum Style: String, Sendable {
    case good = "32"
    case bad = "31"
    case warning = "33"
    case faint = "2"
    case strong = "1"
  }

  private let write: @Sendable (String) -> Void
  private let note: @Sendable (String) -> Void
  /// Whether answers are coloured.
  let hasColors: Bool
  /// Whether progress is drawn over itself.
  let drawsProgress: Bool

  /// A console over two sinks, for tests.
  init(
    hasColors: Bool = false, drawsProgress: Bool = false, write: @escaping @Sendable (String) -> Void,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.hasColors = hasColors
    self.drawsProgress = drawsProgress
    self.write = write
    self.note = note
  }

  /// The process's own streams.
  static func standard(environment: [String: String]) -> Console {
    let wantsColors = environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    return Console(
      hasColors: wantsColors && isatty(STDOUT_FILENO) == 1, drawsProgress: isatty(STDERR_FILENO) == 1,
      write: { FileHandle.standardOutput.write(Data($0.utf8)) },
      note: { FileHandle.standardError.write(Data($0.utf8)) })
  }

  /// A line of the answer.
  func print(_ line: String) { write(line + "\n") }

  /// A line about the work, not part of the answer.
  func say(_ line: String) { note(line + "\n") }

  /// What went wrong.
  func complain(_ text: String) { note("scrip: \(text)\n") }

  /// Text that is drawn over the current line of a terminal.
  func draw(_ text: String) { note(text) }

  /// Text in a colour, if there are colours.
  func styled(_ text: String, _ style: Style) -> String {
    hasColors ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
