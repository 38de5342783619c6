import Ledger
import Promotions
import Scrip
import Testing

@Suite struct RefusalCodeTests {
  @Test(arguments: Refusal.Code.allCases)
  func `every code has a text of its own that reads back`(code: Refusal.Code) {
    #expect(Refusal.Code(rawValue: code.rawValue) == code)
    #expect(Refusal.Code.allCases.filter { $0.rawValue == code.rawValue }.count == 1)
  }

  @Test func `no code has an unknown text`() {
    #expect(Refusal.Code(rawValue: "nonsense") == nil)
  }
}
