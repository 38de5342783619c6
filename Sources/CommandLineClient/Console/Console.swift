import Foundation

/// Where people, or other programs, read what is going on: answers go to standard output, everything else to
/// standard error.
package struct Console: Sendable {
  /// A colour that means something, used on terminals alone.
  package enum Style: String, Sendable {
    case good = "32"
    case bad = "31"
    case warning = "33"
    case faint = "2"
    case strong = "1"
  }

  private let program: String
  private let write: @Sendable (String) throws(OutputFailure) -> Void
  private let note: @Sendable (String) -> Void
  /// Whether answers are coloured.
  package let hasColors: Bool
  /// Whether progress is drawn over itself.
  package let drawsProgress: Bool

  /// A console over two sinks.
  ///
  /// - Parameter program: who complains.
  package init(
    program: String, hasColors: Bool = false, drawsProgress: Bool = false,
    write: @escaping @Sendable (String) throws(OutputFailure) -> Void,
    note: @escaping @Sendable (String) -> Void
  ) {
    self.program = program
    self.hasColors = hasColors
    self.drawsProgress = drawsProgress
    self.write = write
    self.note = note
  }

  /// The process's own streams.
  package static func standard(of program: String, environment: [String: String]) -> Console {
    let wantsColors = environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    return Console(
      program: program,
      hasColors: wantsColors && isatty(STDOUT_FILENO) == 1, drawsProgress: isatty(STDERR_FILENO) == 1,
      write: StandardStream.output.write,
      note: { text in
        // Where not even complaints can be written there is nobody to complain to.
        do throws(OutputFailure) { try StandardStream.error.write(text) } catch {}
      })
  }

  /// A line of the answer. If it can't be written, the run ends: quietly when the reader has seen enough, as with
  /// `scrip events | head`, otherwise with a complaint. What the verb has done by then stays done. Neither is a success:
  /// a check that was cut off has not passed.
  package func print(_ line: String) {
    do throws(OutputFailure) {
      try deliver(line)
    } catch {
      if error.isReaderGone { exit(ExitCode.readerGone.rawValue) }
      complain("\(error). What was done so far is done.")
      exit(ExitCode.failure.rawValue)
    }
  }

  /// A line of the answer, for callers that have something better to do than to end if it can't be written.
  package func deliver(_ line: String) throws(OutputFailure) { try write(line + "\n") }

  /// The same where standard output is not for people: all of it goes to standard error.
  package var besideAnswers: Console {
    Console(
      program: program, drawsProgress: drawsProgress, write: { [note] text in note(text) }, note: note)
  }

  /// A line about the work, not part of the answer.
  package func say(_ line: String) { note(line + "\n") }

  /// What went wrong, in one line or several. It may quote what came from outside.
  package func complain(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).printable }
    note("\(program): \(lines.joined(separator: "\n"))\n")
  }

  /// Text that is drawn over the current line of a terminal.
  package func draw(_ text: String) { note(text) }

  /// Text in a colour, if there are colours.
  package func styled(_ text: String, _ style: Style) -> String {
    hasColors ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
  }
}
