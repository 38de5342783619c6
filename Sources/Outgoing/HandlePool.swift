import CCurl
import Synchronization

/// Handles that wait for their next call, the most recently used first: its connection is the most likely to be open.
final class HandlePool: Sendable {
  private let idleMax: Int
  private let idle = Mutex<[Handle]>([])

  init(idleMax: Int) { self.idleMax = idleMax }

  /// Lends a handle, as good as new but for its connections.
  func withHandle<Result>(
    _ body: (Handle) throws(OutgoingFailure) -> Result
  ) throws(OutgoingFailure) -> Result {
    let handle = idle.withLock { $0.popLast() } ?? Handle()
    defer {
      // Nothing of this call, its secrets least of all, stays for the next one.
      handle.reset()
      idle.withLock { if $0.count < idleMax { $0.append(handle) } }
    }
    return try body(handle)
  }
}

extension Handle {
  /// What holds for calls of every kind.
  func apply(_ settings: OutgoingSettings, protocols: String) throws(OutgoingFailure) {
    set(CURLOPT_NOSIGNAL, 1)
    try set(CURLOPT_PROTOCOLS_STR, protocols)
    set(CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.wholeMilliseconds)
    set(CURLOPT_TIMEOUT_MS, settings.totalTimeout.wholeMilliseconds)
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
    if let file = settings.trustedCertificates { try set(CURLOPT_CAINFO, file) }
    switch settings.route {
    // An empty name keeps libcurl from looking into the environment.
    case .direct: try set(CURLOPT_PROXY, "")
    case .environment: break
    case .proxy(let address): try set(CURLOPT_PROXY, address)
    }
  }
}

extension Duration {
  /// At least one, since none would mean for ever; at most what fits into the library's numbers.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return max(1, min(Int(seconds), 1_000_000) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
  }
}
