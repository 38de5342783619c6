import Scrip
import Testing

@testable import Ledger
@testable import Promotions

@Suite struct ProbeTests {
  @Test(arguments: StoreUnderTest.all)
  func `a probe writes and changes nothing`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.probe(.row)
    try store.write { $0.put(sampleTenant()) }
    for size in [ProbeSize.row, .room, .row, .room, .room] { try store.probe(size) }
    #expect(try store.tenants() == [sampleTenant().tenant])
    #expect(store.health.checkpointFailure == nil)
  }
}
