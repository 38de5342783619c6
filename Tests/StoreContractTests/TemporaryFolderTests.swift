import Foundation
import TestSupport
import Testing

@Suite struct `Temporary folders of tests` {
  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Makes a folder with a file in a folder in it, and gives its path.
  private func leave() throws -> String {
    let folder = TemporaryFolder()
    try FileManager.default.createDirectory(
      atPath: folder.file("deep/deeper"), withIntermediateDirectories: true)
    try Data("kept".utf8).write(to: URL(fileURLWithPath: folder.file("deep/deeper/file")))
    #expect(exists(folder.file("deep/deeper/file")))
    return folder.path
  }

  @Test func `go with all that is in them, also if a test fails`() throws {
    #expect(!exists(try leave()))
    var path = ""
    func fail() throws {
      let folder = TemporaryFolder()
      path = folder.path
      throw CancellationError()
    }
    #expect(throws: CancellationError.self) { try fail() }
    #expect(!path.isEmpty && !exists(path))
  }

  @Test func `are made in one place, which goes with the process`() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let files = try #require(FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil))
    var seen = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      seen += 1
      let own = ["TemporaryFolder.swift", "TemporaryFolderTests.swift"]
      if own.contains(file.lastPathComponent) { continue }
      let source = try String(contentsOf: file, encoding: .utf8)
      for way in ["temporaryDirectory", "NSTemporaryDirectory", "mkdtemp", "mkstemp", "\"/tmp"] {
        #expect(!source.contains(way), "\(file.lastPathComponent) makes a temporary folder by \(way)")
      }
    }
    #expect(seen > 100)
  }
}
