import Ledger
import Scrip
import Testing

@testable import WebhookWork

@Suite struct WebhookPlacesTests {
  private let tenant = Tenant.ID(1)

  private func taken(_ places: WebhookPlaces, _ key: Owned<Webhook.ID>, _ count: Int) -> Int {
    (0..<count).count { _ in places.take(for: key) }
  }

  private func key(_ number: UInt128, of tenant: Tenant.ID? = nil) -> Owned<Webhook.ID> {
    Owned(tenant ?? self.tenant, Webhook.ID(number))
  }

  @Test func `endpoints that take long share half of their tenant's places, and quick ones have the rest`() {
    let places = WebhookPlaces()
    for number in 1...10 { places.note(.slow, of: key(UInt128(number))) }
    #expect((1...10).map { taken(places, key(UInt128($0)), 7) }.reduce(0, +) == 32)
    places.note(.quick, of: key(11))
    #expect(places.free(for: key(11)) == 32 && taken(places, key(11), 100) == 32)
    places.give(tenant)
    #expect(places.free(for: key(11)) == 1 && places.free(for: key(1)) == 0)
  }

  @Test func `one of which nobody knows anything counts as slow, and one that hangs has its own place alone`()
  {
    let places = WebhookPlaces()
    #expect(taken(places, key(1), 100) == 32)
    for _ in 0..<32 { places.give(tenant) }
    places.note(.hanging, of: key(1))
    #expect(places.free(for: key(1)) == 0 && places.isHanging(key(1)) && !places.take(for: key(1)))
    places.note(.quick, of: key(1))
    #expect(taken(places, key(1), 100) == 64)
  }

  @Test func `slow tenants share half of all places`() {
    let places = WebhookPlaces()
    let tenants = (1...4).map { Tenant.ID($0) }
    #expect(tenants.map { taken(places, key(1, of: $0), 100) } == [32, 32, 32, 0])
    let quick = key(2, of: Tenant.ID(5))
    places.note(.quick, of: quick)
    #expect(taken(places, quick, 100) == 64)
  }
}
