extension String {
  /// The text as a terminal may have it. Names come from outside: what would move a terminal's cursor is shown as a
  /// question mark, a line feed as well.
  package var printable: String {
    String(map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "?" : $0 })
  }
}
