import CommandLineClient
import Digest
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
    let (total, hash) = try LineSource.sum(path)
    if LineSource.areSame(path, answersPath) {
      throw .usage("\(answersPath) is the run's own file; its answers need another one.")
    }
    var answers = try AnswerFile(answersPath, to: hash, lines: total, again: try invocation.isOn("again"))
    var source = try LineSource(path)
    try source.skip(answers.count)
    if answers.count > 0 { console.say("\(answers.count) of \(total) lines were answered before.") }
    var progress = ProgressBar("invoices", total: total, on: console)
    while let lines = try source.next(max: linesAtOnce, bytes: bytesAtOnce) {
      try answers.add(try await sendBySize(lines, client, console))
      progress.advance(to: answers.count)
    }
    progress.finish(answers.count)
    try answers.tell(console)
  }

  /// The answers to some lines, in as many requests as the service takes them in. A line that is too large by itself is
  /// answered with that.
  private static func sendBySize(
    _ lines: [[UInt8]], _ client: ServiceClient, _ console: Console
  ) async throws(ToolError) -> [JSONNode] {
    do throws(ToolError) { return try await send(lines, client, console) } catch {
      guard case .refused(let problem) = error, problem.status == 413 else { throw error }
      if lines.count == 1 { return [try tooLarge(problem)] }
      let half = lines.count / 2
      let first = try await sendBySize(Array(lines[..<half]), client, console)
      return first + (try await sendBySize(Array(lines[half...]), client, console))
    }
  }

  private static func tooLarge(_ problem: ReceivedProblem) throws(ToolError) -> JSONNode {
    let answer = JSONText.object([
      ("line", .integer(1)), ("id", .null), ("status", .integer(Int64(problem.status))),
      ("problem", .object([("code", .string(problem.code)), ("detail", .string(problem.sentences))])),
    ])
    return try ServiceClient.Reply(status: 200, headers: [:], body: answer.bytes).document()
  }

  /// The answers to some lines. Lines that a busy or restarting service could not take are sent again, and with them what
  /// was refused behind the first of them: it may be about the same invoice.
  private static func send(
    _ lines: [[UInt8]], _ client: ServiceClient, _ console: Console
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
        console.say("\(error.message) Trying again, \(attemptsMax - attempt) times at most.")
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

  /// How many lines a file has, and the hash of them. It has to be one that can be read again and again.
  static func sum(_ path: String) throws(ToolError) -> (count: Int, hash: Hash256) {
    let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    let attributes = try? FileManager.default.attributesOfItem(atPath: file)
    if let attributes, attributes[.type] as? FileAttributeType != .typeRegular {
      throw .usage(
        "\(path) is no file: a run reads its lines again where it goes on. Write them to one first.")
    }
    var source = try LineSource(path)
    var count = 0
    var hash = SHA256()
    while let line = try source.line() {
      count += 1
      hash.update(line)
      hash.update("\n")
    }
    return (count, hash.finish())
  }

  /// Whether two paths lead to one file.
  static func areSame(_ first: String, _ second: String) -> Bool {
    let numbers = [first, second].map { path -> [Int]? in
      let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
        let device = attributes[.systemNumber] as? Int, let number = attributes[.systemFileNumber] as? Int
      else { return nil }
      return [device, number]
    }
    return numbers[0] != nil && numbers[0] == numbers[1]
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
