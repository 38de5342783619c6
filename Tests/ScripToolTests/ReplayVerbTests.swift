import FraudReplay
import JSON
import SampleShop
import Scrip
import Synchronization
import Testing

@testable import CommandLineClient
@testable import ScripTool

@Suite struct ReplayVerbTests {
  private func parsed(_ line: String) throws -> Invocation {
    let arguments = ["replay"] + line.split(separator: " ").map(String.init)
    guard case .run(let invocation) = try Parser(of: .scrip, environment: [:]).parse(arguments) else {
      throw ToolError.usage("no run")
    }
    return invocation
  }

  /// What the verb prints.
  private func output(_ line: String) async throws -> String {
    let lines = Mutex("")
    let console = Console(
      program: "scrip", write: { text in lines.withLock { $0 += text } }, note: { _ in })
    try await ReplayVerb.replay(try parsed(line), console)
    return lines.withLock { $0 }
  }

  @Test func `the table has a row for each attack and each crowd, and the same seed the same table`()
    async throws
  {
    let text = try await output("--seed 3 --checkouts 15")
    for attack in ShopAttack.allCases {
      #expect(text.contains("\n\(attack.rawValue) ") || text.contains(attack.rawValue))
    }
    for crowd in ShopCrowd.allCases { #expect(text.contains("\n\(crowd.rawValue) ")) }
    #expect(text.contains("AFTER 1 MIN") && text.contains("Worst seed: 3"))
    #expect(try await output("--seed 3 --checkouts 15") == text)
  }

  @Test func `JSON has the figures of several seeds, and only the attacks that were asked for`() async throws
  {
    let text = try await output("--seeds 2 --checkouts 15 --attack lock_hoarding --json")
    let seeds = try JSONDocument(parsing: Array(text.utf8))
    let attacks = seeds.root["attacks"]?.elements ?? []
    #expect(!attacks.isEmpty && attacks.allSatisfy { $0.shown("attack") == "lock_hoarding" })
    #expect(seeds.root["crowds"]?.elements.count == ShopCrowd.allCases.count)
  }

  @Test func `points, the threshold and the end of coupons can be changed`() throws {
    let policy = try ReplayVerb.policy(
      try parsed("--points guessed_codes=5 --points new_account=0 --block 90 --never-disable"))
    #expect(policy.points == ["guessed_codes": 5, "new_account": 0] && policy.mode == .on)
    #expect(policy.thresholds.block == 90 && policy.leak.disable == nil)
    let usual = try ReplayVerb.policy(try parsed(""))
    #expect(usual == FraudPolicy(mode: .on))
  }

  @Test(arguments: [
    "--points guessed_codes", "--points guessed_codes=101", "--points none=5", "--points guessed_codes=5=6",
    "--attack none", "--block 0", "--seeds 0",
  ])
  func `what is no rule, attack or number is refused`(line: String) async throws {
    let error = await #expect(throws: ToolError.self) { _ = try await output(line) }
    #expect(error?.exitCode == .usage)
  }
}
