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
    do {
      if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
      file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      // The lock goes with the process, however that ends.
      guard flock(file.fileDescriptor, LOCK_EX | LOCK_NB) == 0 else { throw Fault.isInUse }
      if again { try file.truncate(atOffset: 0) }
      let first = try file.read(upToCount: heading.count).map(Array.init) ?? []
      if first != heading {
        // A run that was killed while it wrote the heading has answered nothing.
        guard heading.starts(with: first) else { throw Fault.isForeign }
        try file.seek(toOffset: 0)
        try file.write(contentsOf: Data(heading))
      }
      try readAnswers(behind: heading.count, max: lines)
    } catch let fault as Fault {
      throw .usage("\(path) \(fault.rawValue)")
    } catch {
      throw .usage("\(path) can't be used for the answers: \(reason(of: error))")
    }
  }

  /// Reads the answers that are there: the first line's, then the next one's, and so on. What is cut off at the end of half
  /// an answer is asked for again.
  private mutating func readAnswers(behind start: Int, max lines: Int) throws {
    var end = UInt64(start)
    var line: [UInt8] = []
    while let part = try file.read(upToCount: 64 * 1024), !part.isEmpty {
      for byte in part {
        line.append(byte)
        if byte != 0x0A { continue }
        end += UInt64(line.count)
        count += 1
        guard count <= lines, let answer = try? JSONDocument(parsing: line).root,
          answer["line"]?.int64() == Int64(count)
        else { throw Fault.isDamaged }
        noteProblem(of: answer)
        line.removeAll(keepingCapacity: true)
      }
    }
    try file.truncate(atOffset: end)
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

/// Why answers can't be gone on behind, as what is said of their file.
private enum Fault: String, Error {
  case isInUse = "is being written by another run: wait until that has ended."
  case isForeign =
    "has the answers to other lines than these. Give each run a file of its own, or name one with --answers; --again begins anew, which harms nothing: what was done stands."
  case isDamaged =
    "is damaged: its lines are not the answers to one line after the other. --again begins anew, which harms nothing: what was done stands."
}
