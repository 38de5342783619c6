import IDNA
import CCurl

/// Which addresses may be called on somebody else's word: those of the internet, and what the operator allows besides.
///
/// What is not certainly of the internet is refused: private, shared, loopback and link-local addresses, those of groups, of
/// tests and of documents, and those that hold such a one inside (NAT64, 6to4, Teredo, IPv4 within IPv6).
///
/// Sources: the IANA registries of special-purpose addresses of IPv4 and IPv6.
public struct AddressRule: Hashable, Sendable {
  private let allowed: [AddressRange]

  /// Addresses of the internet, and some more.
  public init(allowing allowed: [AddressRange] = []) { self.allowed = allowed }

  /// Whether an address may be called.
  public func permits(_ address: IPAddress) -> Bool {
    if allowed.contains(where: { $0.contains(address) }) { return true }
    return address.bytes.count == 4 ? AddressRule.isPublic4(address) : AddressRule.isPublic6(address)
  }

  private static let special4 = ranges([
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
    "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  ])

  private static let global6 = ranges(["2000::/3"])
  private static let special6 = ranges([
    "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20",
  ])
  private static let nat64 = ranges(["64:ff9b::/96"])
  private static let sixToFour = ranges(["2002::/16"])

  private static func ranges(_ texts: [String]) -> [AddressRange] {
    texts.compactMap { AddressRange($0) }
  }

  private static func isPublic4(_ address: IPAddress) -> Bool {
    !special4.contains { $0.contains(address) }
  }

  private static func isPublic6(_ address: IPAddress) -> Bool {
    func isIn(_ ranges: [AddressRange]) -> Bool { ranges.contains { $0.contains(address) } }
    if isIn(nat64) { return isPublic4(IPAddress(bytes: Array(address.bytes[12..<16]))) }
    if isIn(sixToFour) { return isPublic4(IPAddress(bytes: Array(address.bytes[2..<6]))) }
    return isIn(global6) && !isIn(special6)
  }
}

/// Looks at the very address that a connection is about to be made to: no name can mean another one a moment later. Only the
/// call's thread uses it.
@safe final class AddressDoorkeeper {
  private let rule: AddressRule
  private var refusals = 0
  private var looks = 0
  /// Whether no address was let through, of one or more.
  var hasRefusedAll: Bool { looks > 0 && refusals == looks }

  init(_ rule: AddressRule) { self.rule = rule }

  typealias Opener =
    @convention(c) (UnsafeMutableRawPointer?, curlsocktype, UnsafeMutablePointer<curl_sockaddr>?) ->
    curl_socket_t

  static let open: Opener = { pointer, _, address in
    guard let pointer = unsafe pointer, let address = unsafe address else { return ccurl_no_socket() }
    let doorkeeper = unsafe Unmanaged<AddressDoorkeeper>.fromOpaque(pointer).takeUnretainedValue()
    var bytes = [UInt8](repeating: 0, count: 16)
    let count = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
      unsafe ccurl_address_bytes(address, bytes.baseAddress)
    }
    doorkeeper.looks += 1
    guard count > 0, doorkeeper.rule.permits(IPAddress(bytes: Array(bytes.prefix(Int(count))))) else {
      doorkeeper.refusals += 1
      return ccurl_no_socket()
    }
    return unsafe ccurl_open_socket(address)
  }
}
