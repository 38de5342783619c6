import Glibc
import HTTPServer

/// The address under which a client's misses are counted: an IPv4 address, or the first 64 bits of an IPv6 address,
/// since one customer usually has all of them.
struct ClientAddress: Hashable, Sendable {
  let bytes: [UInt8]

  /// The client of a request: the peer, or what a trusted proxy says.
  init(of request: HTTPRequest, trustsForwardedFor: Bool) {
    let forwarded = trustsForwardedFor ? ClientAddress.lastForwarded(request) : nil
    self = forwarded ?? ClientAddress(request.remoteAddress) ?? ClientAddress(bytes: [])
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  /// Reads an address; nil if it is none.
  init?(_ text: some StringProtocol) {
    let text = String(text)
    if let address = ClientAddress.read(text, family: AF_INET, count: 4) {
      bytes = address
    } else if let address = ClientAddress.read(text, family: AF_INET6, count: 16) {
      let isMapped = address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF && address[11] == 0xFF
      bytes = Array(isMapped ? address.suffix(4) : address.prefix(8))
    } else {
      return nil
    }
  }

  /// The last address is the one that the nearest proxy has seen; all before it are the client's own words.
  private static func lastForwarded(_ request: HTTPRequest) -> ClientAddress? {
    let values = request.headers.filter { $0.name.lowercased() == "x-forwarded-for" }
    guard let last = values.last?.value.split(separator: ",").last else { return nil }
    return ClientAddress(String(last.filter { $0 != " " && $0 != "\t" }))
  }

  private static func read(_ text: String, family: Int32, count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let code = unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe inet_pton(family, text, bytes.baseAddress)
    }
    return code == 1 ? bytes : nil
  }
}
