import CEvent
import Glibc

/// An address and port to listen on.
struct SocketAddress {
  let family: Int32
  let port: Int
  private let host: String
  private let storage: [UInt8]

  private init(family: Int32, port: Int, host: String, storage: [UInt8]) {
    self.family = family
    self.port = port
    self.host = host
    self.storage = storage
  }

  /// The first address that `host`, a name or an IP address, stands for.
  static func resolve(_ host: String, port: Int) throws(HTTPServerFailure) -> SocketAddress {
    guard (0...65_535).contains(port) else {
      throw HTTPServerFailure("resolve \(host):\(port)", message: "a port is 0 to 65535")
    }
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = scrip_stream_type
    unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var results: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, "\(port)", &hints, &results)
    defer { if let results = unsafe results { unsafe freeaddrinfo(results) } }
    guard code == 0, let result = unsafe results, let address = unsafe result.pointee.ai_addr else {
      let message = unsafe gai_strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
      throw HTTPServerFailure("resolve \(host)", message: message)
    }
    let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(result.pointee.ai_addrlen))
    return unsafe SocketAddress(
      family: result.pointee.ai_family, port: port, host: host, storage: Array(bytes))
  }

  /// The same address with another port.
  func with(port: Int) -> SocketAddress {
    var storage = storage
    // In both families the port follows the two bytes of the family, most significant byte first.
    storage[2] = UInt8(port >> 8)
    storage[3] = UInt8(port & 0xFF)
    return SocketAddress(family: family, port: port, host: host, storage: storage)
  }

  /// Binds `descriptor` to this address; on failure `errno` says why.
  func bind(_ descriptor: Int32) -> Bool {
    unsafe storage.withUnsafeBytes { bytes in
      guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else {
        return false
      }
      return unsafe Glibc.bind(descriptor, address, socklen_t(bytes.count)) == 0
    }
  }

  /// The port that `descriptor` is bound to.
  static func port(of descriptor: Int32) -> Int? {
    var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
    var length = socklen_t(bytes.count)
    let code: Int32 = unsafe bytes.withUnsafeMutableBytes { bytes in
      guard let address = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return -1 }
      return unsafe getsockname(descriptor, address, &length)
    }
    return code == 0 ? Int(bytes[2]) << 8 | Int(bytes[3]) : nil
  }
}
