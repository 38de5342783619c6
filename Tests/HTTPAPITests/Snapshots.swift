import Foundation
import Scrip
import Testing

typealias AccessKeyRole = AccessKey.Role

/// Compares a text with the file of that name; with `SCRIP_RECORD=1` in the environment it becomes the file.
func expectSnapshot(_ text: String, _ name: String, test: String = #filePath) throws {
  let file = URL(filePath: test).deletingLastPathComponent().appending(path: "Snapshots/\(name).txt")
  if ProcessInfo.processInfo.environment["SCRIP_RECORD"] == "1" {
    try Data(text.utf8).write(to: file)
    return
  }
  let expected = try String(contentsOf: file, encoding: .utf8)
  #expect(text == expected)
}
