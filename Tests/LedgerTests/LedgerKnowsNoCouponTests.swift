import Foundation
import Testing

/// The ledger is a room of its own: it may be used for anything that has streams, facts, rows and limits.
@Suite struct LedgerKnowsNoCouponTests {
  /// What it borrows of the rooms below: moments, tenants, names, streams, and how facts are written.
  private static let borrowed: Set<String> = [
    "enum Scrip.Actor", "struct Scrip.Exact", "struct Scrip.ExactText", "struct Scrip.Identifier",
    "struct Scrip.IdentifierSource", "struct Scrip.Instant", "struct Scrip.StreamID",
    "struct Scrip.StreamKind",
    "struct Scrip.Tenant", "protocol Forms.ObjectForm", "protocol Scrip.Identified",
    "struct Forms.CloudEvent", "struct Forms.ShownEvent",
    "struct Forms.StoredFormError",
  ]

  /// Rooms that know nothing of the product themselves.
  private static let rooms: Set<String> = [
    "Digest", "struct Digest.Hash256", "Dispatch", "Foundation", "Glibc", "JSON", "Synchronization",
  ]

  private func lines() throws -> [(file: String, line: String)] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "Sources/Ledger")
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return try files.filter { $0.hasSuffix(".swift") }.sorted().flatMap { file in
      try String(contentsOf: folder.appending(path: file), encoding: .utf8).split(separator: "\n")
        .map { (file, $0.trimmingCharacters(in: .whitespaces)) }
    }
  }

  @Test func `imports of the product's rooms are declarations of a short list`() throws {
    var seen: Set<String> = []
    for (file, line) in try lines() {
      guard let imported = line.split(separator: "import ", maxSplits: 1).last, line.contains("import "),
        !line.hasPrefix("//")
      else { continue }
      let name = String(imported)
      #expect(line.hasPrefix("import "), "\(file) hands on what it imports: \(line)")
      #expect(
        LedgerKnowsNoCouponTests.borrowed.union(LedgerKnowsNoCouponTests.rooms).contains(name),
        "\(file) imports \(name)")
      seen.insert(name)
    }
    #expect(LedgerKnowsNoCouponTests.borrowed.isSubset(of: seen), "the list holds what nobody borrows")
  }

  @Test func `no line of code speaks of the product's things`() throws {
    let all = try lines()
    #expect(all.count > 1000)
    let words = ["coupon", "discount", "seller", "usage", "promotion"]
    for (file, line) in all {
      // Comments may tell examples.
      let code = line.hasPrefix("//") ? "" : line.components(separatedBy: " // ")[0].lowercased()
      for word in words where code.contains(word) { Issue.record("\(file): \(line)") }
      #expect(!code.contains("application"), "\(file): \(line)")
    }
  }
}
