import Foundation
import TestSupport
import Testing

/// The real binary in a folder of its own: runs verbs, and a service on a private port.
final class RunningScrip {
  /// How a run of a verb ended.
  struct Outcome {
    let code: Int32
    let out: String
    let err: String
  }

  /// Built beside the tests.
  private static func binary(_ name: String) -> String {
    Bundle.main.bundleURL.appendingPathComponent(name).path
  }

  private let temporary = TemporaryFolder()
  var folder: String { temporary.path }
  private(set) var url = ""
  var key = ""
  private var service: Process?

  deinit {
    service?.terminate()
    service?.waitUntilExit()
  }

  var data: String { folder + "/data" }

  /// Starts the service and gives back what it printed until it was ready.
  ///
  /// - Parameter log: where its log goes, if not into a file.
  func start(_ flags: String..., logLevel: String = "error", log: Pipe? = nil) throws -> String {
    try start(flags, logLevel: logLevel, log: log)
  }

  /// The same with flags in a list.
  func start(_ flags: [String], logLevel: String = "error", log: Pipe? = nil) throws -> String {
    let out = folder + "/serve.out"
    let process = try launch(
      ["serve", "--data", data, "--listen", "127.0.0.1:0", "--log-level", logLevel] + flags, out,
      folder + "/serve.err", error: log)
    service = process
    for _ in 0..<500 {
      let text = try String(contentsOfFile: out, encoding: .utf8)
      if let line = text.split(separator: "\n").first(where: { $0.contains("listens on") }) {
        url = String(try #require(line.split(separator: " ").first { $0.hasPrefix("http") })).filter {
          $0 != ","
        }
        // The key follows in a write of its own.
        Thread.sleep(forTimeInterval: 0.1)
        return try String(contentsOfFile: out, encoding: .utf8)
      }
      try #require(process.isRunning, "the service did not start")
      Thread.sleep(forTimeInterval: 0.02)
    }
    throw CocoaError(.fileReadUnknown)
  }

  /// Ends the service by a signal and gives back its exit status.
  func stop(_ signal: Int32 = SIGTERM) throws -> Int32 {
    let process = try #require(service)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    service = nil
    return process.terminationStatus
  }

  /// Runs a verb to its end.
  func scrip(_ arguments: String...) throws -> Outcome { try run(arguments) }

  /// Runs a verb of the example day's tool to its end.
  func shopday(_ arguments: String...) throws -> Outcome {
    try run(arguments, executable: Self.binary("shopday"))
  }

  /// Starts a verb and does not wait for it.
  func launch(_ arguments: [String]) throws -> Process {
    try launch(arguments, folder + "/launched.out", folder + "/launched.err")
  }

  /// Runs a verb to its end.
  func run(_ arguments: [String], executable: String? = nil) throws -> Outcome {
    let name = folder + "/" + UUID().uuidString
    let process = try launch(arguments, name + ".out", name + ".err", executable: executable)
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, out: try String(contentsOfFile: name + ".out", encoding: .utf8),
      err: try String(contentsOfFile: name + ".err", encoding: .utf8))
  }

  /// Runs a verb to its end whose standard output is a pipe that nobody reads any more.
  func runWithoutReader(_ arguments: [String]) throws -> Outcome {
    let name = folder + "/" + UUID().uuidString
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let process = try launch(arguments, name + ".out", name + ".err", output: pipe)
    process.waitUntilExit()
    try #require(process.terminationReason == .exit, "a signal ended it")
    return Outcome(
      code: process.terminationStatus, out: "",
      err: try String(contentsOfFile: name + ".err", encoding: .utf8))
  }

  /// Runs lines of a shell, for which `$SCRIP` is the binary, to their end.
  func sh(_ lines: String) throws -> Outcome {
    let name = folder + "/" + UUID().uuidString
    let process = try launch(["-c", lines], name + ".out", name + ".err", executable: "/bin/sh")
    process.waitUntilExit()
    return Outcome(
      code: process.terminationStatus, out: try String(contentsOfFile: name + ".out", encoding: .utf8),
      err: try String(contentsOfFile: name + ".err", encoding: .utf8))
  }

  /// Runs a line of a shell and gives back what it printed.
  func shell(_ line: String) throws -> String {
    let out = folder + "/shell.out"
    let process = try launch(["-c", line], out, folder + "/shell.err", executable: "/bin/sh")
    process.waitUntilExit()
    return try String(contentsOfFile: out, encoding: .utf8)
  }

  /// Writes a file and gives back its path.
  func file(_ name: String, _ text: String) throws -> String {
    let path = folder + "/" + name
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func launch(
    _ arguments: [String], _ out: String, _ err: String, executable: String? = nil, output: Pipe? = nil,
    error: Pipe? = nil
  ) throws -> Process {
    for path in [out, err] { try Data().write(to: URL(fileURLWithPath: path)) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable ?? Self.binary("scrip"))
    process.arguments = arguments
    process.environment = [
      "SCRIP_URL": url, "SCRIP_KEY": key, "HOME": folder, "PATH": "/usr/bin:/bin",
      "SCRIP": Self.binary("scrip"),
    ]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output ?? FileHandle(forWritingTo: URL(fileURLWithPath: out)) as Any
    process.standardError = try error ?? FileHandle(forWritingTo: URL(fileURLWithPath: err)) as Any
    try process.run()
    return process
  }
}
