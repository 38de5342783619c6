import CommandLineClient
import Foundation
import JSON

/// A billing run from a file: its lines are sent in order, a few hundred at a time, and what is answered is kept beside it.
/// The answers tell how far a run has come, so that it goes on where it was interrupted.
enum BillingRun {
  private static let bytesAtOnce = 512 * 1024
  private static let attemptsMax = 8

  @Sendable static func run(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let path = try invocation.operand(0, "FILE")
    let answersPath = invocation["answers"] ?? path + ".answers"
    let linesAtOnce = try invocation.requiredInteger("lines", in: 1...2000)
    let client = try invocation.client()
    var answers = try AnswerFile(answersPath, again: try invocation.isOn("again"))
    var source = try LineSource(path)
    let total = try LineSource.count(path)
    if answers.count > total {
      throw .usage(
        "\(answersPath) has \(answers.count) answers, and \(path) has \(total) lines: it belongs to another file. Use --answers, or --again."
      )
    }
    try source.skip(answers.count)
    if answers.count > 0 { console.say("\(answers.count) of \(total) lines were answered before.") }
    var progress = ProgressBar("invoices", total: total, on: console)
    while let lines = try source.next(max: linesAtOnce, bytes: bytesAtOnce) {
      try answers.add(try await send(lines, client))
      progress.advance(to: answers.count)
    }
    progress.finish(answers.count)
    try answers.tell(console)
  }

  /// The answers to some lines. Lines that a busy or restarting service could not take are sent again, and with them what
  /// was refused behind the first of them: it may be about the same invoice.
  private static func send(
    _ lines: [[UInt8]], _ client: ServiceClient
  ) async throws(ToolError) -> [JSONNode] {
    var answers = [JSONNode?](repeating: nil, count: lines.count)
    var open = Array(lines.indices)
    for attempt in 1...attemptsMax {
      let body = [UInt8](open.map { lines[$0] }.joined(separator: [0x0A]))
      do throws(ToolError) {
        let reply = try await client.call(
          "POST", "/v1/invoices/batch", body: body, headers: ["Content-Type": "application/x-ndjson"])
        let found = try reply.lines()
        for (place, answer) in zip(open, found) { answers[place] = answer }
        if let first = open.first(where: { answers[$0]?.isFinal != true }) {
          open = open.filter { $0 >= first && answers[$0]?.isAccepted != true }
        } else {
          open = []
        }
      } catch {
        if error.exitCode != .unavailable || attempt == attemptsMax { throw error }
      }
      if open.isEmpty { return answers.compactMap { $0 } }
      do { try await Task.sleep(for: .milliseconds(250 << attempt)) } catch {
        throw .unreachable("The run was interrupted. Start it again: it goes on behind the last answer.")
      }
    }
    throw .unreachable(
      "The service could not take \(open.count) lines in \(attemptsMax) attempts. Start the run again: it goes on behind the last answer."
    )
  }
}

extension ServiceClient.Reply {
  /// The objects of an answer of one a line.
  fileprivate func lines() throws(ToolError) -> [JSONNode] {
    var found: [JSONNode] = []
    for line in body.split(separator: UInt8(ascii: "\n")) {
      found.append(try ServiceClient.Reply(status: 200, headers: [:], body: Array(line)).document())
    }
    return found
  }
}

extension JSONNode {
  /// Whether sending the line again would change nothing.
  fileprivate var isFinal: Bool { lineStatus < 500 }
  /// Whether what the line says is done.
  fileprivate var isAccepted: Bool { lineStatus < 400 }
  private var lineStatus: Int64 { self["status"]?.int64() ?? 500 }
}

/// A file that is read line by line; lines without anything in them are passed over.
private struct LineSource {
  private let path: String
  private let file: FileHandle
  private var rest: [UInt8] = []
  private var isOver = false

  init(_ path: String) throws(ToolError) {
    self.path = path
    do { file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) } catch {
      throw .usage("\(path) can't be read: \(reason(of: error))")
    }
  }

  /// How many lines a file has.
  static func count(_ path: String) throws(ToolError) -> Int {
    var source = try LineSource(path)
    var count = 0
    while try source.line() != nil { count += 1 }
    return count
  }

  /// Goes past lines.
  mutating func skip(_ count: Int) throws(ToolError) { for _ in 0..<count { _ = try line() } }

  /// Some lines; nil once there are none.
  mutating func next(max: Int, bytes: Int) throws(ToolError) -> [[UInt8]]? {
    var lines: [[UInt8]] = []
    var size = 0
    while lines.count < max, size < bytes, let line = try line() {
      lines.append(line)
      size += line.count
    }
    return lines.isEmpty ? nil : lines
  }

  private mutating func line() throws(ToolError) -> [UInt8]? {
    while true {
      if let end = rest.firstIndex(of: 0x0A) {
        let line = Array(rest[..<end])
        rest.removeSubrange(...end)
        if !line.isBlank { return line }
      } else if isOver {
        defer { rest = [] }
        return rest.isBlank ? nil : rest
      } else {
        try readMore()
      }
    }
  }

  private mutating func readMore() throws(ToolError) {
    do {
      if let more = try file.read(upToCount: 64 * 1024), !more.isEmpty {
        rest += more
      } else {
        isOver = true
      }
    } catch {
      throw .usage("\(path) can't be read: \(reason(of: error))")
    }
  }
}

extension [UInt8] {
  fileprivate var isBlank: Bool { allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D } }
}

/// The answers to a run's lines, one each, as far as there are.
private struct AnswerFile {
  private let path: String
  private let file: FileHandle
  /// How many lines are answered.
  private(set) var count = 0
  private var problems: [String: Int] = [:]  // String: codes of ours

  /// Opens the answers of a run that may have begun. Half an answer at the end, of a run that was killed, is cut off.
  init(_ path: String, again: Bool) throws(ToolError) {
    self.path = path
    do {
      if again || !FileManager.default.fileExists(atPath: path) {
        try Data().write(to: URL(fileURLWithPath: path))
      }
      file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      var end: UInt64 = 0
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
    throw .checkFailed(
      "\(refused) of \(count) lines were refused (\(reasons.joined(separator: ", "))): see \(path)")
  }
}
