extension Migration {
  /// Finds codes by their skeletons: without hyphens, O read as 0, I and L as 1. The index holds what SQLite makes of
  /// each code itself, so that no row can have another skeleton than its own. The length stands first, so that the codes
  /// of a pattern are counted among codes of their length.
  static let skeletons = Migration(
    number: 5, name: "skeletons of codes",
    up: """
      CREATE INDEX code_of_skeleton ON code (
        tenant, length(replace(canonical, '-', '')),
        replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1'));
      """,
    down: "DROP INDEX code_of_skeleton;")
}
