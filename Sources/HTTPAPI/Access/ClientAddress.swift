import Glibc
import HTTPServer

/// The address under which a client's misses are counted: an IPv4 address, or the first 64 bits of an IPv6 address,
/// since one customer usually has all of them.
struct ClientAddress: Hashable, Sendable {
  private let bytes: [UInt8]

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
  private init(_ address: IPAddress?) { bytes = Array((address?.bytes ?? []).prefix(8)) }
}

/// An address of 4 or 16 bytes; an IPv4 address within IPv6 is read as what it is.
struct IPAddress: Hashable, Sendable {
  let bytes: [UInt8]

  /// Reads an address; nil if it is none.
  init?(_ text: some StringProtocol) {
    let text = String(text)
    if let address = IPAddress.read(text, family: AF_INET, count: 4) {
      bytes = address
    } else if let address = IPAddress.read(text, family: AF_INET6, count: 16) {
      let isMapped = address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF && address[11] == 0xFF
      bytes = isMapped ? Array(address.suffix(4)) : address
    } else {
      return nil
    }
  }

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

  private static func read(_ text: String, family: Int32, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe inet_pton(family, text, bytes.baseAddress)
    }
    return code == 1 ? bytes : nil
  }
}

/// Addresses that begin with the same bits.
public struct AddressRange: Hashable, Sendable {
  private let start: IPAddress
  private let bits: Int

  /// Reads an address, or one with how many of its bits count, such as `10.0.0.0/8`; nil if it is neither.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let start = IPAddress(first) else { return nil }
    let all = start.bytes.count * 8
    guard let bits = parts.count > 1 ? Int(parts[1]) : all, (0...all).contains(bits) else { return nil }
    self.start = start
    self.bits = bits
  }

  func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == start.bytes.count else { return false }
    return (0..<bits).allSatisfy { bit in
      (address.bytes[bit / 8] ^ start.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
    }
  }
}
