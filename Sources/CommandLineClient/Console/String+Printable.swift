extension String {
  /// The text as a terminal may have it. Names come from outside: what would move a terminal's cursor is shown as a
  /// question mark, a line feed as well.
  package var printable: String { String(map { $0.holdsControl ? "?" : $0 }) }

  /// A text of several lines as a terminal may have it: as ``printable``, but for line ends and tabs.
  package var printableLines: String {
    String(map { ["\n", "\r\n", "\t"].contains($0) || !$0.holdsControl ? $0 : "?" })
  }
}

extension Character {
  fileprivate var holdsControl: Bool {
    unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
