import Glibc

/// An address of 4 or 16 bytes; an IPv4 address within IPv6 is read as what it is.
public struct IPAddress: Hashable, Sendable {
  /// In the order of the network.
  public let bytes: [UInt8]

  /// Reads an address; nil if it is none.
  public init?(_ text: some StringProtocol) {
    let text = String(text)
    if let address = IPAddress.read(text, family: AF_INET, count: 4) {
      self.init(bytes: address)
    } else if let address = IPAddress.read(text, family: AF_INET6, count: 16) {
      self.init(bytes: address)
    } else {
      return nil
    }
  }

  /// Takes an address of 4 or 16 bytes.
  public init(bytes address: [UInt8]) {
    precondition(address.count == 4 || address.count == 16, "An address has 4 or 16 bytes.")
    let isMapped =
      address.count == 16 && address.prefix(10).allSatisfy { $0 == 0 } && address[10] == 0xFF
      && address[11] == 0xFF
    bytes = isMapped ? Array(address.suffix(4)) : address
  }

  /// As people write it.
  public var text: String {
    if bytes.count == 4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: bytes.count, by: 2).map { place in
      String(UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]), radix: 16)
    }.joined(separator: ":")
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

  /// Whether an address is one of them.
  public func contains(_ address: IPAddress) -> Bool {
    guard address.bytes.count == start.bytes.count else { return false }
    return (0..<bits).allSatisfy { bit in
      (address.bytes[bit / 8] ^ start.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
    }
  }
}

extension IPAddress {
  /// Reads the host of a URL where that is an address, in any form in which programs take one: `127.1` and `0x7f.0.0.1` are
  /// 127.0.0.1; nil for a name.
  public init?(literal host: String) {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_NUMERICHOST
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(host, nil, &hints, &found) == 0, let first = unsafe found else { return nil }
    defer { unsafe freeaddrinfo(first) }
    guard let address = unsafe first.pointee.ai_addr else { return nil }
    switch unsafe first.pointee.ai_family {
    case AF_INET:
      let known = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
      self.init(bytes: unsafe withUnsafeBytes(of: known.sin_addr) { unsafe Array($0) })
    case AF_INET6:
      let known = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self)
      self.init(bytes: unsafe withUnsafeBytes(of: known.sin6_addr) { unsafe Array($0) })
    default: return nil
    }
  }
}
