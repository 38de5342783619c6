import CCurl

/// A call with everything that libcurl reads and writes of it until it is over.
///
/// `@unchecked Sendable`: whoever makes it alone uses it, until it is handed to the thread that makes the call.
@safe final class PreparedCall: @unchecked Sendable {
  let handle: Handle
  private let headers: TextList
  private let traffic: Traffic
  private let doorkeeper: AddressDoorkeeper?

  init(_ call: HTTPCall, on handle: Handle, _ settings: OutgoingSettings) throws(OutgoingFailure) {
    self.handle = handle
    headers = try TextList(call.headerLines())
    traffic = Traffic(bytesMax: settings.answerBytesMax, cutsLongBodies: settings.cutsLongBodies)
    doorkeeper = settings.addresses.map { AddressDoorkeeper($0) }
    try handle.apply(settings, protocols: "http,https")
    try handle.describe(call, userAgent: settings.userAgent)
    handle.set(CURLOPT_HTTPHEADER, headers)
    handle.attach(traffic)
    if let doorkeeper { handle.attach(doorkeeper) }
  }

  /// What came of the call, once it is over.
  func answer(_ code: CURLcode, words: String) throws(OutgoingFailure) -> HTTPAnswer {
    if let doorkeeper, code == CURLE_COULDNT_CONNECT, doorkeeper.hasRefusedAll {
      throw OutgoingFailure(
        .addressRefused, mayHaveArrived: false, reason: "The host has no address that may be called.")
    }
    guard code == CURLE_OK || code == CURLE_WRITE_ERROR && traffic.isCut else {
      let hasSent = handle.number(CURLINFO_REQUEST_SIZE) > 0
      throw OutgoingFailure(code, words: words, hasSent: hasSent, isOverfull: traffic.isOverfull)
    }
    return HTTPAnswer(status: handle.number(CURLINFO_RESPONSE_CODE), traffic)
  }
}

extension Handle {
  fileprivate func describe(_ call: HTTPCall, userAgent: String) throws(OutgoingFailure) {
    try set(CURLOPT_URL, call.url)
    try set(CURLOPT_USERAGENT, userAgent)
    set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_FRESH_CONNECT, call.isRepeatable ? 0 : 1)
    switch call.method {
    case .get: set(CURLOPT_HTTPGET, 1)
    case .post:
      set(CURLOPT_POST, 1)
      try setBody(call.body?.bytes ?? [])
    }
  }
}

extension HTTPCall {
  /// The lines of the head that are not libcurl's own.
  fileprivate func headerLines() throws(OutgoingFailure) -> [String] {
    precondition(method == .post || body == nil, "A request that only asks has no body.")
    // Without an empty one libcurl would wait a second for leave to send a large body, and name a type of its own.
    var lines = ["Expect:", "Content-Type:" + (body.map { " " + $0.contentType } ?? "")]
    lines += headers.map { "\($0.name): \($0.value)" }
    if let authorization { lines.append("Authorization: \(authorization.revealed)") }
    for line in lines where !line.utf8.allSatisfy({ $0 == 9 || $0 >= 32 && $0 != 127 }) {
      throw .invalid("A header holds a control character.")
    }
    return lines
  }
}

extension HTTPAnswer {
  fileprivate init(status: Int, _ traffic: Traffic) {
    var headers: [(name: String, value: String)] = []
    for line in traffic.head {
      let text = String(decoding: line, as: UTF8.self)
      // Interim answers have heads of their own.
      if text.hasPrefix("HTTP/") {
        headers = []
      } else if let colon = text.firstIndex(of: ":") {
        let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        headers.append((String(text[..<colon]), value.trimmingEnd()))
      }
    }
    self.init(status: status, headers: headers, body: traffic.body)
  }
}

extension Substring {
  fileprivate func trimmingEnd() -> String {
    var text = self
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
