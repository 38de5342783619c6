import CEvent
import Glibc

/// A listening socket of one loop; several share a port through `SO_REUSEPORT`.
///
/// `@unchecked Sendable`: made on one thread, handed to a loop before its thread starts, used only there after.
final class Listener: @unchecked Sendable {
  private(set) var port: Int
  private(set) var isPaused = false
  private let descriptor: Int32
  private var event: LoopEvent?
  private weak var loop: EventLoop?

  init(descriptor: Int32, port: Int) {
    self.descriptor = descriptor
    self.port = port
  }

  deinit {
    event?.unwatch()
    Glibc.close(descriptor)
  }

  func watch(on loop: EventLoop) {
    self.loop = loop
    event = loop.event(on: descriptor, EV_READ | EV_PERSIST) { [unowned self] in acceptWaiting(atMost: 64) }
    event?.watch()
  }

  /// Takes what has connected already, then accepts nothing more; the port is free once the listener is let go.
  func close() {
    acceptWaiting(atMost: .max)
    event?.unwatch()
    event = nil
    loop = nil
  }

  /// Tries again after descriptors or memory had run out.
  func resume() {
    if !isPaused { return }
    isPaused = false
    event?.watch()
  }

  private func acceptWaiting(atMost count: Int) {
    guard let loop else { return }
    var accepted = 0
    while accepted < count {
      var address = sockaddr_storage()
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let connection = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe accept4(descriptor, $0, &length, scrip_accept_flags)
        }
      }
      if connection < 0 {
        if errno == ECONNABORTED || errno == EINTR { continue }
        if errno != EAGAIN { pause(loop) }
        return
      }
      Connection.open(connection, from: Self.text(of: &address, length), on: loop)
      accepted += 1
    }
  }

  /// Waits for the next tick: asking at once again would only spin.
  private func pause(_ loop: EventLoop) {
    isPaused = true
    event?.unwatch()
    loop.startTicking()
  }

  private static func text(of address: inout sockaddr_storage, _ length: socklen_t) -> String {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let code = unsafe withUnsafePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getnameinfo($0, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      }
    }
    guard code == 0 else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension Listener {
  /// One listener per loop, all on the same address and port.
  static func open(
    _ configuration: HTTPServerConfiguration
  ) throws(HTTPServerFailure) -> [Listener] {
    let addresses = try SocketAddress.resolve(configuration.address, port: configuration.port)
    // With SO_REUSEPORT a second server of the same user would share the port unnoticed; without it, it can't.
    _ = try bound(addresses, sharing: false, configuration)
    let first = try bound(addresses, sharing: true, configuration)
    var listeners = [first]
    let chosen = addresses.with(port: first.port)
    while listeners.count < max(1, configuration.loops) {
      listeners.append(try bound(chosen, sharing: true, configuration))
    }
    for listener in listeners where listen(listener.descriptor, Int32(configuration.backlog)) != 0 {
      throw HTTPServerFailure("listen on \(configuration.address):\(first.port)")
    }
    return listeners
  }

  private static func bound(
    _ address: SocketAddress, sharing: Bool, _ configuration: HTTPServerConfiguration
  ) throws(HTTPServerFailure) -> Listener {
    let descriptor = socket(address.family, scrip_listen_type, 0)
    guard descriptor >= 0 else { throw HTTPServerFailure("socket") }
    let listener = Listener(descriptor: descriptor, port: 0)
    var options = [(SOL_SOCKET, SO_REUSEADDR), (Int32(IPPROTO_TCP), TCP_NODELAY)]
    if sharing { options.append((SOL_SOCKET, SO_REUSEPORT)) }
    for (level, option) in options {
      var on: Int32 = 1
      guard unsafe setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
        throw HTTPServerFailure("setsockopt")
      }
    }
    guard address.bind(descriptor) else {
      throw HTTPServerFailure("bind \(configuration.address):\(address.port)")
    }
    guard let port = SocketAddress.port(of: descriptor) else { throw HTTPServerFailure("getsockname") }
    listener.port = port
    return listener
  }
}
