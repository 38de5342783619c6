import CommandLineClient
import Digest
import Foundation
import JSON

/// The answers to a run's lines, one each, as far as there are. Before them stands which file they belong to.
struct AnswerFile {
  private let path: String
  private let file: FileHandle
  /// How many lines are answered.
  private(set) var count = 0
  private var problems: [String: Int] = [:]  // String: codes of ours

  /// Opens the answers of a run that may have begun. Half an answer at the end, of a run that was killed, is cut off.
  ///
  /// - Parameters:
  ///   - hash: that of the lines that are answered.
  ///   - lines: how many they are.
  ///   - again: whether to forget what was answered.
  /// - Throws: `ToolError.usage` for the answers to other lines.
  init(_ path: String, to hash: Hash256, lines: Int, again: Bool) throws(ToolError) {
    self.path = path
    let heading =
      JSONText.object([
        ("answers_to", .string("sha256:\(hash.hex)")), ("lines", .integer(Int64(lines))),
      ]).bytes + [0x0A]
    if again || !FileManager.default.fileExists(atPath: path) {
      do { try Data(heading).write(to: URL(fileURLWithPath: path)) } catch {
        throw .usage("\(path) can't be used for the answers: \(reason(of: error))")
      }
    }
    do {
      file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      let first = try file.read(upToCount: heading.count).map(Array.init) ?? []
      if first != heading {
        // A run that was killed while it wrote the heading has answered nothing.
        guard heading.starts(with: first) else { throw ForeignAnswers() }
        try file.seek(toOffset: 0)
        try file.write(contentsOf: Data(heading))
      }
      var end = UInt64(heading.count)
      var line: [UInt8] = []
      while let part = try file.read(upToCount: 64 * 1024), !part.isEmpty {
        for byte in part {
          line.append(byte)
          if byte != 0x0A { continue }
          end += UInt64(line.count)
          count += 1
          noteProblem(of: try JSONDocument(parsing: line).root)
          line.removeAll(keepingCapacity: true)
        }
      }
      try file.truncate(atOffset: end)
    } catch is ForeignAnswers {
      throw .usage(
        "\(path) has the answers to other lines than these. Give each run a file of its own, or name one with --answers; --again begins anew, which harms nothing: what was done stands."
      )
    } catch {
      throw .usage("\(path) can't be used for the answers: \(reason(of: error))")
    }
  }

  /// Adds answers, and numbers them as the lines of the file.
  mutating func add(_ answers: [JSONNode]) throws(ToolError) {
    var bytes: [UInt8] = []
    for answer in answers {
      count += 1
      noteProblem(of: answer)
      let members = answer.members.map { name, value in
        (name, name == "line" ? JSONText.integer(Int64(count)) : JSONText(bytes: value.bytes))
      }
      bytes += JSONText.object(members).bytes
      bytes.append(0x0A)
    }
    do {
      try file.write(contentsOf: Data(bytes))
      try file.synchronize()
    } catch {
      throw .failure("\(path) can't be written: \(reason(of: error))")
    }
  }

  private mutating func noteProblem(of answer: JSONNode) {
    if let code = answer["problem"]?.text("code") { problems[code, default: 0] += 1 }
  }

  /// Says what became of all lines, those of earlier starts of the run included.
  func tell(_ console: Console) throws(ToolError) {
    if problems.isEmpty { return console.print("\(count) lines are answered, in \(path)") }
    let reasons = problems.sorted { $0.key < $1.key }.map { "\($0.value) × \($0.key)" }
    let refused = problems.values.reduce(0, +)
    throw .partlyRefused(
      "\(refused) of \(count) lines were refused (\(reasons.joined(separator: ", "))): see \(path). Once they are mended, --again sends all lines once more; what was done stands."
    )
  }
}

private struct ForeignAnswers: Error {}
