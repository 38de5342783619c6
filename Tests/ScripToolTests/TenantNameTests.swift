import Testing

@testable import CommandLineClient

struct TenantNameTests {
  @Test func `a tenant is named by its number or as it is shown`() throws {
    let scrip = RunningScrip()
    func scripIn(_ words: String...) throws -> RunningScrip.Outcome {
      try scrip.run(words + ["--data", scrip.data])
    }
    #expect(try scrip.scrip("migrate", "up", "--data", scrip.data).code == 0)
    let made = try scripIn(
      "tenant", "create", "Box", "--tenant", "tenant_7", "--test-clock", "2026-01-01T00:00:00Z")
    #expect(made.out.hasPrefix("tenant_7  Box\n"), "\(made)")
    for (name, day) in [("7", "02"), ("tenant_7", "03")] {
      #expect(try scripIn("tenant", "advance", name, "2026-01-\(day)T00:00:00Z").code == 0)
      #expect(try scripIn("key", "create", "--tenant", name).code == 0)
    }
    for name in ["0", "tenant_", "tenant_07", "seven"] {
      let outcome = try scripIn("key", "create", "--tenant", name)
      #expect(outcome.code == ExitCode.usage.rawValue, "\(outcome)")
      #expect(outcome.err.contains("--tenant must be a tenant's number, such as 2 or tenant_2"), "\(outcome)")
    }
  }
}
