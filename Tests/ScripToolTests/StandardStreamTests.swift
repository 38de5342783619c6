import Foundation
import Testing

@testable import CommandLineClient
@testable import ScripTool

/// What becomes of the real binary when nobody takes what it writes.
@Suite(.serialized) struct StandardStreamTests {
  /// Standard outputs that take nothing, as a shell writes them.
  static let deadOutputs = [">/dev/full", ">&-"]

  @Test(arguments: deadOutputs) func `a first start that can't show its key makes none`(_ output: String)
    throws
  {
    let scrip = RunningScrip()
    let serve = "serve --data '\(scrip.data)' --listen 127.0.0.1:0"
    let failed = try scrip.sh("\"$SCRIP\" \(serve) \(output)")
    #expect(failed.code == ExitCode.failure.rawValue)
    #expect(failed.err.contains("The first admin key can't be shown, so it was not made"), "\(failed.err)")
    #expect(try scrip.start().contains("admin key, shown this once: scrip_admin_"))
  }

  @Test func `a first start whose reader is gone makes no key`() throws {
    let scrip = RunningScrip()
    let failed = try scrip.runWithoutReader(["serve", "--data", scrip.data, "--listen", "127.0.0.1:0"])
    #expect(failed.code == ExitCode.failure.rawValue)
    #expect(failed.err.contains("The first admin key can't be shown"), "\(failed.err)")
    #expect(try scrip.start().contains("shown this once"))
  }

  @Test(arguments: deadOutputs + [">&- 2>&- <&-", ">/dev/full 2>/dev/full"])
  func `a service that has its key runs without a standard output`(_ output: String) throws {
    let scrip = RunningScrip()
    let port = try freePort()
    let outcome = try scrip.sh(
      """
      "$SCRIP" serve --data '\(scrip.data)' --listen 127.0.0.1:\(port) --admin-key chosen-0123456789-0123456789 \(output) &
      for try in $(seq 300); do
        curl -sf http://127.0.0.1:\(port)/livez && break
        sleep 0.1
      done
      for key in chosen-0123456789-0123456789 wrong; do
        curl -s -o /dev/null -w ' %{http_code}' -H "Authorization: Bearer $key" http://127.0.0.1:\(port)/v1/me
      done
      curl -s http://127.0.0.1:\(port)/metrics | grep '^scrip_log_lines_dropped_total'
      kill $! && wait $!
      """)
    #expect(outcome.out.contains(#"{"status":"ok"} 200 401"#), "\(outcome.out) \(outcome.err)")
    #expect(outcome.code == 0)
    // Whatever was written, it was not the database.
    #expect(try scrip.scrip("audit", "verify", "--data", scrip.data).code == 0)
  }

  @Test func `a service whose log's reader is gone answers on, and counts what it lost`() throws {
    let scrip = RunningScrip()
    let log = Pipe()
    _ = try scrip.start(logLevel: "info", log: log)
    try log.fileHandleForReading.close()
    func metrics() throws -> String { try scrip.shell("curl -s \(scrip.url)/metrics") }
    func lost() throws -> Int {
      let line = try metrics().split(separator: "\n").first { $0.hasPrefix("scrip_log_lines_dropped_total ") }
      return Int(line?.split(separator: " ").last ?? "") ?? 0
    }
    for _ in 0..<100 where try lost() < 3 { Thread.sleep(forTimeInterval: 0.05) }
    #expect(try lost() >= 3)
    #expect(try scrip.stop() == 0)
  }

  @Test func `a service whose log nobody reads answers on and can be ended`() throws {
    let scrip = RunningScrip()
    let log = Pipe()
    _ = try scrip.start(logLevel: "info", log: log)
    // More than a pipe takes.
    let answers = try scrip.shell(
      "for n in $(seq 40); do curl -s -o /dev/null -w '%{http_code} ' '\(scrip.url)/livez?[1-50]'; done")
    #expect(answers.split(separator: " ").count == 2_000)
    #expect(try scrip.stop() == 0)
    withExtendedLifetime(log) {}
  }

  @Test func `a verb ends quietly when its reader has seen enough`() throws {
    let scrip = RunningScrip()
    _ = try scrip.start()
    for arguments in [["help"], ["version"], ["help", "serve"]] {
      let outcome = try scrip.runWithoutReader(arguments)
      #expect(
        outcome.code == ExitCode.readerGone.rawValue && outcome.err.isEmpty,
        "\(arguments): \(outcome.code) \(outcome.err)")
    }
  }

  @Test(arguments: deadOutputs) func `a verb whose answer can't be written says so`(_ output: String) throws {
    let scrip = RunningScrip()
    let outcome = try scrip.sh("\"$SCRIP\" version \(output)")
    #expect(outcome.code == ExitCode.failure.rawValue)
    #expect(outcome.err.contains("standard output can't be written"), "\(outcome.err)")
    #expect(try scrip.sh("\"$SCRIP\" nonsense 2>&-").code == ExitCode.usage.rawValue)
    #expect(try scrip.sh("\"$SCRIP\" nonsense 2>/dev/full").code == ExitCode.usage.rawValue)
  }

  private func freePort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = unsafe withUnsafeMutablePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, length) == 0 ? unsafe getsockname(descriptor, address, &length) : -1
      }
    }
    try #require(code == 0)
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
