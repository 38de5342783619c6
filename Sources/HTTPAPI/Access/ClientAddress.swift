import Forms
import IDNA
import HTTPServer
import Outgoing
import Scrip

/// The address under which a client's misses are counted: an IPv4 address, or the first 64 bits of an IPv6 address,
/// since one customer usually has all of them.
struct ClientAddress: Hashable, Sendable {
  private let bytes: [UInt8]
  private let address: IPAddress?

  /// The client of a request: the peer, or, if that is a proxy of ours, whom it says that it works for.
  init(of request: HTTPRequest, proxies: [AddressRange]) {
    self.init(IPAddress.client(of: request, behind: proxies))
  }

  /// Reads an address; nil if it is none.
  init?(_ text: some StringProtocol) {
    guard let address = IPAddress(text) else { return nil }
    self.init(address)
  }

  /// Whoever comes without an address shares one.
  private init(_ address: IPAddress?) {
    bytes = Array((address?.bytes ?? []).prefix(8))
    self.address = address
  }

  /// Two of one customer's are the same.
  static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }

  /// Hashes what is counted.
  func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

  /// By what fraud rules recognise whoever comes from there; nil for nobody's address.
  func trait(_ identities: IdentityHash, _ tenant: Tenant.ID) -> FraudTrait? {
    address.map { FraudTrait(.network, hash: identities(.network, $0.block, tenant: tenant)) }
  }
}

extension IPAddress {
  /// The client of a request. Each of our proxies adds the address that it was called from behind the others; the last
  /// that is none of ours is the client's. All before it are the client's own words.
  static func client(of request: HTTPRequest, behind proxies: [AddressRange]) -> IPAddress? {
    var client = IPAddress(request.remoteAddress)
    var forwarded = request.headers.filter { $0.name.lowercased() == "x-forwarded-for" }
      .flatMap { $0.value.split(separator: ",") }
    while let proxy = client, proxies.contains(where: { $0.contains(proxy) }), let last = forwarded.popLast(),
      let address = IPAddress(last.filter { $0 != " " && $0 != "\t" })
    {
      client = address
    }
    return client
  }
}
